/** One field of a record before and after; undefined where it was not there. */
export interface FieldDifference {
  field: string;
  before: unknown;
  after: unknown;
}

/** What changed between two values, field by field; values that are no objects are one field without a name. */
export function differences(before: unknown, after: unknown): FieldDifference[] {
  if (!isObject(before) && !isObject(after)) {
    return same(before, after) ? [] : [{ field: '', before: before ?? undefined, after: after ?? undefined }];
  }
  const old = isObject(before) ? before : {};
  const young = isObject(after) ? after : {};
  return [...new Set([...Object.keys(old), ...Object.keys(young)])]
    .filter((field) => !same(old[field], young[field]))
    .map((field) => ({ field, before: old[field], after: young[field] }));
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function same(one: unknown, other: unknown): boolean {
  return JSON.stringify(one ?? null) === JSON.stringify(other ?? null);
}
