import { expect, test } from 'vitest';
import { duration } from './format';

test.each([
  [840, '840 µs'],
  [12_400, '12.4 ms'],
  [640_000, '640 ms'],
  [3_200_000, '3.20 s'],
  [119_700_000, '2 min 0 s'],
  [3_599_000_000, '59 min 59 s'],
  [7_500_000_000, '2 h 5 min'],
  [186_329_000_000, '2 d 3 h'],
])('%i microseconds are %s', (microseconds, words) => {
  expect(duration(microseconds)).toBe(words);
});
