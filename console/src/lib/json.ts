/** A value as indented JSON. */
export function pretty(value: unknown): string {
  return JSON.stringify(value, null, 2) ?? 'null';
}

export type Parsed = { value: unknown; problem: null } | { value: null; problem: string };

/** What somebody typed as JSON, or why it is none, in the words of the browser. */
export function parse(text: string): Parsed {
  try {
    return { value: JSON.parse(text) as unknown, problem: null };
  } catch (error) {
    return { value: null, problem: error instanceof Error ? error.message : String(error) };
  }
}
