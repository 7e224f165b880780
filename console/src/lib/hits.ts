interface Counted {
  hits: number;
  stale: number;
  rescued: number;
  misses: number;
}

/** Over several kinds: how often a value was asked for, and how often one was there to be given out. */
export function hitsOf(counts: readonly Counted[]): { asked: number; hits: number } {
  let asked = 0;
  let hits = 0;
  for (const of of counts) {
    const given = of.hits + of.stale + of.rescued;
    hits += given;
    asked += given + of.misses;
  }
  return { asked, hits };
}

/** A share between 0 and 1, whatever rounding did to it. */
export function rateOf(value: number): number {
  return Math.min(1, Math.max(0, value));
}

/** `98.5 %`; only what is all or nothing is said to be so. */
export function share(value: number): string {
  const rate = rateOf(value) * 100;
  if (rate === 0 || rate === 100) return `${rate} %`;
  return `${Math.min(99.9, Math.max(0.1, rate)).toFixed(1)} %`;
}
