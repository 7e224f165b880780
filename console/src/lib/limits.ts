import { count } from './format';

interface Done {
  policy: string;
  at: string;
  admitted: number;
  refused: number;
  shadowed: number;
  estimated: number;
}

type Figure = 'admitted' | 'refused' | 'shadowed' | 'estimated';

const MINUTE = 60_000;

/** One figure of a policy, or of all, for each of the last so many minutes, oldest first; this minute is the last. */
export function minutesOf(
  minutes: readonly Done[],
  figure: Figure,
  now: Date,
  policy: string | null = null,
  length = 60,
): number[] {
  const series = Array.from({ length }, () => 0);
  const last = Math.floor(now.getTime() / MINUTE);
  for (const minute of minutes) {
    if (policy !== null && minute.policy !== policy) continue;
    const place = length - 1 - (last - Math.floor(new Date(minute.at).getTime() / MINUTE));
    // The server's clock may be a little ahead of ours.
    const inside = Math.min(place, length - 1);
    if (inside >= 0) series[inside] = (series[inside] ?? 0) + minute[figure];
  }
  return series;
}

export function sum(values: readonly number[]): number {
  return values.reduce((all, value) => all + value, 0);
}

const UNITS: [number, string][] = [
  [86_400, 'day'],
  [3_600, 'hour'],
  [60, 'minute'],
  [1, 'second'],
];

/** `100 a minute`, `5 in 10 minutes`: a quota and the seconds of its window. */
export function quotaWords(quota: number, window: number): string {
  const [size, unit] = UNITS.find(([seconds]) => window % seconds === 0) ?? [1, 'second'];
  const times = window / size;
  if (times === 1) return `${count(quota)} ${unit === 'hour' ? 'an' : 'a'} ${unit}`;
  return `${count(quota)} in ${count(times)} ${unit}s`;
}
