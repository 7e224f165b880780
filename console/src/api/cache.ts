import { keepPreviousData, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import {
  type CacheView,
  cacheListInvalidations,
  cachePurge,
  cacheShow,
  type Invalidation,
  type InvalidationPage,
  type KindCounts,
  type Purge,
} from './generated';

export type { CacheView, Invalidation, KindCounts, Purge };

const KEY = ['cache'] as const;
const INVALIDATIONS = [...KEY, 'invalidations'] as const;

/** How the cache does, over all processes. */
export function useCache() {
  return useQuery({
    queryKey: KEY,
    queryFn: async (): Promise<CacheView> => (await cacheShow()).data,
    refetchInterval: 2_000,
  });
}

/** The tags that were invalidated within the last hour. */
export function useInvalidations(cursor: string | null) {
  return useQuery({
    queryKey: [...INVALIDATIONS, cursor],
    queryFn: async (): Promise<InvalidationPage> =>
      (await cacheListInvalidations({ query: { limit: 15, cursor: cursor ?? undefined } })).data,
    placeholderData: keepPreviousData,
    refetchInterval: cursor === null ? 2_000 : false,
  });
}

/** Forgets what is kept for the organization. */
export function usePurge() {
  const cache = useQueryClient();
  return useMutation({
    mutationFn: (body: Purge) => cachePurge({ body }),
    onSettled: () => cache.invalidateQueries({ queryKey: KEY }),
  });
}
