import { keepPreviousData, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import {
  type EditPreview,
  type InvariantsReport,
  type MoneyStatus,
  type NewFulfilment,
  type NewRefund,
  type NewReturn,
  type Order,
  type OrderEdit,
  type OrderEvent,
  type OrderStatus,
  type OrderSummaryPage,
  type OrdersOrdersListOrdersData,
  ordersAsOf,
  ordersCancel,
  ordersDeliver,
  ordersEdit,
  ordersFulfil,
  ordersInvariantsCheck,
  ordersNote,
  ordersOrdersListOrders,
  ordersPreview,
  ordersRead,
  ordersRefund,
  ordersTakeBack,
  ordersTimeline,
} from './generated';
import { onceKey, SHOP, versioned } from './shops';

export type {
  BrokenRule,
  Fulfilment,
  OrderLine,
  OrderSummary,
  PriceStep,
} from './generated';
export type { InvariantsReport, MoneyStatus, Order, OrderEvent, OrderStatus };

export type OrderSort = NonNullable<NonNullable<OrdersOrdersListOrdersData['query']>['sort']>[number];

export interface OrderFilter {
  status: OrderStatus | null;
  money: MoneyStatus | null;
  words: string;
  since: string | null;
  sort: OrderSort | null;
  cursor: string | null;
}

export function useOrders(shop: string, filter: OrderFilter) {
  return useQuery({
    queryKey: [SHOP, shop, 'orders', filter],
    queryFn: async (): Promise<OrderSummaryPage> => {
      const query = {
        limit: 30,
        status: filter.status ?? undefined,
        money: filter.money ?? undefined,
        q: filter.words || undefined,
        placed_from: filter.since ?? undefined,
        sort: filter.sort === null ? undefined : [filter.sort],
        cursor: filter.cursor ?? undefined,
      };
      return (await ordersOrdersListOrders({ path: { shop }, query })).data;
    },
    placeholderData: keepPreviousData,
    refetchInterval: filter.cursor === null ? 15_000 : false,
  });
}

export function useOrder(shop: string, id: string) {
  return useQuery({
    queryKey: [SHOP, shop, 'order', id],
    queryFn: async (): Promise<Order> => (await ordersRead({ path: { shop, order_id: id } })).data,
    refetchInterval: 15_000,
  });
}

/** The order as it was at an instant, made again from its events. */
export function useOrderAsOf(shop: string, id: string, at: string | null) {
  return useQuery({
    enabled: at !== null,
    queryKey: [SHOP, shop, 'order', id, 'as of', at],
    queryFn: async (): Promise<Order> =>
      (await ordersAsOf({ path: { shop, order_id: id }, query: { at: at ?? undefined } })).data,
    placeholderData: keepPreviousData,
    // The past stays as it was.
    staleTime: Number.POSITIVE_INFINITY,
  });
}

export function useTimeline(shop: string, id: string, version: number) {
  return useQuery({
    queryKey: [SHOP, shop, 'order', id, 'timeline', version],
    queryFn: async (): Promise<OrderEvent[]> => (await ordersTimeline({ path: { shop, order_id: id } })).data,
    placeholderData: keepPreviousData,
  });
}

/** A change of the order that was seen; a 412 means that something happened to it since. */
function useChange<Given>(shop: string, change: (order: Order, given: Given) => Promise<{ data: Order }>) {
  const cache = useQueryClient();
  return useMutation({
    mutationFn: async ({ order, given }: { order: Order; given: Given }): Promise<Order> =>
      (await change(order, given)).data,
    onSuccess: (order) => cache.setQueryData([SHOP, shop, 'order', order.id], order),
    onSettled: () => void cache.invalidateQueries({ queryKey: [SHOP, shop] }),
  });
}

function naming(shop: string, order: Order) {
  return {
    path: { shop, order_id: order.id },
    headers: { ...versioned(order.version), 'Idempotency-Key': onceKey() },
  };
}

export function useFulfil(shop: string) {
  return useChange(shop, (order, body: NewFulfilment) => ordersFulfil({ ...naming(shop, order), body }));
}

export function useTakeBack(shop: string) {
  return useChange(shop, (order, body: NewReturn) => ordersTakeBack({ ...naming(shop, order), body }));
}

export function useRefund(shop: string) {
  return useChange(shop, (order, body: NewRefund) => ordersRefund({ ...naming(shop, order), body }));
}

export function useCancelOrder(shop: string) {
  return useChange(shop, (order, body: { reason: string; refund: boolean }) =>
    ordersCancel({ ...naming(shop, order), body }),
  );
}

export function useNoteOrder(shop: string) {
  return useChange(shop, (order, body: { text: string; visible: boolean }) =>
    ordersNote({ path: { shop, order_id: order.id }, body }),
  );
}

export function useDeliver(shop: string) {
  return useChange(shop, (order, fulfilment: string) =>
    ordersDeliver({ path: { shop, order_id: order.id, fulfilment_id: fulfilment } }),
  );
}

export function usePreviewEdit(shop: string) {
  return useMutation({
    mutationFn: async ({ id, edit }: { id: string; edit: OrderEdit }): Promise<EditPreview> =>
      (await ordersPreview({ path: { shop, order_id: id }, body: edit })).data,
  });
}

export function useEditOrder(shop: string) {
  return useChange(shop, (order, body: OrderEdit & { expected_total: number; reason: string }) =>
    ordersEdit({ ...naming(shop, order), body }),
  );
}

/** Compares everything with everything; reads every order, so only when it is asked for. */
export function useProof(shop: string) {
  return useMutation({
    mutationFn: async (): Promise<InvariantsReport> => (await ordersInvariantsCheck({ path: { shop } })).data,
  });
}
