import { useMutation, useQuery } from '@tanstack/react-query';
import {
  type Invited,
  identityAuthChangeMail,
  identityAuthForgot,
  identityAuthReset,
  identityAuthSignUp,
  identityAuthVerify,
  type SignUp,
  tenancyAccept,
  tenancyLook,
} from './generated';
import { useEnter } from './session';

export function useSignUp() {
  return useMutation({ mutationFn: async (body: SignUp) => (await identityAuthSignUp({ body })).data });
}

export function useVerify() {
  const enter = useEnter();
  return useMutation({
    mutationFn: async (body: { token: string; password: string }) => {
      await identityAuthVerify({ body: { ...body, cookie: true } });
      await enter();
    },
  });
}

export function useForgot() {
  return useMutation({
    mutationFn: async (mail: string) => (await identityAuthForgot({ body: { mail } })).data,
  });
}

export function useReset() {
  return useMutation({
    mutationFn: (body: { token: string; password: string }) => identityAuthReset({ body }),
  });
}

export function useUseMailChange() {
  return useMutation({ mutationFn: (token: string) => identityAuthChangeMail({ body: { token } }) });
}

/** What an invitation is to; looking changes nothing. */
export function useInvitation(token: string) {
  return useQuery({
    queryKey: ['invitation', token],
    queryFn: async (): Promise<Invited> => (await tenancyLook({ body: { token } })).data,
    enabled: token !== '',
    staleTime: Number.POSITIVE_INFINITY,
    retry: false,
  });
}

export function useAccept() {
  const enter = useEnter();
  return useMutation({
    mutationFn: async (token: string) => {
      const { data } = await tenancyAccept({ body: { token } });
      await enter();
      return data;
    },
  });
}
