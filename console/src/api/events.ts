import { keepPreviousData, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect, useRef } from 'react';
import {
  type EventReplay,
  type EventReplayPage,
  type EventSummary,
  type EventSummaryPage,
  type EventType,
  eventsEventProjectionListAll,
  eventsEventProjectionRebuild,
  eventsEventReplayCancel,
  eventsEventReplayListAll,
  eventsEventSubscriptionListAll,
  eventsEventSubscriptionReplay,
  eventsLag,
  eventsListAll,
  eventsListTypes,
  eventsRead,
  type ProjectionInfo,
  type Recorded,
  type SubscriptionInfo,
} from './generated';
import { type Connection, useEventStream } from './stream';

export type { EventReplay, EventSummary, EventType, ProjectionInfo, Recorded, SubscriptionInfo };

export interface EventFilter {
  type: string | null;
  /** What it happened to, whole. */
  subject: string;
  cursor: string | null;
}

const EVENTS = ['events', 'log'] as const;
const READERS = ['events', 'readers'] as const;
/** Milliseconds between two readings of the list, however many events come in between. */
const BREATH = 400;

export function useEvents(filter: EventFilter) {
  return useQuery({
    queryKey: [...EVENTS, filter],
    queryFn: async (): Promise<EventSummaryPage> => {
      const { type, subject, cursor } = filter;
      const query = {
        limit: 25,
        type: type ?? undefined,
        subject: subject || undefined,
        cursor: cursor ?? undefined,
      };
      return (await eventsListAll({ query })).data;
    },
    placeholderData: keepPreviousData,
  });
}

export function useEvent(id: string) {
  return useQuery({
    queryKey: ['events', 'one', id],
    queryFn: async (): Promise<Recorded> => (await eventsRead({ path: { event_id: id } })).data,
  });
}

export function useEventTypes(may = true) {
  return useQuery({
    enabled: may,
    queryKey: ['events', 'types'],
    queryFn: async (): Promise<EventType[]> => (await eventsListTypes()).data,
    staleTime: Number.POSITIVE_INFINITY,
  });
}

/** Reads the newest page again when something happens, at most a few times a second. */
export function useEventTail(types: readonly EventType[] | undefined): Connection {
  const queries = useQueryClient();
  const waiting = useRef<ReturnType<typeof setTimeout> | null>(null);
  useEffect(
    () => () => {
      if (waiting.current) clearTimeout(waiting.current);
    },
    [],
  );
  const happened = () => {
    waiting.current ??= setTimeout(() => {
      waiting.current = null;
      void queries.invalidateQueries({ queryKey: EVENTS });
      void queries.invalidateQueries({ queryKey: ['events', 'lag'] });
    }, BREATH);
  };
  return useEventStream(
    types ? '/v1/events/stream' : null,
    Object.fromEntries((types ?? []).map(({ type }) => [type, happened])),
    happened,
  );
}

export function useLag(enabled: boolean) {
  return useQuery({
    queryKey: ['events', 'lag'],
    queryFn: async () => (await eventsLag()).data,
    refetchInterval: 3_000,
    enabled,
  });
}

export function useSubscriptions() {
  return useQuery({
    queryKey: [...READERS, 'subscriptions'],
    queryFn: async (): Promise<SubscriptionInfo[]> => (await eventsEventSubscriptionListAll()).data,
    refetchInterval: 3_000,
  });
}

export function useProjections() {
  return useQuery({
    queryKey: [...READERS, 'projections'],
    queryFn: async (): Promise<ProjectionInfo[]> => (await eventsEventProjectionListAll()).data,
    refetchInterval: 3_000,
  });
}

export function useReplays(enabled: boolean) {
  return useQuery({
    queryKey: [...READERS, 'replays'],
    queryFn: async (): Promise<EventReplayPage> =>
      (await eventsEventReplayListAll({ query: { limit: 10 } })).data,
    refetchInterval: 3_000,
    enabled,
  });
}

export function useReplay() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: async ({ name, first }: { name: string; first: number }): Promise<EventReplay> =>
      (await eventsEventSubscriptionReplay({ path: { name }, body: { first } })).data,
    onSuccess: () => queries.invalidateQueries({ queryKey: READERS }),
  });
}

export function useCancelReplay() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: async (id: number): Promise<EventReplay> =>
      (await eventsEventReplayCancel({ path: { replay_id: id } })).data,
    onSuccess: () => queries.invalidateQueries({ queryKey: READERS }),
  });
}

export function useRebuild() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: async (name: string) => (await eventsEventProjectionRebuild({ path: { name } })).data,
    onSuccess: () => queries.invalidateQueries({ queryKey: READERS }),
  });
}
