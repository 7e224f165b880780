import { QueryClient } from '@tanstack/react-query';
import { client } from './generated/client.gen';
import { ApiError, asApiError, isTemporary } from './problem';

client.setConfig({ baseUrl: '', credentials: 'same-origin' });
client.interceptors.error.use((error, response) => asApiError(error, response));

export const SESSION_KEY = ['session'] as const;

/** The cache of everything the server said; a session that is over brings the sign-in page back. */
export const queries: QueryClient = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 5_000,
      retry: (failures, error) => isTemporary(error) && failures < 3,
      refetchOnWindowFocus: true,
    },
  },
});

/** Refusals of a password or a code: whoever mistypes is still signed in. */
const MISTYPED: ReadonlySet<string> = new Set(['bad_credentials', 'wrong_code']);

function lookAgain(error: unknown): void {
  // Who is not signed in is known not to be; asking again would take the form away in which they mistyped.
  if (queries.getQueryState(SESSION_KEY)?.status !== 'success') return;
  if (error instanceof ApiError && error.status === 401 && !MISTYPED.has(error.code)) {
    void queries.invalidateQueries({ queryKey: SESSION_KEY });
  }
}

queries.getQueryCache().subscribe((event) => {
  if (event.type !== 'updated' || event.action.type !== 'error') return;
  if (event.query.queryKey[0] !== SESSION_KEY[0]) lookAgain(event.action.error);
});
queries.getMutationCache().subscribe((event) => {
  if (event.type === 'updated' && event.action.type === 'error') lookAgain(event.action.error);
});

declare module '@tanstack/react-query' {
  interface Register {
    defaultError: ApiError;
  }
}
