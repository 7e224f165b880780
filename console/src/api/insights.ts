import { keepPreviousData, useQuery } from '@tanstack/react-query';
import {
  type Cohort,
  insightsCohorts,
  insightsLowStock,
  insightsRevenue,
  insightsSummary,
  insightsTop,
  insightsTopRated,
  type LowItem,
  type OrderSummary,
  ordersOrdersListOrders,
  type RatedItem,
  type Retention,
  type RevenuePoint,
  type RevenueSeries,
  type Sales,
  type InsightsStep as Step,
  type Summary,
  type TopItem,
  type TopList,
} from './generated';

export type {
  Cohort,
  LowItem,
  RatedItem,
  Retention,
  RevenuePoint,
  RevenueSeries,
  Sales,
  Step,
  Summary,
  TopItem,
};

/** Which days of which shop, and in which currency. */
export interface Asked {
  shop: string;
  since: string;
  until: string;
  currency: string;
}

/** Under the name of the shop's own data, so that news of the shop has this read again too. */
const keyOf = (shop: string, what: string, ...more: unknown[]) => ['shop', shop, 'insights', what, ...more];
/** Sums follow what happened within a second or so; nobody tells the page when. */
const EVERY = 10_000;

export function useSummary(asked: Asked) {
  const { shop, ...query } = asked;
  return useQuery({
    queryKey: keyOf(shop, 'summary', query),
    queryFn: async (): Promise<Summary> => (await insightsSummary({ path: { shop }, query })).data,
    placeholderData: keepPreviousData,
    refetchInterval: EVERY,
  });
}

export function useRevenue(asked: Asked, step: Step) {
  const { shop, ...query } = asked;
  return useQuery({
    queryKey: keyOf(shop, 'revenue', query, step),
    queryFn: async (): Promise<RevenueSeries> =>
      (await insightsRevenue({ path: { shop }, query: { ...query, step } })).data,
    placeholderData: keepPreviousData,
    refetchInterval: EVERY,
  });
}

export function useTop(asked: Asked, by: 'revenue' | 'units') {
  const { shop, ...query } = asked;
  return useQuery({
    queryKey: keyOf(shop, 'top', query, by),
    queryFn: async (): Promise<TopList> =>
      (await insightsTop({ path: { shop }, query: { ...query, by, limit: 8 } })).data,
    placeholderData: keepPreviousData,
    refetchInterval: EVERY,
  });
}

export function useTopRated(shop: string) {
  return useQuery({
    queryKey: keyOf(shop, 'rated'),
    queryFn: async (): Promise<RatedItem[]> =>
      (await insightsTopRated({ path: { shop }, query: { limit: 5 } })).data,
  });
}

export function useLowStock(shop: string) {
  return useQuery({
    queryKey: keyOf(shop, 'low'),
    queryFn: async (): Promise<LowItem[]> =>
      (await insightsLowStock({ path: { shop }, query: { limit: 8 } })).data,
    refetchInterval: 30_000,
  });
}

export function useCohorts(shop: string, until: string) {
  return useQuery({
    queryKey: keyOf(shop, 'cohorts', until),
    queryFn: async (): Promise<Retention> =>
      (await insightsCohorts({ path: { shop }, query: { until, months: 12 } })).data,
    placeholderData: keepPreviousData,
  });
}

export function useRecentOrders(shop: string, may: boolean) {
  return useQuery({
    queryKey: keyOf(shop, 'recent'),
    queryFn: async (): Promise<OrderSummary[]> =>
      (await ordersOrdersListOrders({ path: { shop }, query: { limit: 8 } })).data.items,
    enabled: may,
    refetchInterval: EVERY,
  });
}
