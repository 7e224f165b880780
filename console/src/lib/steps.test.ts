import { describe, expect, it } from 'vitest';
import { laySteps, roundedOf } from './steps';

const step = (amount: number, exact = String(amount), included = false) => ({ amount, exact, included });

describe('steps of a price', () => {
  it('lie one after the other, and what is inside lies within', () => {
    const laid = laySteps([step(1000), step(-250), step(120, '359/3', true), step(50)]);
    expect(laid.map(({ left, width, sum }) => [left, width, sum])).toEqual([
      [0, 1, 1000],
      [0.75, 0.25, 750],
      [0.63, 0.12, 750],
      [0.75, 0.05, 800],
    ]);
  });

  it('say what rounding did, exactly', () => {
    expect([step(-333, '-1000/3'), step(120, '359/3'), step(5)].map(roundedOf)).toEqual([
      '+1/3',
      '+1/3',
      null,
    ]);
    expect(roundedOf(step(333, '1000/3'))).toBe('−1/3');
  });

  it('are nothing where there is nothing', () => {
    expect(laySteps([])).toEqual([]);
    expect(laySteps([step(0)])[0]?.width).toBe(0);
  });
});
