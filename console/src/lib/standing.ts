import type { GuaranteeInfo, Outcome, Proof } from '../api/generated';

/** How a promise stands, from the runs that the server keeps. */

export type Standing = Outcome | 'unproven';

/** The newest honest run on the engine: without a planted bug. */
export function lastRun(info: GuaranteeInfo, engine: string): Proof | undefined {
  return newest(info.proofs.filter((proof) => proof.engine === engine && !proof.sabotage));
}

export function standing(info: GuaranteeInfo, engine: string): Standing {
  return lastRun(info, engine)?.outcome ?? 'unproven';
}

/** Over all engines: a violation anywhere outweighs everything, and unproven outweighs held. */
export function worst(info: GuaranteeInfo): Standing {
  const order: Standing[] = ['violated', 'inconclusive', 'unproven', 'weaker', 'held', 'not-applicable'];
  const standings = info.engines.map((engine) => standing(info, engine));
  return order.find((each) => standings.includes(each)) ?? 'unproven';
}

/** Of the planted bugs, how many were caught the last time they were planted on each engine. */
export function sabotageScore(info: GuaranteeInfo): { caught: number; tried: number } {
  const latest = new Map<string, Proof>();
  for (const proof of info.proofs) {
    if (!proof.sabotage || proof.outcome === 'not-applicable') continue;
    const key = `${proof.engine} ${proof.sabotage.name}`;
    latest.set(key, newest([proof, ...(latest.has(key) ? [latest.get(key) as Proof] : [])]) as Proof);
  }
  const tried = [...latest.values()];
  return { caught: tried.filter((proof) => proof.sabotage?.caught).length, tried: tried.length };
}

function newest(proofs: Proof[]): Proof | undefined {
  return proofs.toSorted((a, b) => b.started_at.localeCompare(a.started_at))[0];
}
