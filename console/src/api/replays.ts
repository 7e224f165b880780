import { keepPreviousData, useQuery } from '@tanstack/react-query';
import {
  type IdempotencyKey,
  type IdempotencyKeyPage,
  idempotencyListKeys,
  idempotencyListRoutes,
  type KeyState,
  type ReplayableRoute,
} from './generated';

export type { IdempotencyKey, KeyState, ReplayableRoute };

export interface ReplayFilter {
  state: KeyState | null;
  route: string | null;
  /** A key, whole. */
  key: string;
  cursor: string | null;
}

const KEY = ['replays'] as const;

/** Keys that were sent with requests, the newest first. */
export function useReplays(filter: ReplayFilter) {
  return useQuery({
    queryKey: [...KEY, filter],
    queryFn: async (): Promise<IdempotencyKeyPage> => {
      const { state, route, key, cursor } = filter;
      const query = {
        limit: 25,
        state: state ?? undefined,
        route: route ?? undefined,
        key: key || undefined,
        cursor: cursor ?? undefined,
      };
      return (await idempotencyListKeys({ query })).data;
    },
    placeholderData: keepPreviousData,
    // A page of old keys stands still but for their replays; only the newest move.
    refetchInterval: filter.cursor === null ? 3_000 : false,
  });
}

/** The routes that take a key, and those that want one. */
export function useReplayableRoutes() {
  return useQuery({
    queryKey: [...KEY, 'routes'],
    queryFn: async (): Promise<ReplayableRoute[]> => (await idempotencyListRoutes()).data,
    staleTime: Number.POSITIVE_INFINITY,
  });
}
