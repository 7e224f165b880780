import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { SESSION_KEY } from './client';
import { fresh } from './fresh';
import {
  type IdentityLink,
  type IdentityProvider,
  identityAccountProvidersBegin,
  identityAccountProvidersListLinks,
  identityAccountProvidersUnlink,
  identityProvidersBegin,
  identityProvidersListProviders,
} from './generated';

export type { IdentityLink, IdentityProvider };

const ACCOUNT = ['account'] as const;

/** Who vouches for people here. */
export function useProviders() {
  return useQuery({
    queryKey: [...SESSION_KEY, 'providers'],
    queryFn: async (): Promise<IdentityProvider[]> => (await identityProvidersListProviders()).data,
    staleTime: Number.POSITIVE_INFINITY,
  });
}

/** Leaves for a provider to sign in there; the browser comes back to this page. */
export function useProviderSignIn() {
  return useMutation({
    mutationFn: async (provider: string) =>
      leave((await identityProvidersBegin({ path: { provider }, body: { return_to: here() } })).data.url),
  });
}

/** Leaves to link one's account there, or to show by it that one is oneself. */
export function useProviderVisit(purpose: 'link' | 'confirm') {
  return useMutation({
    mutationFn: (provider: string) => {
      const begin = async () =>
        (await identityAccountProvidersBegin({ path: { provider }, body: { purpose, return_to: here() } }))
          .data.url;
      return (purpose === 'link' ? fresh(begin) : begin()).then(leave);
    },
  });
}

export function useLinks() {
  return useQuery({
    queryKey: [...ACCOUNT, 'providers'],
    queryFn: async (): Promise<IdentityLink[]> => (await identityAccountProvidersListLinks()).data,
  });
}

export function useUnlink() {
  const cache = useQueryClient();
  return useMutation({
    mutationFn: (id: string) => fresh(() => identityAccountProvidersUnlink({ path: { link_id: id } })),
    onSuccess: () => cache.invalidateQueries({ queryKey: ACCOUNT }),
  });
}

/** Without what follows a `#`, which may be a secret that only this page knows. */
function here(): string {
  return window.location.pathname + window.location.search;
}

/** Never resolves, so that a button goes on saying that something is under way. */
function leave(url: string): Promise<never> {
  window.location.assign(url);
  return new Promise(() => undefined);
}
