import { QueryClient } from '@tanstack/react-query';
import { client } from './generated/client.gen';
import { ApiError, asApiError, isTemporary } from './problem';

client.setConfig({ baseUrl: '', credentials: 'same-origin' });
client.interceptors.error.use((error, response) => asApiError(error, response));

export const SESSION_KEY = ['session'] as const;

/** The cache of everything the server said; a 401 anywhere brings the sign-in page back. */
export const queries: QueryClient = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 5_000,
      retry: (failures, error) => isTemporary(error) && failures < 3,
      refetchOnWindowFocus: true,
    },
  },
});

queries.getQueryCache().subscribe((event) => {
  if (event.type !== 'updated' || event.action.type !== 'error') return;
  const { error } = event.action;
  if (error instanceof ApiError && error.status === 401 && event.query.queryKey[0] !== SESSION_KEY[0]) {
    void queries.invalidateQueries({ queryKey: SESSION_KEY });
  }
});

declare module '@tanstack/react-query' {
  interface Register {
    defaultError: ApiError;
  }
}
