import { ApiError } from './problem';

interface Question {
  answer: (shown: boolean) => void;
}

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
    const wanted = error instanceof ApiError && error.code === 'fresh_sign_in_needed';
    if (!wanted || question !== null) throw error;
    const shown = await new Promise<boolean>((answer) => put({ answer }));
    if (!shown) throw error;
    return fresh(work);
  }
}
