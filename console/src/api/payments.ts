import { keepPreviousData, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import {
  type Balance,
  type Compared,
  type Difference,
  type Payment,
  type PaymentPage,
  type PaymentStatus,
  type PaymentStory,
  type ProviderEvent,
  paymentsCancel,
  paymentsCapture,
  paymentsListAll,
  paymentsListBalances,
  paymentsListDifferences,
  paymentsListRefunds,
  paymentsPaymentEventsListParked,
  paymentsPaymentEventsReplay,
  paymentsRead,
  paymentsReconcile,
  paymentsRefund,
  type RefundLine,
  type RefundLinePage,
  type RefundStatus,
} from './generated';
import { SHOP } from './shops';

export type {
  Balance,
  Compared,
  Difference,
  Payment,
  PaymentStatus,
  PaymentStory,
  ProviderEvent,
  RefundLine,
  RefundStatus,
};

const PAYMENTS = [SHOP, 'payments'] as const;

export interface PaymentFilter {
  status: PaymentStatus | null;
  subject: string | null;
  cursor: string | null;
}

export function usePayments(filter: PaymentFilter) {
  return useQuery({
    queryKey: [...PAYMENTS, 'list', filter],
    queryFn: async (): Promise<PaymentPage> => {
      const query = {
        limit: 30,
        status: filter.status ?? undefined,
        subject_id: filter.subject ?? undefined,
        cursor: filter.cursor ?? undefined,
      };
      return (await paymentsListAll({ query })).data;
    },
    placeholderData: keepPreviousData,
    refetchInterval: filter.cursor === null ? 15_000 : false,
  });
}

export function usePayment(id: string) {
  return useQuery({
    queryKey: [...PAYMENTS, 'one', id],
    queryFn: async (): Promise<PaymentStory> => (await paymentsRead({ path: { payment_id: id } })).data,
    refetchInterval: 5_000,
  });
}

export function useRefunds(status: RefundStatus | null, cursor: string | null) {
  return useQuery({
    queryKey: [...PAYMENTS, 'refunds', status, cursor],
    queryFn: async (): Promise<RefundLinePage> => {
      const query = { limit: 30, status: status ?? undefined, cursor: cursor ?? undefined };
      return (await paymentsListRefunds({ query })).data;
    },
    placeholderData: keepPreviousData,
    refetchInterval: cursor === null ? 15_000 : false,
  });
}

export function useBalances() {
  return useQuery({
    queryKey: [...PAYMENTS, 'balances'],
    queryFn: async (): Promise<Balance[]> =>
      (await paymentsListBalances({ query: { limit: 100 } })).data.items,
  });
}

export function useDifferences() {
  return useQuery({
    queryKey: [...PAYMENTS, 'differences'],
    queryFn: async (): Promise<Difference[]> =>
      (await paymentsListDifferences({ query: { limit: 100 } })).data.items,
  });
}

/** Providers' events that no payment is known for yet; only operators of the house see them. */
export function useParked(may: boolean) {
  return useQuery({
    enabled: may,
    queryKey: [...PAYMENTS, 'parked'],
    queryFn: async (): Promise<ProviderEvent[]> =>
      (await paymentsPaymentEventsListParked({ query: { limit: 50 } })).data.items,
    refetchInterval: 15_000,
  });
}

function useChange<Given, Made>(change: (given: Given) => Promise<Made>) {
  const cache = useQueryClient();
  return useMutation({
    mutationFn: change,
    onSettled: () => void cache.invalidateQueries({ queryKey: [SHOP] }),
  });
}

/** The key belongs to the form: sent twice, money moves once. */
export function useCapture() {
  return useChange(({ id, key }: { id: string; key: string }) =>
    paymentsCapture({ path: { payment_id: id }, headers: { 'Idempotency-Key': key }, body: {} }),
  );
}

export function useRefundPayment() {
  return useChange(
    ({ id, key, amount, reason }: { id: string; key: string; amount: number; reason: string }) =>
      paymentsRefund({
        path: { payment_id: id },
        headers: { 'Idempotency-Key': key },
        body: { amount, reason },
      }),
  );
}

export function useCancelPayment() {
  return useChange((id: string) => paymentsCancel({ path: { payment_id: id } }));
}

/** Catches up with the provider; what still differs afterwards. */
export function useReconcile() {
  return useChange(
    async (id: string): Promise<Compared[]> => (await paymentsReconcile({ path: { payment_id: id } })).data,
  );
}

export function useReplayEvent() {
  return useChange(
    async (id: string): Promise<ProviderEvent> =>
      (await paymentsPaymentEventsReplay({ path: { event_id: id } })).data,
  );
}
