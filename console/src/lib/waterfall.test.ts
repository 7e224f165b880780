import { describe, expect, it } from 'vitest';
import { layWaterfall, type Timed } from './waterfall';

function cause(kind: string, name: string, started_us: number, duration_us: number): Timed {
  return { kind, name, started_us, duration_us };
}

describe('layWaterfall', () => {
  it('nests what happened inside a stage, in order of beginning', () => {
    const { rows } = layWaterfall(
      [
        cause('commit', 'commit', 80, 15),
        cause('statement', 'notes.GET', 20, 10),
        cause('stage', 'handler', 10, 60),
        cause('guard', 'notes:read', 2, 1),
      ],
      100,
    );
    expect(rows.map(({ cause: { name }, depth }) => [name, depth])).toEqual([
      ['notes:read', 0],
      ['handler', 0],
      ['notes.GET', 1],
      ['commit', 0],
    ]);
    expect(rows[2]).toMatchObject({ left: 0.2, width: 0.1 });
  });

  it('stretches to what outlasts the request', () => {
    const { total, rows } = layWaterfall([cause('stage', 'flush', 50, 150)], 100);
    expect(total).toBe(200);
    expect(rows[0]).toMatchObject({ left: 0.25, width: 0.75 });
  });

  it('counts time once where one statement lies in another', () => {
    const { spent } = layWaterfall(
      [
        cause('statement', 'outer', 0, 50),
        cause('statement', 'inner', 10, 10),
        cause('stage', 'handler', 60, 10),
      ],
      100,
    );
    expect([...spent]).toEqual([
      ['statement', 50],
      ['stage', 10],
    ]);
  });

  it('keeps siblings of one without duration on one level', () => {
    const { rows } = layWaterfall([cause('guard', 'a', 5, 0), cause('guard', 'b', 5, 0)], 10);
    expect(rows.map(({ depth }) => depth)).toEqual([0, 0]);
  });

  it('draws nothing for a request without causes', () => {
    expect(layWaterfall([], 0)).toEqual({ total: 1, rows: [], spent: new Map() });
  });
});
