import { describe, expect, it } from 'vitest';
import type { GuaranteeInfo, Proof } from '../api/generated';
import { lastRun, sabotageScore, standing, worst } from './standing';

function proof(
  engine: string,
  outcome: Proof['outcome'],
  at: string,
  bug?: { name: string; caught: boolean },
): Proof {
  return {
    id: `${engine}${at}`,
    guarantee: 'counter-is-exact',
    engine,
    engine_version: 'SQLite 3.45.1',
    outcome,
    sentence: '',
    reason: '',
    trials: 1,
    faults: [],
    seed: 1,
    commit: 'abc',
    started_at: at,
    duration: 1,
    operations: 1,
    sabotage: bug ? { ...bug, words: 'a bug' } : null,
    replay: '',
  };
}

function info(...proofs: Proof[]): GuaranteeInfo {
  return {
    name: 'counter-is-exact',
    system: 'counter',
    promise: '',
    safety: 'break',
    engines: ['sqlite', 'postgres'],
    faults: [],
    trials: 1,
    core: true,
    sabotages: [],
    proofs,
  };
}

describe('standing', () => {
  it('is unproven where nothing ran, whatever ran elsewhere', () => {
    const seen = info(proof('sqlite', 'held', '2026-01-02'));
    expect([standing(seen, 'sqlite'), standing(seen, 'postgres'), worst(seen)]).toEqual([
      'held',
      'unproven',
      'unproven',
    ]);
  });

  it('goes by the newest run and never by one with a planted bug', () => {
    const seen = info(
      proof('sqlite', 'violated', '2026-01-01'),
      proof('sqlite', 'held', '2026-01-03'),
      proof('sqlite', 'violated', '2026-01-04', { name: 'x/1', caught: true }),
    );
    expect(lastRun(seen, 'sqlite')?.started_at).toBe('2026-01-03');
  });

  it('lets one violation outweigh what held', () => {
    expect(worst(info(proof('sqlite', 'held', '1'), proof('postgres', 'violated', '2')))).toBe('violated');
  });
});

describe('sabotageScore', () => {
  it('counts the latest try of each bug on each engine', () => {
    const seen = info(
      proof('sqlite', 'held', '1', { name: 'x/1', caught: false }),
      proof('sqlite', 'violated', '2', { name: 'x/1', caught: true }),
      proof('postgres', 'held', '3', { name: 'x/1', caught: false }),
      proof('postgres', 'not-applicable', '4', { name: 'x/2', caught: false }),
    );
    expect(sabotageScore(seen)).toEqual({ caught: 1, tried: 2 });
  });
});
