import type { Summary } from '../../../api/insights';
import { digitsOf } from '../../../lib/money';
import type { Tone } from '../../../ui/tone';

export type Status = keyof Summary['statuses'];

/** The states of orders in the order of their lives, in few words. */
export const STATUSES: readonly { status: Status; label: string; tone: Tone }[] = [
  { status: 'pending', label: 'await payment', tone: 'warn' },
  { status: 'paid', label: 'to be sent', tone: 'accent' },
  { status: 'partly_fulfilled', label: 'partly sent', tone: 'accent' },
  { status: 'fulfilled', label: 'sent', tone: 'good' },
  { status: 'completed', label: 'completed', tone: 'good' },
  { status: 'canceled', label: 'canceled', tone: 'rest' },
  { status: 'expired', label: 'expired', tone: 'rest' },
];

const compact = new Map<string, Intl.NumberFormat>();

/** `€1.2K` of 120000: for the side of a chart. */
export function compactMoney(minor: number, currency: string): string {
  let format = compact.get(currency);
  if (!format) {
    const how = { style: 'currency', currency, notation: 'compact', maximumFractionDigits: 1 } as const;
    format = new Intl.NumberFormat('en-GB', how);
    compact.set(currency, format);
  }
  return format.format(minor / 10 ** digitsOf(currency));
}
