/** Money as people read and type it; everywhere else it is whole minor units of a currency. */

const formats = new Map<string, Intl.NumberFormat>();

function formatOf(currency: string): Intl.NumberFormat {
  const known = formats.get(currency);
  if (known) return known;
  const made = new Intl.NumberFormat('en-GB', { style: 'currency', currency });
  formats.set(currency, made);
  return made;
}

/** How many digits a currency has after the point: 2 for EUR, 0 for JPY, 3 for KWD. */
export function digitsOf(currency: string): number {
  return formatOf(currency).resolvedOptions().maximumFractionDigits ?? 2;
}

/** `€18.50` of 1850. */
export function money(minor: number, currency: string): string {
  return formatOf(currency).format(minor / 10 ** digitsOf(currency));
}

/** The same with its sign in front, also when it is added: `+€1.00`, `−€1.00`. */
export function signed(minor: number, currency: string): string {
  return `${minor < 0 ? '−' : '+'}${money(Math.abs(minor), currency)}`;
}

/** As it is typed: `18.50`. */
export function typedMoney(minor: number, currency: string): string {
  const digits = digitsOf(currency);
  const text = String(minor).padStart(digits + 1, '0');
  return digits === 0 ? text : `${text.slice(0, -digits)}.${text.slice(-digits)}`;
}

/** Minor units of what was typed; null where it is no amount of the currency. No float is ever made of it. */
export function readMoney(text: string, currency: string): number | null {
  const found = /^(\d{1,12})(?:[.,](\d*))?$/.exec(text.trim().replaceAll(' ', ''));
  if (!found) return null;
  const [, whole = '', part = ''] = found;
  const digits = digitsOf(currency);
  if (part.length > digits) return null;
  return Number(`${whole}${part.padEnd(digits, '0')}`);
}

/** `10 %` of 100000 millionths. */
export function percentOf(ppm: number): string {
  return `${String(ppm / 10_000)} %`;
}

/** Millionths of a typed percentage; null where it is none. */
export function readPercent(text: string): number | null {
  const found = /^(\d{1,3})(?:[.,](\d{0,4}))?\s*%?$/.exec(text.trim());
  if (!found) return null;
  const ppm = Number(`${found[1]}${(found[2] ?? '').padEnd(4, '0')}`);
  return ppm <= 1_000_000 ? ppm : null;
}
