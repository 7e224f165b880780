import { describe, expect, it } from 'vitest';
import { advance, type ProofEvent, WAITING } from './running';

const told: ProofEvent[] = [
  { event: 'run' },
  { event: 'started', sabotage: null, trials: 3 },
  { event: 'mark', lane: 'server 1', kind: 'start', detail: '', at: 1 },
  { event: 'progress', trial: 2, trials: 3, ok: 40, fail: 0, info: 1 },
  { event: 'mark', lane: 'server 1', kind: 'kill', detail: '', at: 250 },
  { event: 'verdict', outcome: 'held', sentence: 'held for 3 trials' },
  { event: 'finished' },
];

describe('advance', () => {
  it('tells a run from its first event to its verdict', () => {
    const running = told.reduce(advance, WAITING);
    expect(running).toEqual({
      state: 'running',
      failure: null,
      turns: [
        {
          sabotage: null,
          trial: 2,
          trials: 3,
          ok: 40,
          fail: 0,
          info: 1,
          at: 250,
          outcome: 'held',
          sentence: 'held for 3 trials',
          lanes: [
            {
              name: 'server 1',
              kind: 'server',
              marks: [
                { kind: 'start', detail: '', at: 1, trial: 1 },
                { kind: 'kill', detail: '', at: 250, trial: 2 },
              ],
            },
          ],
        },
      ],
    });
  });

  it('begins a turn of its own for each planted bug', () => {
    const { turns } = [...told, { event: 'started', sabotage: 'x/2', trials: 1 } as const].reduce(
      advance,
      WAITING,
    );
    expect(turns.map((turn) => turn.sabotage)).toEqual([null, 'x/2']);
  });

  it('keeps what the process said when it failed', () => {
    const ended = advance(WAITING, { event: 'ended', exit: 1, error: 'no such engine' });
    expect([ended.state, ended.failure]).toEqual(['ended', 'no such engine']);
  });

  it('survives progress that comes before anything started', () => {
    expect(advance(WAITING, { event: 'progress', trial: 1, trials: 1, ok: 1, fail: 0, info: 0 })).toBe(
      WAITING,
    );
  });
});
