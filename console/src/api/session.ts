import { type QueryClient, queryOptions, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { SESSION_KEY } from './client';
import {
  consoleSessionCreate,
  consoleSessionDoors,
  consoleSessionEnd,
  consoleSessionRead,
  type Doors,
  identityAuthSignIn,
  identityAuthSignOut,
  identityFactorsShow,
  identitySessionsSwitch,
  type SecondFactorProof,
  type Session,
} from './generated';

export type { Doors, Session };

const session = queryOptions({
  queryKey: SESSION_KEY,
  queryFn: async (): Promise<Session> => (await consoleSessionRead()).data,
  staleTime: 60_000,
});

export function useSession() {
  return useQuery(session);
}

/** How one may sign in here. */
export function useDoors() {
  return useQuery({
    queryKey: [...SESSION_KEY, 'doors'],
    queryFn: async (): Promise<Doors> => (await consoleSessionDoors()).data,
    staleTime: Number.POSITIVE_INFINITY,
  });
}

/** The session inside the shell, where somebody is certainly signed in. */
export function useSignedIn(): Session {
  const { data } = useSession();
  if (!data) throw new Error('useSignedIn is only for pages behind the sign-in');
  return data;
}

export function holds({ actor }: Session, permission: string): boolean {
  return actor.permissions.includes(permission) || actor.permissions.includes('*');
}

export function useMay(permission: string): boolean {
  return holds(useSignedIn(), permission);
}

/** Whether the password was right and the second factor has yet to be shown; until then nothing else works. */
export function isHalfIn({ actor }: Session): boolean {
  const { permissions } = actor;
  return permissions.length === 1 && permissions[0] === 'identity:second-factor';
}

/** Whether a second factor has to be added before anything else works. */
export function mustEnrol({ actor }: Session): boolean {
  const { permissions } = actor;
  return permissions.length === 1 && permissions[0] === 'identity:enrol';
}

/** Whether this is a person with an account, and not a token of the settings. */
export function useHasAccount(): boolean {
  const { actor, modules } = useSignedIn();
  return modules.includes('identity') && actor.permissions.includes('identity:self');
}

/** What brings the server's own view of the session in, after it was changed. */
export function useEnter() {
  const cache = useQueryClient();
  return async () => {
    forgetOthers(cache);
    // What is being asked at this moment was asked before the change.
    await cache.cancelQueries({ queryKey: SESSION_KEY });
    await cache.fetchQuery({ ...session, staleTime: 0 });
  };
}

export function useTokenSignIn() {
  const cache = useQueryClient();
  return useMutation({
    mutationFn: async (token: string) => {
      // The cookie of an account whose session is over would be asked before the token.
      await leaveAccount();
      return (await consoleSessionCreate({ body: { token } })).data;
    },
    onSuccess: (signedIn) => {
      forgetOthers(cache);
      cache.setQueryData(SESSION_KEY, signedIn);
    },
  });
}

export function useSignIn() {
  const enter = useEnter();
  return useMutation({
    mutationFn: async (who: { mail: string; password: string }) => {
      await identityAuthSignIn({ body: { ...who, cookie: true } });
      await enter();
    },
  });
}

export function useSecondFactor() {
  const enter = useEnter();
  return useMutation({
    mutationFn: async (body: SecondFactorProof) => {
      await identityFactorsShow({ body });
      await enter();
    },
  });
}

export function useSignOut() {
  const cache = useQueryClient();
  return useMutation({
    mutationFn: async () => {
      await leaveAccount();
      await consoleSessionEnd();
    },
    onSettled: () => {
      forgetOthers(cache);
      void cache.resetQueries({ queryKey: SESSION_KEY });
    },
  });
}

/** Works in another organization: everything that was read of the one before is forgotten. */
export function useSwitch() {
  const enter = useEnter();
  return useMutation({
    mutationFn: async (organizationId: string) => {
      await identitySessionsSwitch({ body: { organization_id: organizationId } });
      await enter();
    },
  });
}

/** Where no accounts are kept there is nothing to leave. */
async function leaveAccount(): Promise<void> {
  await identityAuthSignOut().catch(() => undefined);
}

/** What one person saw must not be there for the next. The session itself stays: the shell looks at it. */
function forgetOthers(cache: QueryClient): void {
  cache.removeQueries({ predicate: ({ queryKey }) => queryKey[0] !== SESSION_KEY[0] });
}
