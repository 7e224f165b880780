import { expect, test } from 'vitest';
import { hitsOf, rateOf, share } from './hits';

test('what was given out counts as a hit, also after its time', () => {
  expect(
    hitsOf([
      { hits: 6, stale: 1, rescued: 1, misses: 2 },
      { hits: 0, stale: 0, rescued: 0, misses: 5 },
    ]),
  ).toEqual({ asked: 15, hits: 8 });
  expect(hitsOf([])).toEqual({ asked: 0, hits: 0 });
});

test('nearly all is not all', () => {
  expect([0, 0.00001, 0.5, 0.985, 0.99999, 1].map(share)).toEqual([
    '0 %',
    '0.1 %',
    '50.0 %',
    '98.5 %',
    '99.9 %',
    '100 %',
  ]);
  expect([rateOf(-0.1), rateOf(1.2), rateOf(0.4)]).toEqual([0, 1, 0.4]);
});
