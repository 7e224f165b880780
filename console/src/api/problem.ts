import type { Problem } from './generated';

/** A failed request: the server's own problem (RFC 9457), or words of ours where no answer came. */
export class ApiError extends Error {
  constructor(
    readonly problem: Problem,
    readonly response: Response | null,
  ) {
    super(problem.detail ?? problem.title);
    this.name = 'ApiError';
  }

  get status(): number {
    return this.problem.status;
  }

  get code(): string {
    return this.problem.code;
  }
}

/** The error to show for whatever a request threw or answered. */
export function asApiError(error: unknown, response: Response | undefined): ApiError {
  if (error instanceof ApiError) return error;
  if (isProblem(error)) return new ApiError(error, response ?? null);
  if (response) {
    const title = `The server answered ${response.status}`;
    return ours('unexpected_answer', title, PROXY, response);
  }
  return ours(
    'unreachable',
    'The server does not answer',
    'Check that it is running; this page tries again by itself.',
    null,
  );
}

const PROXY = 'The answer is not one of backstay. Is a proxy between this page and the server?';

function ours(code: string, title: string, detail: string, response: Response | null): ApiError {
  const status = response?.status ?? 0;
  return new ApiError(
    { type: 'about:blank', title, status, code, detail, instance: '', trace_id: '', errors: [] },
    response,
  );
}

function isProblem(value: unknown): value is Problem {
  return (
    typeof value === 'object' && value !== null && 'title' in value && 'status' in value && 'code' in value
  );
}

/** The browser would not do what was asked of it. */
export function refusedByBrowser(error: unknown): ApiError {
  if (error instanceof ApiError) return error;
  const why = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  return ours('browser_refused', 'The browser refuses', why, null);
}

/** Whether trying the same request again later may help. */
export function isTemporary(error: unknown): boolean {
  return !(error instanceof ApiError) || error.status === 0 || error.status === 503 || error.status === 429;
}
