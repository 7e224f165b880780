import type { ProofLane } from '../api/generated';

/** A run of `backstay prove` as its events tell it, one after the other. */
export interface Running {
  /** `waiting` until the lab has started something, `ended` when nothing more will come. */
  state: 'waiting' | 'running' | 'ended';
  turns: Turn[];
  /** What the process wrote when it went wrong. */
  failure: string | null;
}

/** One check, with or without a planted bug; a sabotage run has one turn for each bug. */
export interface Turn {
  sabotage: string | null;
  trial: number;
  trials: number;
  ok: number;
  fail: number;
  info: number;
  lanes: ProofLane[];
  /** Milliseconds of the latest mark. */
  at: number;
  outcome: string | null;
  sentence: string | null;
}

export type ProofEvent =
  | { event: 'started'; sabotage: string | null; trials: number }
  | { event: 'progress'; trial: number; trials: number; ok: number; fail: number; info: number }
  | { event: 'mark'; lane: string; kind: string; detail: string; at: number }
  | { event: 'verdict'; outcome: string; sentence: string }
  | { event: 'ended'; exit: number; error: string }
  | { event: 'run' | 'finished' | 'kept' };

export const WAITING: Running = { state: 'waiting', turns: [], failure: null };

/** What the run looks like once this event has happened. */
export function advance(running: Running, event: ProofEvent): Running {
  switch (event.event) {
    case 'started': {
      const turn: Turn = {
        sabotage: event.sabotage,
        trial: 1,
        trials: event.trials,
        ok: 0,
        fail: 0,
        info: 0,
        lanes: [],
        at: 0,
        outcome: null,
        sentence: null,
      };
      return { ...running, state: 'running', turns: [...running.turns, turn] };
    }
    case 'progress':
      return change(running, ({ trial, trials, ok, fail, info }) => ({
        trial: event.trial ?? trial,
        trials: event.trials ?? trials,
        ok: event.ok ?? ok,
        fail: event.fail ?? fail,
        info: event.info ?? info,
      }));
    case 'mark':
      return change(running, (turn) => ({
        lanes: withMark(turn.lanes, turn.trial, event),
        at: Math.max(turn.at, event.at),
      }));
    case 'verdict':
      return change(running, () => ({ outcome: event.outcome, sentence: event.sentence }));
    case 'ended':
      return { ...running, state: 'ended', failure: event.error || null };
    default:
      return running;
  }
}

function change(running: Running, by: (turn: Turn) => Partial<Turn>): Running {
  const last = running.turns.at(-1);
  if (!last) return running;
  return { ...running, turns: [...running.turns.slice(0, -1), { ...last, ...by(last) }] };
}

function withMark(
  lanes: readonly ProofLane[],
  trial: number,
  mark: { lane: string; kind: string; detail: string; at: number },
) {
  const { lane: name, kind, detail, at } = mark;
  const added = { kind, detail, at, trial };
  if (lanes.some((lane) => lane.name === name)) {
    return lanes.map((lane) => (lane.name === name ? { ...lane, marks: [...lane.marks, added] } : lane));
  }
  const sort = /^(server|proxy|client)/.exec(name)?.[0] ?? 'lab';
  return [...lanes, { name, kind: sort, marks: [added] }];
}
