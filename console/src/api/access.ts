import { keepPreviousData, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import {
  accessAssign,
  accessChangeRole,
  accessCreateRole,
  accessDeleteRole,
  accessExplain,
  accessHolders,
  accessListHeld,
  accessListRoles,
  accessPermissions,
  accessReadStanding,
  accessWithdraw,
  type Declared,
  type Explanation,
  type Holders,
  type NewRole,
  type Role,
  type RolesHeld,
  type Standing,
} from './generated';
import { ApiError } from './problem';

export type { Declared, Explanation, Role, RolesHeld, Standing };

const ACCESS = ['access'] as const;

export function useRoles(enabled = true) {
  return useQuery({
    queryKey: [...ACCESS, 'roles'],
    queryFn: async (): Promise<Role[]> => (await accessListRoles()).data,
    enabled,
  });
}

/** Every permission that there is. */
export function useDeclared(enabled = true) {
  return useQuery({
    queryKey: [...ACCESS, 'permissions'],
    queryFn: async (): Promise<Declared[]> => (await accessPermissions()).data,
    enabled,
    staleTime: Number.POSITIVE_INFINITY,
  });
}

/** What somebody has and may do here; null for somebody without any role. */
export function useStanding(userId: string, enabled = true) {
  return useQuery({
    queryKey: [...ACCESS, 'standing', userId],
    queryFn: async (): Promise<Standing | null> => {
      try {
        return (await accessReadStanding({ path: { user_id: userId } })).data;
      } catch (error) {
        if (error instanceof ApiError && error.status === 404) return null;
        throw error;
      }
    },
    enabled,
  });
}

/** The roles of several people by their ids, in one question. */
export function useHeld(userIds: readonly string[], enabled = true) {
  return useQuery({
    queryKey: [...ACCESS, 'held', userIds],
    queryFn: async (): Promise<ReadonlyMap<string, RolesHeld['roles']>> => {
      const { data } = await accessListHeld({ query: { user_id: [...userIds] } });
      return new Map(data.map(({ user_id, roles }) => [user_id, roles]));
    },
    enabled: enabled && userIds.length > 0,
    placeholderData: keepPreviousData,
  });
}

export function useExplanation(userId: string, permission: string) {
  return useQuery({
    queryKey: [...ACCESS, 'why', userId, permission],
    queryFn: async (): Promise<Explanation> =>
      (await accessExplain({ query: { user_id: userId, permission } })).data,
    enabled: userId !== '' && permission !== '',
    retry: false,
  });
}

export function useHolders(permission: string) {
  return useQuery({
    queryKey: [...ACCESS, 'holders', permission],
    queryFn: async (): Promise<Holders> => (await accessHolders({ query: { permission } })).data,
    enabled: permission !== '',
    retry: false,
  });
}

/** Roles decide what everybody may do, so all of it is read again after a change. */
function useAccessChange<In, Out>(work: (input: In) => Promise<Out>) {
  const cache = useQueryClient();
  return useMutation({
    mutationFn: work,
    onSuccess: () => cache.invalidateQueries({ queryKey: ACCESS }),
  });
}

export function useSaveRole() {
  return useAccessChange(async ({ role, draft }: { role: Role | null; draft: NewRole }): Promise<Role> => {
    if (role === null) return (await accessCreateRole({ body: draft })).data;
    const changed = await accessChangeRole({
      path: { role_id: role.id },
      headers: { 'If-Match': `"${role.version}"` },
      body: draft,
    });
    return changed.data;
  });
}

export function useDeleteRole() {
  return useAccessChange((role: Role) =>
    accessDeleteRole({ path: { role_id: role.id }, headers: { 'If-Match': `"${role.version}"` } }),
  );
}

export function useAssign() {
  return useAccessChange(({ userId, roleId }: { userId: string; roleId: string }) =>
    accessAssign({ path: { user_id: userId, role_id: roleId } }),
  );
}

export function useWithdraw() {
  return useAccessChange(({ userId, roleId }: { userId: string; roleId: string }) =>
    accessWithdraw({ path: { user_id: userId, role_id: roleId } }),
  );
}

/** A route of this server and the permission that it asks for. */
export interface GuardedRoute {
  /** `GET /v1/notes`. */
  name: string;
  permission: string;
}

interface Description {
  paths: Record<string, Record<string, { 'x-permission'?: string }>>;
}

/** Every guarded route, as the API's own description lists them. */
export function useGuardedRoutes() {
  return useQuery({
    queryKey: ['guarded routes'],
    queryFn: async (): Promise<GuardedRoute[]> => {
      const answer = await fetch('/openapi.json');
      const { paths } = (await answer.json()) as Description;
      return Object.entries(paths).flatMap(([path, methods]) =>
        Object.entries(methods).flatMap(([method, { 'x-permission': permission }]) =>
          permission ? [{ name: `${method.toUpperCase()} ${path}`, permission }] : [],
        ),
      );
    },
    staleTime: Number.POSITIVE_INFINITY,
  });
}
