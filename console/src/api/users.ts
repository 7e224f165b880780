import { keepPreviousData, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { fresh } from './fresh';
import {
  type BanOrder,
  type ImpersonationOrder,
  identityImpersonationImpersonate,
  identityUsersBan,
  identityUsersEndSessions,
  identityUsersListUsers,
  identityUsersRead,
  identityUsersResetFactors,
  identityUsersUnban,
  type User,
  type UserPage,
} from './generated';
import { useEnter } from './session';

export type { User };

export interface UserFilter {
  /** A part of the address or the name. */
  words: string;
  banned: boolean;
  cursor: string | null;
}

const USERS = ['users'] as const;

export function useUsers({ words, banned, cursor }: UserFilter) {
  return useQuery({
    queryKey: [...USERS, words, banned, cursor],
    queryFn: async (): Promise<UserPage> => {
      const query = {
        limit: 25,
        q: words || undefined,
        banned: banned || undefined,
        cursor: cursor ?? undefined,
      };
      return (await identityUsersListUsers({ query })).data;
    },
    placeholderData: keepPreviousData,
  });
}

export function useUser(id: string, enabled = true) {
  return useQuery({
    queryKey: ['user', id],
    queryFn: async (): Promise<User> => (await identityUsersRead({ path: { user_id: id } })).data,
    enabled,
    retry: false,
  });
}

function useUserChange<In, Out>(work: (input: In) => Promise<Out>) {
  const cache = useQueryClient();
  return useMutation({
    mutationFn: work,
    onSuccess: () => {
      void cache.invalidateQueries({ queryKey: USERS });
      void cache.invalidateQueries({ queryKey: ['user'] });
    },
  });
}

export function useBan() {
  return useUserChange(({ id, order }: { id: string; order: BanOrder }) =>
    identityUsersBan({ path: { user_id: id }, body: order }),
  );
}

/** Acts in somebody's place: this browser is theirs until it is ended. Asks for a fresh sign-in when it must. */
export function useActFor() {
  const enter = useEnter();
  return useMutation({
    mutationFn: async ({ id, order }: { id: string; order: Omit<ImpersonationOrder, 'cookie'> }) => {
      await fresh(() =>
        identityImpersonationImpersonate({ path: { user_id: id }, body: { ...order, cookie: true } }),
      );
      await enter();
    },
  });
}

export function useUnban() {
  return useUserChange((id: string) => identityUsersUnban({ path: { user_id: id } }));
}

/** Takes the second factors and the password of somebody who lost them all. */
export function useResetFactors() {
  return useUserChange(({ id, reason }: { id: string; reason: string }) =>
    fresh(() => identityUsersResetFactors({ path: { user_id: id }, body: { reason } })),
  );
}

export function useEndSessions() {
  return useUserChange(
    async (id: string) => (await identityUsersEndSessions({ path: { user_id: id } })).data.ended,
  );
}
