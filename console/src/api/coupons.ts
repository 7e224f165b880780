import { keepPreviousData, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import {
  type ClaimPage,
  type CodePage,
  type Coupon,
  type CouponChanges,
  type CouponPage,
  couponsAddCode,
  couponsChange,
  couponsCreate,
  couponsGenerateCodes,
  couponsListClaims,
  couponsListCodes,
  couponsListCoupons,
  couponsRemove,
  couponsRetireCode,
  type NewCoupon,
  ordersOrdersSimulate,
  type SimulationReport,
} from './generated';
import { onceKey, SHOP, versioned } from './shops';

export type { Claim, Code, Simulation } from './generated';
export type { Coupon, NewCoupon, SimulationReport };

export function useCoupons(shop: string, automatic: boolean | null, cursor: string | null) {
  return useQuery({
    queryKey: [SHOP, shop, 'coupons', automatic, cursor],
    queryFn: async (): Promise<CouponPage> => {
      const query = { limit: 50, automatic: automatic ?? undefined, cursor: cursor ?? undefined };
      return (await couponsListCoupons({ path: { shop }, query })).data;
    },
    placeholderData: keepPreviousData,
  });
}

export function useClaims(shop: string, id: string) {
  return useQuery({
    queryKey: [SHOP, shop, 'coupons', id, 'claims'],
    queryFn: async (): Promise<ClaimPage> =>
      (await couponsListClaims({ path: { shop, coupon_id: id }, query: { limit: 50 } })).data,
  });
}

export function useCodes(shop: string, id: string) {
  return useQuery({
    queryKey: [SHOP, shop, 'coupons', id, 'codes'],
    queryFn: async (): Promise<CodePage> =>
      (await couponsListCodes({ path: { shop, coupon_id: id }, query: { limit: 50 } })).data,
  });
}

function useChange<Given, Made>(shop: string, change: (given: Given) => Promise<Made>) {
  const cache = useQueryClient();
  return useMutation({
    mutationFn: change,
    onSettled: () => void cache.invalidateQueries({ queryKey: [SHOP, shop, 'coupons'] }),
  });
}

export function useCreateCoupon(shop: string) {
  return useChange(shop, async ({ coupon, code }: { coupon: NewCoupon; code: string }): Promise<Coupon> => {
    const headers = { 'Idempotency-Key': onceKey() };
    const { data } = await couponsCreate({ path: { shop }, headers, body: coupon });
    if (code) await couponsAddCode({ path: { shop, coupon_id: data.id }, body: { code } });
    return data;
  });
}

export function useChangeCoupon(shop: string) {
  return useChange(
    shop,
    async ({ coupon, changes }: { coupon: Coupon; changes: CouponChanges }): Promise<Coupon> => {
      const path = { shop, coupon_id: coupon.id };
      return (await couponsChange({ path, headers: versioned(coupon.version), body: changes })).data;
    },
  );
}

export function useRemoveCoupon(shop: string) {
  return useChange(shop, ({ id, version }: Coupon) =>
    couponsRemove({ path: { shop, coupon_id: id }, headers: versioned(version) }),
  );
}

export function useAddCode(shop: string) {
  return useChange(shop, ({ id, code }: { id: string; code: string }) =>
    couponsAddCode({ path: { shop, coupon_id: id }, body: { code } }),
  );
}

export function useGenerateCodes(shop: string) {
  return useChange(shop, ({ id, count, prefix }: { id: string; count: number; prefix: string }) =>
    couponsGenerateCodes({ path: { shop, coupon_id: id }, body: { count, prefix } }),
  );
}

export function useRetireCode(shop: string) {
  return useChange(shop, ({ id, code }: { id: string; code: string }) =>
    couponsRetireCode({ path: { shop, coupon_id: id, code_id: code } }),
  );
}

/** Tries a draft on the orders of so many days; nothing is kept. */
export function useSimulate(shop: string) {
  return useMutation({
    mutationFn: async ({ coupon, days }: { coupon: NewCoupon; days: number }): Promise<SimulationReport> => {
      const since = new Date(Date.now() - days * 86_400_000).toISOString();
      return (await ordersOrdersSimulate({ path: { shop }, body: { coupon, placed_from: since } })).data;
    },
  });
}
