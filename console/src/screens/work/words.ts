import type { JobState } from '../../api/jobs';
import type { Tone } from '../../ui/tone';

const STATES: Record<JobState, [Tone, string]> = {
  scheduled: ['rest', 'Scheduled'],
  waiting: ['rest', 'Waiting'],
  ready: ['accent', 'Ready'],
  running: ['accent', 'Running'],
  failed: ['warn', 'Will retry'],
  parked: ['warn', 'Parked'],
  completed: ['good', 'Completed'],
  dead: ['bad', 'Dead'],
  cancelled: ['rest', 'Cancelled'],
};

export const JOB_STATES = Object.entries(STATES).map(([value, [, label]]) => ({ value, label }));

export function jobTone(state: JobState): Tone {
  return STATES[state][0];
}

export function jobWords(state: JobState): string {
  return STATES[state][1];
}

export function jobStateOf(word: string | null): JobState | null {
  return word !== null && Object.hasOwn(STATES, word) ? (word as JobState) : null;
}
