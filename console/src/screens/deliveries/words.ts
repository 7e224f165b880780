import type { StepKind } from '../../api/generated';
import type { MailState } from '../../api/mail';
import type { Tone } from '../../ui/tone';

const STATES: Record<MailState, [Tone, string]> = {
  queued: ['rest', 'Queued'],
  sending: ['accent', 'Sending'],
  deferred: ['warn', 'Deferred'],
  unknown: ['warn', 'Outcome unknown'],
  sent: ['good', 'Sent'],
  delivered: ['good', 'Delivered'],
  failed: ['bad', 'Failed'],
  bounced: ['bad', 'Bounced'],
  complained: ['bad', 'Complained'],
  suppressed: ['rest', 'Suppressed'],
};

export const MAIL_STATES = Object.entries(STATES).map(([value, [, label]]) => ({ value, label }));

export function mailTone(state: MailState): Tone {
  return STATES[state][0];
}

export function mailWords(state: MailState): string {
  return STATES[state][1];
}

const STEPS: Record<StepKind, [Tone, string]> = {
  queued: ['rest', 'Queued with the commit'],
  suppressed: ['rest', 'Not sent: the address is suppressed'],
  waited: ['rest', 'Waited for its turn'],
  handing: ['accent', 'Handing it over'],
  sent: ['good', 'Taken by the provider'],
  temporary: ['warn', 'Refused for now'],
  unfit: ['warn', 'It cannot take such a mail'],
  permanent: ['bad', 'Refused for good'],
  unknown: ['warn', 'No answer: the outcome is unknown'],
  failed: ['bad', 'Given up'],
  reconciled: ['accent', 'Reconciled by hand'],
  retried: ['accent', 'Sent again by hand'],
  bounced: ['bad', 'Bounced'],
  complained: ['bad', 'The recipient complained'],
  delivered: ['good', 'Delivered'],
};

export function stepTone(kind: StepKind): Tone {
  return STEPS[kind][0];
}

export function stepWords(kind: StepKind): string {
  return STEPS[kind][1];
}

/** The answer to "why was this (not) sent?" in one sentence. */
export const WHY: Record<MailState, string> = {
  queued: 'Its job waits for a worker.',
  sending: 'A worker is handing it to a provider.',
  deferred: 'No provider took it yet; it is tried again by itself.',
  unknown: 'A provider had all of it and never answered. To send it elsewhere could send it twice.',
  sent: 'A provider has taken it.',
  delivered: 'The recipient’s server has taken it.',
  failed: 'It was given up; the last line of the ledger says why.',
  bounced: 'It was sent, and came back.',
  complained: 'It was sent, and the recipient called it spam.',
  suppressed: 'It was not sent: the address is on the suppression list.',
};
