import { keepPreviousData, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { fresh } from './fresh';
import {
  type ApiKey,
  type ApiKeyPage,
  apikeysIssue,
  apikeysListAllKeys,
  apikeysListKeys,
  apikeysRevoke,
  apikeysRevokeAnybodys,
  apikeysRotate,
  type IssuedKey,
  type NewKey,
} from './generated';

export type { ApiKey, IssuedKey };

const KEYS = ['keys'] as const;

/** One's own keys, or everybody's in the organization. */
export function useKeys(whose: 'own' | 'all', cursor: string | null, userId: string | null = null) {
  return useQuery({
    queryKey: [...KEYS, whose, userId, cursor],
    queryFn: async (): Promise<ApiKeyPage> => {
      const query = { limit: 25, cursor: cursor ?? undefined };
      if (whose === 'own') return (await apikeysListKeys({ query })).data;
      return (await apikeysListAllKeys({ query: { ...query, user_id: userId ?? undefined } })).data;
    },
    placeholderData: keepPreviousData,
  });
}

function useKeyChange<In, Out>(work: (input: In) => Promise<Out>) {
  const cache = useQueryClient();
  return useMutation({
    mutationFn: work,
    onSuccess: () => cache.invalidateQueries({ queryKey: KEYS }),
  });
}

export function useIssueKey() {
  return useKeyChange((body: NewKey) =>
    fresh(async (): Promise<IssuedKey> => (await apikeysIssue({ body })).data),
  );
}

export function useRotateKey() {
  return useKeyChange(({ id, overlap }: { id: string; overlap: number }) =>
    fresh(
      async (): Promise<IssuedKey> => (await apikeysRotate({ path: { key_id: id }, body: { overlap } })).data,
    ),
  );
}

export function useRevokeKey(whose: 'own' | 'all') {
  return useKeyChange((id: string) =>
    whose === 'own'
      ? apikeysRevoke({ path: { key_id: id } })
      : apikeysRevokeAnybodys({ path: { key_id: id } }),
  );
}
