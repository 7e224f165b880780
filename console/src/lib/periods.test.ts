import { describe, expect, it } from 'vitest';
import {
  changeWords,
  dayOf,
  lastDays,
  lengthOf,
  monthName,
  periodWords,
  stepFor,
  ticksOf,
  todayIn,
} from './periods';

describe('days', () => {
  it('are whole ones of the shop, over the ends of months and of summer time', () => {
    expect(lastDays('2026-03-01', 3)).toEqual({ since: '2026-02-27', until: '2026-03-01' });
    expect(lengthOf({ since: '2026-03-01', until: '2026-03-31' })).toBe(31);
    const late = new Date('2026-05-01T23:30:00Z');
    expect([todayIn('UTC', late), todayIn('Europe/Berlin', late)]).toEqual(['2026-05-01', '2026-05-02']);
  });

  it('are taken from an address only where they are days', () => {
    expect([null, '', '2026-02-30', '1969-12-31', 'today', '2026-2-1'].map(dayOf)).toEqual(
      Array(6).fill(null),
    );
    expect(dayOf('2026-02-28')).toBe('2026-02-28');
  });

  it('are told shortly', () => {
    expect(periodWords({ since: '2026-03-01', until: '2026-03-30' })).toBe('1 Mar – 30 Mar 2026');
    expect(periodWords({ since: '2025-12-01', until: '2026-03-30' })).toBe('1 Dec 2025 – 30 Mar 2026');
    expect(periodWords({ since: '2026-03-01', until: '2026-03-01' })).toBe('1 Mar 2026');
    expect(monthName('2026-03')).toBe('Mar 2026');
  });
});

describe('a chart', () => {
  it('has neither too many points nor crooked figures at its side', () => {
    expect([7, 90, 500].map((days) => stepFor(lastDays('2026-03-01', days)))).toEqual([
      'day',
      'week',
      'month',
    ]);
    expect(ticksOf(0, 1234)).toEqual([0, 500, 1000, 1500]);
    expect(ticksOf(-300, 900)).toEqual([-500, 0, 500, 1000]);
    expect(ticksOf(0, 0)).toEqual([0, 1]);
  });

  it('says by how much things changed', () => {
    expect([changeWords(150, 100), changeWords(875, 1000), changeWords(3, 0), changeWords(0, 0)]).toEqual([
      '+50 %',
      '−12.5 %',
      'new',
      '',
    ]);
    expect([changeWords(-50, -100), changeWords(100, 100), changeWords(5000, 1)]).toEqual([
      '+50 %',
      '+0 %',
      '+499,900 %',
    ]);
  });
});
