import type { ApiError } from '../api/problem';

/** Short words in the corner: what was done, what went wrong, and a way back. */
export interface Toast {
  id: number;
  tone: 'accent' | 'bad';
  title: string;
  detail: string | null;
  undo: (() => void) | null;
}

let toasts: readonly Toast[] = [];
let lastId = 0;
const listeners = new Set<() => void>();

function put(next: readonly Toast[]): void {
  toasts = next;
  for (const listener of listeners) listener();
}

export function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export function current(): readonly Toast[] {
  return toasts;
}

export function dismiss(id: number): void {
  put(toasts.filter((toast) => toast.id !== id));
}

function show(toast: Omit<Toast, 'id'>, milliseconds: number): void {
  lastId += 1;
  const id = lastId;
  put([...toasts.slice(-3), { ...toast, id }]);
  setTimeout(() => dismiss(id), milliseconds);
}

export function tell(title: string): void {
  show({ tone: 'accent', title, detail: null, undo: null }, 3_500);
}

export function tellProblem({ problem }: ApiError): void {
  show({ tone: 'bad', title: problem.title, detail: problem.detail ?? null, undo: null }, 9_000);
}

/** Says what was done, and offers to undo it for ten seconds. */
export function tellWithUndo(title: string, undo: () => void): void {
  show({ tone: 'accent', title, detail: null, undo }, 10_000);
}
