import { expect, test } from 'vitest';
import { differences } from './difference';

test('only the fields that changed are told', () => {
  expect(differences({ name: 'a', port: 1, kept: [1, 2] }, { name: 'b', port: 1, kept: [1, 2] })).toEqual([
    { field: 'name', before: 'a', after: 'b' },
  ]);
});

test('what was made or removed has one side', () => {
  expect(differences(null, { role: 'User' })).toEqual([{ field: 'role', before: undefined, after: 'User' }]);
  expect(differences({ role: 'User' }, null)).toEqual([{ field: 'role', before: 'User', after: undefined }]);
  expect(differences({ a: 1 }, { b: 2 })).toEqual([
    { field: 'a', before: 1, after: undefined },
    { field: 'b', before: undefined, after: 2 },
  ]);
});

test('values that are no objects are one field', () => {
  expect(differences(1, 2)).toEqual([{ field: '', before: 1, after: 2 }]);
  expect(differences(null, 'x')).toEqual([{ field: '', before: undefined, after: 'x' }]);
  expect(differences(null, null)).toEqual([]);
});
