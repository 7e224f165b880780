import { keepPreviousData, useQuery, useQueryClient } from '@tanstack/react-query';
import { useCallback, useState } from 'react';
import {
  type RequestDetail,
  type RequestSummary,
  type RequestSummaryPage,
  trafficListAll,
  trafficRead,
} from './generated';
import { type Connection, useEventStream } from './stream';

export type { Cause } from './generated';

/** The stream's own word, told where somebody reads too slowly. */
interface Skipped {
  requests: number;
}

export type { RequestDetail, RequestSummary };

export interface TrafficFilter {
  method: string | null;
  /** First figure of the status, as text. */
  status: string | null;
  /** The beginning of the path. */
  path: string;
  actor: string;
  /** Milliseconds. */
  slower: number | null;
  trace: string;
  /** What the request is called by whoever sent it, whole. */
  request: string;
}

export const NO_FILTER: TrafficFilter = {
  method: null,
  status: null,
  path: '',
  actor: '',
  slower: null,
  trace: '',
  request: '',
};

const SHOWN = 200;

function keyOf(filter: TrafficFilter) {
  return ['traffic', filter] as const;
}

export function useRequests(filter: TrafficFilter) {
  const cache = useQueryClient();
  return useQuery({
    queryKey: keyOf(filter),
    queryFn: async (): Promise<RequestSummaryPage> => {
      const read = (await trafficListAll({ query: queryOf(filter) })).data;
      return withNewer(read, cache.getQueryData<RequestSummaryPage>(keyOf(filter)));
    },
    placeholderData: keepPreviousData,
    staleTime: Number.POSITIVE_INFINITY,
  });
}

/** The list as it was read, under what the stream told while it was read. Ids sort by time. */
export function withNewer(
  read: RequestSummaryPage,
  seen: RequestSummaryPage | undefined,
): RequestSummaryPage {
  const newest = read.items[0]?.id ?? '';
  const newer = seen?.items.filter(({ id }) => id > newest) ?? [];
  return { ...read, items: [...newer, ...read.items].slice(0, SHOWN) };
}

function queryOf(filter: TrafficFilter) {
  return {
    limit: 100,
    method: filter.method ?? undefined,
    status_class: filter.status === null ? undefined : Number(filter.status),
    path: filter.path || undefined,
    actor: filter.actor || undefined,
    min_duration_us: filter.slower === null ? undefined : filter.slower * 1_000,
    trace_id: filter.trace || undefined,
    request_id: filter.request || undefined,
  };
}

/** Whether a request that just happened belongs into the list that is shown. */
export function matches(filter: TrafficFilter, request: RequestSummary): boolean {
  return (
    (filter.method === null || request.method === filter.method) &&
    (filter.status === null || String(request.status ?? '').startsWith(filter.status)) &&
    request.path.startsWith(filter.path) &&
    (filter.actor === '' || request.actor === filter.actor) &&
    (filter.slower === null || request.duration_us >= filter.slower * 1_000) &&
    (filter.trace === '' || request.trace_id === filter.trace) &&
    (filter.request === '' || request.request_id === filter.request)
  );
}

export interface LiveRequests {
  connection: Connection;
  /** Requests that came too fast to be shown since the list was last read. */
  skipped: number;
  forgetSkipped: () => void;
}

/**
 * Puts each request that ends on top of the list, for as long as it is not paused.
 *
 * The list is read again whenever the stream (re)opens, so nothing falls between the two.
 */
export function useLiveRequests(filter: TrafficFilter, paused: boolean): LiveRequests {
  const cache = useQueryClient();
  const [skipped, setSkipped] = useState(0);
  const skip = useCallback((data: unknown) => setSkipped((seen) => seen + (data as Skipped).requests), []);
  const add = useCallback(
    (data: unknown) => {
      const request = data as RequestSummary;
      if (!matches(filter, request)) return;
      cache.setQueryData<RequestSummaryPage>(keyOf(filter), (page) =>
        page?.items.every((seen) => seen.id !== request.id)
          ? { ...page, items: [request, ...page.items].slice(0, SHOWN) }
          : page,
      );
    },
    [cache, filter],
  );
  const following = useCallback(() => {
    setSkipped(0);
    // What ended before the stream was heard is in the log by now, or will come through the stream.
    void cache.invalidateQueries({ queryKey: keyOf(filter) });
  }, [cache, filter]);
  const connection = useEventStream(paused ? null : '/v1/traffic/stream', {
    request: add,
    skipped: skip,
    following,
  });
  return { connection, skipped, forgetSkipped: useCallback(() => setSkipped(0), []) };
}

export function useRequest(id: string) {
  return useQuery({
    queryKey: ['request', id],
    queryFn: async (): Promise<RequestDetail> => (await trafficRead({ path: { request_id: id } })).data,
    staleTime: Number.POSITIVE_INFINITY,
  });
}
