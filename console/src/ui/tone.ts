import type { Health, Outcome } from '../api/generated';

/** What a colour says everywhere in the console; shape and words always say it too. */
export type Tone = 'good' | 'warn' | 'bad' | 'rest' | 'accent';

const HEALTH: Record<Health, [Tone, string]> = {
  ok: ['good', 'Healthy'],
  degraded: ['warn', 'Degraded'],
  failed: ['bad', 'Failed'],
};

export function healthTone(health: Health): Tone {
  return HEALTH[health][0];
}

export function healthWords(health: Health): string {
  return HEALTH[health][1];
}

const OUTCOME: Record<Outcome, [Tone, string]> = {
  held: ['good', 'Held'],
  violated: ['bad', 'Violated'],
  weaker: ['warn', 'Weaker here'],
  'not-applicable': ['rest', 'Not applicable'],
  inconclusive: ['warn', 'Inconclusive'],
};

export function outcomeTone(outcome: Outcome): Tone {
  return OUTCOME[outcome][0];
}

export function outcomeWords(outcome: Outcome): string {
  return OUTCOME[outcome][1];
}

export function statusTone(status: number | null): Tone {
  if (status === null || status >= 500) return 'bad';
  if (status >= 400) return 'warn';
  return status >= 300 ? 'rest' : 'good';
}
