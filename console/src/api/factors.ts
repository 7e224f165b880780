import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { fresh } from './fresh';
import {
  type Confirmation,
  identityAccountConfirm,
  identityFactorsConfirm,
  identityFactorsEnrolPhone,
  identityFactorsSendCode,
  identityFactorsWays,
  type NewPhone,
  type Phone,
  type PhoneEnrolment,
  type Ways,
} from './generated';

export type { Confirmation, Phone, PhoneEnrolment, Ways };

const ACCOUNT = ['account'] as const;

/** What one may show as a second factor. */
export function useWays() {
  return useQuery({
    queryKey: [...ACCOUNT, 'ways'],
    queryFn: async (): Promise<Ways> => (await identityFactorsWays()).data,
  });
}

/** Lets a code be sent to a phone; it is good for this session alone. */
export function useSendCode() {
  return useMutation({
    mutationFn: async (id: string) => (await identityFactorsSendCode({ body: { factor_id: id } })).data,
  });
}

export function useEnrolPhone() {
  return useMutation({
    mutationFn: (body: NewPhone): Promise<PhoneEnrolment> =>
      fresh(async () => (await identityFactorsEnrolPhone({ body })).data),
  });
}

export function useConfirmPhone() {
  const cache = useQueryClient();
  return useMutation({
    mutationFn: async ({ id, code }: { id: string; code: string }) =>
      (await identityFactorsConfirm({ path: { factor_id: id }, body: { code } })).data,
    onSuccess: () => cache.invalidateQueries({ queryKey: ACCOUNT }),
  });
}

/** Shows the password once more, with a second factor where there is one. */
export function useConfirm() {
  return useMutation({ mutationFn: (body: Confirmation) => identityAccountConfirm({ body }) });
}
