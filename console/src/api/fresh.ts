import { ApiError } from './problem';

/** What the server wants to see once more before it does something that matters. */
export type Wanted = 'password' | 'code';

interface Question {
  wanted: Wanted;
  answer: (shown: boolean) => void;
}

const WANTED: Readonly<Record<string, Wanted>> = {
  fresh_sign_in_needed: 'password',
  second_factor_needed: 'code',
};

let question: Question | null = null;
const listeners = new Set<() => void>();

function put(next: Question | null): void {
  question = next;
  for (const listener of listeners) listener();
}

export function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export function asked(): Question | null {
  return question;
}

/** Closes the question; `shown` when the server has what it wanted. */
export function answered(shown: boolean): void {
  const open = question;
  put(null);
  open?.answer(shown);
}

/**
 * Does something that may need a fresh sign-in: when the server says so, the person is asked to show
 * once more who they are, and it is tried again. Who declines gets the server's refusal.
 */
export async function fresh<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const wanted = error instanceof ApiError ? WANTED[error.code] : undefined;
    if (wanted === undefined || question !== null) throw error;
    const shown = await new Promise<boolean>((answer) => put({ wanted, answer }));
    if (!shown) throw error;
    return fresh(work);
  }
}
