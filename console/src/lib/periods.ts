/** Whole days as `2026-03-01`, of a shop's own time zone, and what is said of two periods. */

export interface Period {
  since: string;
  until: string;
}

const DAY = 86_400_000;

function utc(day: string): number {
  return Date.parse(`${day}T00:00:00Z`);
}

export function plusDays(day: string, days: number): string {
  return new Date(utc(day) + days * DAY).toISOString().slice(0, 10);
}

/** How many days a period has, both ends counted. */
export function lengthOf({ since, until }: Period): number {
  return Math.round((utc(until) - utc(since)) / DAY) + 1;
}

/** The day that it is in a time zone. */
export function todayIn(zone: string, now: Date): string {
  const parts = new Intl.DateTimeFormat('en-CA', {
    timeZone: zone,
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
  }).format(now);
  return parts.slice(0, 10);
}

/** So many days up to one. */
export function lastDays(until: string, days: number): Period {
  return { since: plusDays(until, 1 - days), until };
}

/** A day that somebody typed, if it is one that the server takes. */
export function dayOf(text: string | null): string | null {
  if (!text || !/^\d{4}-\d{2}-\d{2}$/.test(text) || text < '1970' || text > '2999-12-31') return null;
  const time = utc(text);
  return Number.isNaN(time) || new Date(time).toISOString().slice(0, 10) !== text ? null : text;
}

/** How long a point of a chart is, so that there are neither too few nor too many. */
export function stepFor(period: Period): 'day' | 'week' | 'month' {
  const days = lengthOf(period);
  if (days <= 45) return 'day';
  return days <= 400 ? 'week' : 'month';
}

const short = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short', timeZone: 'UTC' });
const whole = new Intl.DateTimeFormat('en-GB', {
  day: 'numeric',
  month: 'short',
  year: 'numeric',
  timeZone: 'UTC',
});
const monthly = new Intl.DateTimeFormat('en-GB', { month: 'short', year: 'numeric', timeZone: 'UTC' });

/** `1 Mar`. */
export function shortDay(day: string): string {
  return short.format(utc(day));
}

/** `1 Mar 2026`. */
export function wholeDay(day: string): string {
  return whole.format(utc(day));
}

/** `Mar 2026` of `2026-03`. */
export function monthName(month: string): string {
  return monthly.format(utc(`${month}-01`));
}

/** `1 Mar – 30 Mar 2026`. */
export function periodWords({ since, until }: Period): string {
  if (since === until) return wholeDay(since);
  const first = since.slice(0, 4) === until.slice(0, 4) ? shortDay(since) : wholeDay(since);
  return `${first} – ${wholeDay(until)}`;
}

/** How much more there is than before, in hundredths: 0.5 for half again as much; null where nothing was. */
export function changeOf(now: number, before: number): number | null {
  return before === 0 ? null : (now - before) / Math.abs(before);
}

/** `+12.5 %`, `−3 %`; `new` where there was nothing, nothing where there is none still. */
export function changeWords(now: number, before: number): string {
  const change = changeOf(now, before);
  if (change === null) return now === 0 ? '' : 'new';
  const percent = Math.abs(change) * 100;
  const figure = percent >= 99.95 || percent === 0 ? Math.round(percent) : Number(percent.toFixed(1));
  return `${change < 0 ? '−' : '+'}${figure.toLocaleString('en-GB')} %`;
}

/** Round figures for an axis: from 0, or below where there is less, to at least the most there is. */
export function ticksOf(least: number, most: number): number[] {
  const span = Math.max(most, 0) - Math.min(least, 0) || 1;
  const rough = span / 4;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = Math.max(1, power * ([1, 2, 2.5, 5, 10].find((each) => each * power >= rough) ?? 10));
  const found: number[] = [];
  for (let at = Math.floor(Math.min(least, 0) / step) * step; ; at += step) {
    found.push(at);
    if (at >= most && at >= 0 && found.length > 1) return found;
  }
}
