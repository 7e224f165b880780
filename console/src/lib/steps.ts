/** How a price becomes a total, step after step: where each begins and ends, and what rounding did to it. */

export interface Step {
  amount: number;
  /** Before it was rounded: a whole number, or a fraction in lowest terms. */
  exact: string;
  /** Already part of the steps before it, as a tax inside a price is. */
  included: boolean;
}

export interface LaidStep<S extends Step = Step> {
  step: S;
  /** Shares of the widest sum, 0 to 1. */
  left: number;
  width: number;
  /** What is reached after it. */
  sum: number;
  /** What rounding added, as a fraction of the smallest unit: `+1/3`; null where nothing was rounded. */
  rounded: string | null;
}

export function laySteps<S extends Step>(steps: readonly S[]): LaidStep<S>[] {
  let sum = 0;
  const sums = steps.map(({ amount, included }) => {
    const before = sum;
    if (!included) sum += amount;
    return { before, after: sum };
  });
  const most = Math.max(1, ...sums.map(({ before, after }) => Math.max(before, after)));
  return steps.map((step, index) => {
    const { before, after } = sums[index] ?? { before: 0, after: 0 };
    // What is inside is drawn from the end of the whole backwards.
    const [from, to] = step.included ? [after - step.amount, after] : [before, after];
    return {
      step,
      left: Math.max(0, Math.min(from, to)) / most,
      width: Math.abs(to - from) / most,
      sum: after,
      rounded: roundedOf(step),
    };
  });
}

/** The rounded amount less the exact one, in lowest terms. */
export function roundedOf({ amount, exact }: Step): string | null {
  const [over = '0', under = '1'] = exact.split('/');
  const part = BigInt(amount) * BigInt(under) - BigInt(over);
  if (part === 0n) return null;
  return `${part < 0n ? '−' : '+'}${part < 0n ? -part : part}/${under}`;
}
