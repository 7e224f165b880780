import { expect, test } from 'vitest';
import { minutesOf, quotaWords, sum } from './limits';

const NOW = new Date('2026-11-21T12:00:30Z');
const minute = (policy: string, at: string, admitted: number, refused = 0) => ({
  policy,
  at,
  admitted,
  refused,
  shadowed: 0,
  estimated: 0,
});
const MINUTES = [
  minute('default', '2026-11-21T11:00:00Z', 1_000),
  minute('default', '2026-11-21T11:58:00Z', 7),
  minute('default', '2026-11-21T12:00:00Z', 5, 2),
  minute('browser', '2026-11-21T12:00:00Z', 3),
];

test('each minute has its place, and what is too old has none', () => {
  expect(minutesOf(MINUTES, 'admitted', NOW, 'default', 4)).toEqual([0, 7, 0, 5]);
  expect(minutesOf(MINUTES, 'admitted', NOW, null, 3)).toEqual([7, 0, 8]);
  expect(sum(minutesOf(MINUTES, 'refused', NOW))).toBe(2);
  expect(minutesOf(MINUTES, 'admitted', NOW)).toHaveLength(60);
});

test('a minute of a server that is ahead counts as this one', () => {
  expect(minutesOf([minute('default', '2026-11-21T12:01:00Z', 4)], 'admitted', NOW, null, 2)).toEqual([0, 4]);
});

test('a window is said in its own unit', () => {
  expect(quotaWords(100, 60)).toBe('100 a minute');
  expect(quotaWords(1_000, 3_600)).toBe('1,000 an hour');
  expect(quotaWords(5, 600)).toBe('5 in 10 minutes');
  expect(quotaWords(1, 90)).toBe('1 in 90 seconds');
  expect(quotaWords(2, 86_400)).toBe('2 a day');
});
