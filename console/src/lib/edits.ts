export type Changes =
  | { changes: Record<string, unknown>; problem: null }
  | { changes: null; problem: string };

/** Which fields of a job's arguments were edited, or why the edit cannot be sent. */
export function changesOf(before: unknown, after: unknown): Changes {
  if (!isObject(before) || !isObject(after))
    return refuse('The arguments are an object: { "field": value }.');
  const gone = Object.keys(before).filter((field) => !Object.hasOwn(after, field));
  if (gone.length) return refuse(`A field can be changed, not taken out: ${gone.join(', ')}.`);
  const changed = Object.entries(after).filter(
    ([field, value]) => JSON.stringify(value) !== JSON.stringify(before[field]),
  );
  return { changes: Object.fromEntries(changed), problem: null };
}

function refuse(problem: string): Changes {
  return { changes: null, problem };
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
