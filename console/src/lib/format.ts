/** Numbers and times as people read them; every figure in the console goes through here. */

const integer = new Intl.NumberFormat('en-GB');

export function count(value: number): string {
  return integer.format(value);
}

/** A duration given in microseconds, in the one or two units that say it: `840 µs`, `12.4 ms`, `3.20 s`, `2 h 5 min`. */
export function duration(microseconds: number): string {
  if (microseconds < 1_000) return `${Math.round(microseconds)} µs`;
  const milli = microseconds / 1_000;
  if (milli < 100) return `${milli.toFixed(1)} ms`;
  if (milli < 1_000) return `${Math.round(milli)} ms`;
  const seconds = milli / 1_000;
  if (seconds < 60) return `${seconds.toFixed(2)} s`;
  const whole = Math.round(seconds);
  if (whole < 3_600) return two(whole, 60, 'min', 1, 's');
  if (whole < 86_400) return two(whole, 3_600, 'h', 60, 'min');
  return two(whole, 86_400, 'd', 3_600, 'h');
}

function two(seconds: number, large: number, largeName: string, small: number, smallName: string): string {
  return `${Math.floor(seconds / large)} ${largeName} ${Math.floor((seconds % large) / small)} ${smallName}`;
}

/** The same for a duration given in milliseconds. */
export function milliseconds(value: number): string {
  return duration(value * 1_000);
}

export function bytes(value: number): string {
  if (value < 1_000) return `${value} B`;
  if (value < 1_000_000) return `${(value / 1_000).toFixed(1)} kB`;
  return `${(value / 1_000_000).toFixed(1)} MB`;
}

const UNITS: [Intl.RelativeTimeFormatUnit, number][] = [
  ['year', 31_557_600],
  ['month', 2_629_800],
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
  ['second', 1],
];
const relative = new Intl.RelativeTimeFormat('en', { numeric: 'always', style: 'long' });

/** How far a moment is from now: `3 minutes ago`, `in 2 days`; within five seconds, `just now`. */
export function fromNow(moment: Date, now: Date): string {
  const seconds = (moment.getTime() - now.getTime()) / 1_000;
  if (Math.abs(seconds) < 5) return 'just now';
  for (const [unit, size] of UNITS) {
    if (Math.abs(seconds) >= size) return relative.format(Math.trunc(seconds / size), unit);
  }
  return 'just now';
}

/** Clock time with milliseconds, for rows that follow each other closely. */
export function clockTime(moment: Date): string {
  const two = (value: number) => String(value).padStart(2, '0');
  const milliseconds = String(moment.getMilliseconds()).padStart(3, '0');
  return `${two(moment.getHours())}:${two(moment.getMinutes())}:${two(moment.getSeconds())}.${milliseconds}`;
}

const long = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeStyle: 'medium' });

export function dateTime(moment: Date): string {
  return long.format(moment);
}

/** `1 note`, `2 notes`. */
export function plural(value: number, one: string, many = `${one}s`): string {
  return `${count(value)} ${value === 1 ? one : many}`;
}
