import { keepPreviousData, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import {
  type GuessCount,
  type Invitation,
  type InvitationPage,
  type Member,
  type MemberPage,
  type NewInvitation,
  type Organization,
  tenancyChoose,
  tenancyCreate,
  tenancyInvite,
  tenancyLeave,
  tenancyListInvitations,
  tenancyListMembers,
  tenancyListOrganizations,
  tenancyListSettings,
  tenancyRead,
  tenancyReadGuesses,
  tenancyRemove,
  tenancyRename,
  tenancyWithdraw,
} from './generated';
import { ApiError } from './problem';

export type { Invitation, Member, Organization };

const HERE = ['organization'] as const;

/** The organization that one works in; null in one's own place, which is none. */
export function useOrganization(enabled = true) {
  return useQuery({
    queryKey: HERE,
    queryFn: async (): Promise<Organization | null> => {
      try {
        return (await tenancyRead()).data;
      } catch (error) {
        if (error instanceof ApiError && error.status === 404) return null;
        throw error;
      }
    },
    enabled,
  });
}

export function useOrganizations() {
  return useQuery({
    queryKey: [...HERE, 'mine'],
    queryFn: async (): Promise<Organization[]> => (await tenancyListOrganizations()).data,
  });
}

export function useMembers(cursor: string | null) {
  return useQuery({
    queryKey: [...HERE, 'members', cursor],
    queryFn: async (): Promise<MemberPage> =>
      (await tenancyListMembers({ query: { limit: 25, cursor: cursor ?? undefined } })).data,
    placeholderData: keepPreviousData,
  });
}

/** Names of the organization's first hundred members, for whoever acts by id only. */
export function useMemberNames(enabled: boolean) {
  return useQuery({
    queryKey: [...HERE, 'names'],
    queryFn: async (): Promise<ReadonlyMap<string, string>> => {
      const { items } = (await tenancyListMembers({ query: { limit: 100 } })).data;
      return new Map(items.map(({ user_id, name }) => [user_id, name]));
    },
    enabled,
    staleTime: 60_000,
  });
}

export function useInvitations(enabled: boolean) {
  return useQuery({
    queryKey: [...HERE, 'invitations'],
    queryFn: async (): Promise<InvitationPage> =>
      (await tenancyListInvitations({ query: { limit: 100 } })).data,
    enabled,
  });
}

/** Wrong passwords and codes for members in the present hour. */
export function useGuesses(enabled: boolean) {
  return useQuery({
    queryKey: [...HERE, 'guesses'],
    queryFn: async (): Promise<GuessCount> => (await tenancyReadGuesses()).data,
    enabled,
  });
}

/** The organization's own settings, section by section. */
export function useChoices() {
  return useQuery({
    queryKey: [...HERE, 'settings'],
    queryFn: async () => (await tenancyListSettings()).data as Record<string, Record<string, unknown>>,
  });
}

function useHereChange<In, Out>(work: (input: In) => Promise<Out>) {
  const cache = useQueryClient();
  return useMutation({
    mutationFn: work,
    onSuccess: () => cache.invalidateQueries({ queryKey: HERE }),
  });
}

export function useInvite() {
  return useHereChange((body: NewInvitation) => tenancyInvite({ body }));
}

export function useWithdrawInvitation() {
  return useHereChange((id: string) => tenancyWithdraw({ path: { invitation_id: id } }));
}

export function useRemoveMember() {
  return useHereChange((id: string) => tenancyRemove({ path: { user_id: id } }));
}

export function useRename() {
  return useHereChange(({ organization, name }: { organization: Organization; name: string }) =>
    tenancyRename({ headers: { 'If-Match': `"${organization.version}"` }, body: { name } }),
  );
}

export function useChoose() {
  return useHereChange(({ section, values }: { section: string; values: Record<string, unknown> }) =>
    tenancyChoose({ path: { section }, body: values }),
  );
}

export function useMakeOrganization() {
  return useHereChange(
    async (name: string): Promise<Organization> => (await tenancyCreate({ body: { name } })).data,
  );
}

export function useLeave() {
  return useHereChange(() => tenancyLeave());
}
