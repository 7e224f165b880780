import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { SESSION_KEY } from './client';
import { fresh } from './fresh';
import {
  type Account,
  type Enrolment,
  type EnrolmentDone,
  type Factor,
  identityAccountChange,
  identityAccountChangeMail,
  identityAccountChangePassword,
  identityAccountRead,
  identityDataErase,
  identityDataExport,
  identityDataReadReceipt,
  identityFactorsConfirm,
  identityFactorsEnrol,
  identityFactorsListFactors,
  identityFactorsNewCodes,
  identityFactorsRemove,
  identitySessionsEnd,
  identitySessionsEndAll,
  identitySessionsEndOthers,
  identitySessionsListSessions,
  type NewReceipt,
  type PasswordChange,
  type PersonalReceipt,
  type ProfileChanges,
  type Session,
  type UserSession,
} from './generated';

export type { Account, Enrolment, Factor, NewReceipt, PersonalReceipt, UserSession };

const ACCOUNT = ['account'] as const;
const SESSIONS = ['account', 'sessions'] as const;
const FACTORS = ['account', 'factors'] as const;

export function useAccount() {
  return useQuery({
    queryKey: ACCOUNT,
    queryFn: async (): Promise<Account> => (await identityAccountRead()).data,
  });
}

/** What the account's own pages show is read again after each of its changes. */
function useAccountChange<In, Out>(work: (input: In) => Promise<Out>) {
  const cache = useQueryClient();
  return useMutation({
    mutationFn: (input: In) => fresh(() => work(input)),
    onSuccess: () => {
      void cache.invalidateQueries({ queryKey: ACCOUNT });
    },
  });
}

export function useChangeProfile() {
  const cache = useQueryClient();
  return useMutation({
    mutationFn: async (body: ProfileChanges): Promise<Account> =>
      (await identityAccountChange({ body })).data,
    onSuccess: (account) => {
      cache.setQueryData(ACCOUNT, account);
      // Servers remember for a while what a session is called.
      cache.setQueryData<Session>(SESSION_KEY, (session) =>
        session ? { ...session, actor: { ...session.actor, name: account.name || account.mail } } : undefined,
      );
    },
  });
}

export function useChangePassword() {
  return useAccountChange((body: PasswordChange) => identityAccountChangePassword({ body }));
}

export function useAskForMailChange() {
  return useAccountChange(async (mail: string) => (await identityAccountChangeMail({ body: { mail } })).data);
}

export function useDevices() {
  return useQuery({
    queryKey: SESSIONS,
    queryFn: async (): Promise<UserSession[]> => (await identitySessionsListSessions()).data,
  });
}

export function useEndDevice() {
  return useAccountChange((id: string) => identitySessionsEnd({ path: { session_id: id } }));
}

export function useEndOthers() {
  return useAccountChange(async () => (await identitySessionsEndOthers()).data.ended);
}

/** Ends this session, too; the sign-in page comes by itself. */
export function useEndEverywhere() {
  const cache = useQueryClient();
  return useMutation({
    mutationFn: () => fresh(() => identitySessionsEndAll()),
    onSuccess: () => cache.invalidateQueries({ queryKey: SESSION_KEY }),
  });
}

export function useFactors() {
  return useQuery({
    queryKey: FACTORS,
    queryFn: async (): Promise<Factor[]> => (await identityFactorsListFactors()).data,
  });
}

export function useEnrol() {
  return useAccountChange(
    async (name: string): Promise<Enrolment> => (await identityFactorsEnrol({ body: { name } })).data,
  );
}

export function useConfirmFactor() {
  return useAccountChange(
    async ({ id, code }: { id: string; code: string }): Promise<EnrolmentDone> =>
      (await identityFactorsConfirm({ path: { factor_id: id }, body: { code } })).data,
  );
}

export function useRemoveFactor() {
  return useAccountChange((id: string) => identityFactorsRemove({ path: { factor_id: id } }));
}

export function useNewCodes() {
  return useAccountChange(async (): Promise<string[]> => (await identityFactorsNewCodes()).data.codes);
}

export function useExport() {
  return useAccountChange(async (): Promise<NewReceipt> => (await identityDataExport()).data);
}

/** Ends the account. The receipt's token goes on telling what was done. */
export function useErase() {
  return useMutation({
    mutationFn: () => fresh(async (): Promise<NewReceipt> => (await identityDataErase()).data),
  });
}

/** Follows an export or an erasure until it is done. */
export function useReceipt(token: string | null) {
  return useQuery({
    queryKey: ['receipt', token],
    queryFn: async (): Promise<PersonalReceipt> =>
      (await identityDataReadReceipt({ path: { token: token ?? '' } })).data,
    enabled: token !== null,
    refetchInterval: ({ state }) => (state.data?.done_at ? false : 1_500),
  });
}
