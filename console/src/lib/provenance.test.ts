import { expect, test } from 'vitest';
import { placeOf, provenanceOf, settingsBySection } from './provenance';

const setting = (name: string, source = 'default', value = '1') => ({
  name,
  value,
  source,
  description: `What ${name} is for`,
  variable: `BACKSTAY_${name.toUpperCase().replace('.', '_')}`,
});
const SETTINGS = [
  setting('app.name', 'backstay.toml:2', 'harbour'),
  setting('http.port', 'environment BACKSTAY_HTTP_PORT', '0'),
  setting('http.host'),
];
const names = (found: Map<string, { name: string }[]>) =>
  Object.fromEntries([...found].map(([section, of]) => [section, of.map(({ name }) => name)]));

test('a source says what kind of place it is', () => {
  expect(SETTINGS.map(({ source }) => provenanceOf(source))).toEqual(['file', 'environment', 'default']);
  expect(SETTINGS.map(({ source }) => placeOf(source))).toEqual([
    'backstay.toml:2',
    'BACKSTAY_HTTP_PORT',
    'default',
  ]);
});

test('settings stay in their order, by section', () => {
  expect(names(settingsBySection(SETTINGS, '', 'any'))).toEqual({
    app: ['app.name'],
    http: ['http.port', 'http.host'],
  });
});

test('every word must occur somewhere', () => {
  expect(names(settingsBySection(SETTINGS, 'HTTP port', 'any'))).toEqual({ http: ['http.port'] });
  expect(names(settingsBySection(SETTINGS, 'harbour', 'any'))).toEqual({ app: ['app.name'] });
  expect(names(settingsBySection(SETTINGS, 'nothing', 'any'))).toEqual({});
});

test('only those from some place', () => {
  expect(names(settingsBySection(SETTINGS, '', 'set'))).toEqual({ app: ['app.name'], http: ['http.port'] });
  expect(names(settingsBySection(SETTINGS, '', 'default'))).toEqual({ http: ['http.host'] });
  expect(names(settingsBySection(SETTINGS, '', 'environment'))).toEqual({ http: ['http.port'] });
});
