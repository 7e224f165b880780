import { describe, expect, it } from 'vitest';
import type { ProofMark, ProofOperation } from '../api/generated';
import { aroundBreach, drawLanes, ticksOf, wholeOf } from './lanes';

function operation(
  id: number,
  at: number,
  took: number | null,
  more: Partial<ProofOperation> = {},
): ProofOperation {
  return {
    id,
    lane: 'client 1',
    server: 'server 1',
    name: 'POST /v1/notes',
    about: null,
    trial: 1,
    at,
    took,
    ended: took === null ? 'info' : 'ok',
    status: took === null ? null : 200,
    answer: null,
    error: '',
    evidence: false,
    ...more,
  };
}

function mark(at: number, kind: string): ProofMark {
  return { at, kind, detail: '', trial: 1 };
}

const recording = {
  lanes: [
    { name: 'client 1', kind: 'client', marks: [] },
    {
      name: 'server 1',
      kind: 'server',
      marks: [
        mark(0, 'start'),
        mark(10, 'ready'),
        mark(40, 'kill'),
        mark(41, 'exit'),
        mark(60, 'start'),
        mark(80, 'ready'),
      ],
    },
  ],
  operations: [
    operation(1, 20, 10),
    operation(2, 38, 4, { ended: 'info' }),
    operation(3, 90, 10, { trial: 2 }),
  ],
};

describe('drawLanes', () => {
  it('puts servers above clients and scales time to the width', () => {
    const { lanes } = drawLanes(recording, wholeOf(recording), 1000);
    expect(lanes.map((lane) => lane.name)).toEqual(['server 1', 'client 1']);
    expect(lanes[1]?.bars.map(({ id, x, width, look }) => ({ id, x, width, look }))).toEqual([
      { id: 1, x: 200, width: 100, look: 'ok' },
      { id: 2, x: 380, width: 40, look: 'info' },
      { id: 3, x: 900, width: 100, look: 'ok' },
    ]);
  });

  it('shades a killed server from the kill until it is ready again, once', () => {
    const { lanes } = drawLanes(recording, wholeOf(recording), 1000);
    expect(lanes[0]?.shades).toEqual([{ x: 400, width: 400, kind: 'down' }]);
    expect(lanes[0]?.glyphs).toHaveLength(6);
  });

  it('shades to the edge what never came back', () => {
    const server = { name: 'server 1', kind: 'server', marks: [mark(50, 'pause')] };
    const paused = { ...recording, lanes: [server] };
    expect(drawLanes(paused, wholeOf(paused), 1000).lanes[0]?.shades).toEqual([
      { x: 500, width: 500, kind: 'paused' },
    ]);
  });

  it('draws what offends, and leaves out what is outside the window', () => {
    const broken = {
      ...recording,
      operations: [operation(1, 20, 10, { evidence: true }), operation(3, 90, 10)],
    };
    const window = aroundBreach(broken);
    expect(window).toEqual({ from: 16, to: 34 });
    const { lanes } = drawLanes(broken, window ?? { from: 0, to: 1 }, 100);
    expect(lanes[1]?.bars.map(({ id, look }) => [id, look])).toEqual([[1, 'offending']]);
  });

  it('draws what never ended up to the edge', () => {
    const open = { ...recording, operations: [operation(1, 50, null)] };
    expect(drawLanes(open, { from: 0, to: 100 }, 100).lanes[1]?.bars[0]?.width).toBe(50);
  });

  it('marks where the second trial begins', () => {
    expect(drawLanes(recording, wholeOf(recording), 1000).trials).toEqual([{ x: 900, label: 'trial 2' }]);
  });
});

describe('aroundBreach', () => {
  it('reaches back to the fault that struck last before', () => {
    const broken = { ...recording, operations: [operation(3, 90, 10, { evidence: true })] };
    expect(aroundBreach(broken)).toEqual({ from: 41 - 59 * 0.4, to: 100 });
  });

  it('is null when nothing offends', () => {
    expect(aroundBreach(recording)).toBeNull();
  });
});

describe('ticksOf', () => {
  it('counts in round numbers', () => {
    expect(ticksOf({ from: 0, to: 2_000 }, 550).map((tick) => tick.label)).toEqual([
      '0.0 s',
      '0.5 s',
      '1.0 s',
      '1.5 s',
      '2.0 s',
    ]);
  });
});
