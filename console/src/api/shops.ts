import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect, useRef } from 'react';
import { useEventTypes } from './events';
import { type Shop, shopsListShops } from './generated';
import { useMay } from './session';
import { type Connection, useEventStream } from './stream';

export type { Shop };

/** Everything of a shop is kept under this and its name, so that news of it can have it read again. */
export const SHOP = 'shop';

export function useShops() {
  return useQuery({
    queryKey: ['shops'],
    queryFn: async (): Promise<Shop[]> => (await shopsListShops({ query: { limit: 100 } })).data.items,
    staleTime: 60_000,
  });
}

/** How one version of something is named in a change of it. */
export function versioned(version: number): { 'If-Match': string } {
  return { 'If-Match': `"${version}"` };
}

/** A key under which a change is made once, however often it is sent. */
export function onceKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

const NEWS = /^(orders|inventory|catalog|payments|coupons)\./;
const BREATH = 400;

/** Has what is shown of shops read again when something happens in one, at most a few times a second. */
export function useShopTail(): Connection {
  const cache = useQueryClient();
  const may = useMay('events:read');
  const { data } = useEventTypes(may);
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
      void cache.invalidateQueries({ queryKey: [SHOP] });
    }, BREATH);
  };
  const types = data?.map(({ type }) => type).filter((type) => NEWS.test(type)) ?? [];
  return useEventStream(
    types.length > 0 ? '/v1/events/stream' : null,
    Object.fromEntries(types.map((type) => [type, happened])),
    happened,
  );
}
