import { describe, expect, it } from 'vitest';
import { digitsOf, money, percentOf, readMoney, readPercent, signed, typedMoney } from './money';

describe('money', () => {
  it('is written with the digits of its currency', () => {
    expect([money(1850, 'EUR'), money(1850, 'JPY'), money(1850, 'KWD')]).toEqual([
      '€18.50',
      'JP¥1,850',
      'KWD\u00a01.850',
    ]);
    expect([signed(100, 'EUR'), signed(-100, 'EUR')]).toEqual(['+€1.00', '−€1.00']);
    expect(digitsOf('JPY')).toBe(0);
  });

  it('is read as it is typed, and back, to the cent', () => {
    for (const minor of [0, 5, 1850, 900_719_925_474]) {
      for (const currency of ['EUR', 'JPY', 'KWD']) {
        expect(readMoney(typedMoney(minor, currency), currency)).toBe(minor);
      }
    }
    expect(['12', '12.5', '12,50', '1 200.00'].map((text) => readMoney(text, 'EUR'))).toEqual([
      1200, 1250, 1250, 120_000,
    ]);
    expect(['', '-1', '1.234', '1e3', 'free'].map((text) => readMoney(text, 'EUR'))).toEqual(
      new Array(5).fill(null),
    );
    expect(readMoney('1.5', 'JPY')).toBeNull();
  });

  it('knows shares in millionths', () => {
    expect([percentOf(100_000), percentOf(88_750)]).toEqual(['10 %', '8.875 %']);
    expect(['10', '8.875 %', '12,5', '101', 'x'].map(readPercent)).toEqual([
      100_000,
      88_750,
      125_000,
      null,
      null,
    ]);
  });
});
