import { keepPreviousData, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import {
  type Drop,
  type DropPage,
  dropsShopClose,
  dropsShopCreate,
  dropsShopListDrops,
  type NewDrop,
} from './generated';
import { onceKey, SHOP } from './shops';

export type { Drop, NewDrop };

const MOVING = 5_000;

/** A page of drops; what a queue does is not told as an event, so it is asked for now and then. */
export function useDrops(shop: string, cursor: string | null) {
  return useQuery({
    queryKey: [SHOP, shop, 'drops', cursor],
    queryFn: async (): Promise<DropPage> =>
      (await dropsShopListDrops({ path: { shop }, query: { limit: 50, cursor: cursor ?? undefined } })).data,
    placeholderData: keepPreviousData,
    refetchInterval: MOVING,
  });
}

function useChange<Given>(shop: string, change: (given: Given) => Promise<Drop>) {
  const cache = useQueryClient();
  return useMutation({
    mutationFn: change,
    onSettled: () => void cache.invalidateQueries({ queryKey: [SHOP, shop, 'drops'] }),
  });
}

export function useCreateDrop(shop: string) {
  return useChange(shop, async (body: NewDrop): Promise<Drop> => {
    const headers = { 'Idempotency-Key': onceKey() };
    return (await dropsShopCreate({ path: { shop }, headers, body })).data;
  });
}

export function useCloseDrop(shop: string) {
  return useChange(
    shop,
    async ({ id }: Drop): Promise<Drop> => (await dropsShopClose({ path: { shop, drop_id: id } })).data,
  );
}
