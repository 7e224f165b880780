import { keepPreviousData, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import {
  type GiftCard,
  type GiftCardEntryPage,
  type GiftCardPage,
  giftcardsChange,
  giftcardsIssue,
  giftcardsListCards,
  giftcardsListEntries,
  type IssuedGiftCards,
  type NewGiftCards,
} from './generated';
import { onceKey, SHOP, versioned } from './shops';

export type { GiftCard };

export function useGiftCards(shop: string, active: boolean | null, cursor: string | null) {
  return useQuery({
    queryKey: [SHOP, shop, 'gift-cards', active, cursor],
    queryFn: async (): Promise<GiftCardPage> => {
      const query = { limit: 50, active: active ?? undefined, cursor: cursor ?? undefined };
      return (await giftcardsListCards({ path: { shop }, query })).data;
    },
    placeholderData: keepPreviousData,
  });
}

export function useGiftCardEntries(shop: string, id: string) {
  return useQuery({
    queryKey: [SHOP, shop, 'gift-cards', id, 'entries'],
    queryFn: async (): Promise<GiftCardEntryPage> =>
      (await giftcardsListEntries({ path: { shop, card_id: id }, query: { limit: 50 } })).data,
  });
}

function useChange<Given, Made>(shop: string, change: (given: Given) => Promise<Made>) {
  const cache = useQueryClient();
  return useMutation({
    mutationFn: change,
    onSettled: () => void cache.invalidateQueries({ queryKey: [SHOP, shop, 'gift-cards'] }),
  });
}

export function useIssueGiftCards(shop: string) {
  return useChange(shop, async (body: NewGiftCards): Promise<IssuedGiftCards> => {
    const headers = { 'Idempotency-Key': onceKey() };
    return (await giftcardsIssue({ path: { shop }, headers, body })).data;
  });
}

export function useActivateGiftCard(shop: string) {
  return useChange(shop, async ({ card, active }: { card: GiftCard; active: boolean }): Promise<GiftCard> => {
    const path = { shop, card_id: card.id };
    return (await giftcardsChange({ path, headers: versioned(card.version), body: { active } })).data;
  });
}
