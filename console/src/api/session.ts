import { type QueryClient, queryOptions, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { SESSION_KEY } from './client';
import { consoleSessionCreate, consoleSessionEnd, consoleSessionRead, type Session } from './generated';

export type { Session };

const session = queryOptions({
  queryKey: SESSION_KEY,
  queryFn: async (): Promise<Session> => (await consoleSessionRead()).data,
  staleTime: 60_000,
});

export function useSession() {
  return useQuery(session);
}

/** The session inside the shell, where somebody is certainly signed in. */
export function useSignedIn(): Session {
  const { data } = useSession();
  if (!data) throw new Error('useSignedIn is only for pages behind the sign-in');
  return data;
}

export function useMay(permission: string): boolean {
  const { permissions } = useSignedIn().actor;
  return permissions.includes(permission) || permissions.includes('*');
}

export function useSignIn() {
  const cache = useQueryClient();
  return useMutation({
    mutationFn: async (token: string) => (await consoleSessionCreate({ body: { token } })).data,
    onSuccess: (signedIn) => {
      forgetOthers(cache);
      cache.setQueryData(SESSION_KEY, signedIn);
    },
  });
}

export function useSignOut() {
  const cache = useQueryClient();
  return useMutation({
    mutationFn: () => consoleSessionEnd(),
    onSettled: () => {
      forgetOthers(cache);
      void cache.resetQueries({ queryKey: SESSION_KEY });
    },
  });
}

/** What one person saw must not be there for the next. The session itself stays: the shell looks at it. */
function forgetOthers(cache: QueryClient): void {
  cache.removeQueries({ predicate: ({ queryKey }) => queryKey[0] !== SESSION_KEY[0] });
}
