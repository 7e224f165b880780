import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect, useRef } from 'react';
import { createPasskey, getPasskey, offersPasskeys } from '../lib/passkey';
import { fresh } from './fresh';
import {
  identityAccountConfirm,
  identityPasskeySigningBegin,
  identityPasskeySigningSignIn,
  identityPasskeysAdd,
  identityPasskeysBegin,
  identityPasskeysBeginShowing,
  identityPasskeysListPasskeys,
  identityPasskeysRemove,
  identityPasskeysShow,
  type Passkey,
  type PasskeyAdded,
} from './generated';
import { refusedByBrowser } from './problem';
import { useEnter } from './session';

export type { Passkey, PasskeyAdded };

const ACCOUNT = ['account'] as const;

export function usePasskeys() {
  return useQuery({
    queryKey: [...ACCOUNT, 'passkeys'],
    queryFn: async (): Promise<Passkey[]> => (await identityPasskeysListPasskeys()).data,
  });
}

/** Adds a passkey; null when the person would rather not. */
export function useAddPasskey() {
  const cache = useQueryClient();
  return useMutation({
    mutationFn: async (name: string): Promise<PasskeyAdded | null> => {
      const options = await fresh(async () => (await identityPasskeysBegin()).data);
      const credential = await createPasskey(options).catch(refuse);
      return credential && (await identityPasskeysAdd({ body: { name, credential } })).data;
    },
    onSuccess: () => cache.invalidateQueries({ queryKey: ACCOUNT }),
  });
}

export function useRemovePasskey() {
  const cache = useQueryClient();
  return useMutation({
    mutationFn: (id: string) => fresh(() => identityPasskeysRemove({ path: { passkey_id: id } })),
    onSuccess: () => cache.invalidateQueries({ queryKey: ACCOUNT }),
  });
}

/**
 * Signs in with a passkey: by a button (`mutate(undefined)`), or by what the browser offers in the form.
 * A browser asks one question at a time, so the button takes the offer back.
 */
export function usePasskeySignIn() {
  const enter = useEnter();
  const offer = useRef(new AbortController());
  const { mutate, ...signIn } = useMutation({
    mutationFn: async (offered: AbortSignal | undefined) => {
      if (!offered) offer.current.abort();
      // Nobody asked for the offer, so nobody is told when the browser or the server cannot make it.
      const credential = await (offered ? picked(offered).catch(() => null) : picked());
      if (!credential) return;
      await identityPasskeySigningSignIn({ body: { credential, cookie: true } });
      await enter();
    },
  });
  useEffect(() => {
    const controller = new AbortController();
    offer.current = controller;
    void offersPasskeys().then((can) => {
      if (can && !controller.signal.aborted) mutate(controller.signal);
    });
    return () => controller.abort();
  }, [mutate]);
  return { ...signIn, ask: () => mutate(undefined), asked: signIn.isPending && !signIn.variables };
}

async function picked(offered?: AbortSignal) {
  const options = (await identityPasskeySigningBegin()).data;
  return getPasskey(options, offered).catch(refuse);
}

/** Shows a passkey as the second factor; whether one was shown. */
export function useShowPasskey() {
  return useMutation({
    mutationFn: async (): Promise<boolean> => {
      const options = (await identityPasskeysBeginShowing()).data;
      const credential = await getPasskey(options).catch(refuse);
      if (credential) await identityPasskeysShow({ body: { credential } });
      return credential !== null;
    },
  });
}

/** Shows once more that it is they, by a passkey and the password, or by one that they unlock; whether they did. */
export function useConfirmByPasskey() {
  return useMutation({
    mutationFn: async (password: string): Promise<boolean> => {
      const options = (await identityPasskeysBeginShowing()).data;
      const credential = await getPasskey(options).catch(refuse);
      if (!credential) return false;
      if (password) await identityAccountConfirm({ body: { password, credential } });
      else await identityPasskeysShow({ body: { credential } });
      return true;
    },
  });
}

function refuse(error: unknown): never {
  throw refusedByBrowser(error);
}
