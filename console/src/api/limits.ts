import { keepPreviousData, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import {
  type Forgotten,
  type Load,
  type Meter,
  type Minute,
  type PolicyChanges,
  type PolicyView,
  type ReplayReport,
  ratelimitMetersForget,
  ratelimitMetersLoad,
  ratelimitMetersMeters,
  ratelimitMetersMinutes,
  ratelimitPoliciesChangePolicy,
  ratelimitPoliciesListPolicies,
  ratelimitPoliciesResetPolicy,
  ratelimitReplaysReplay,
} from './generated';

export type { Load, Meter, Minute, PolicyChanges, ReplayReport };
export type Policy = PolicyView;

const KEY = ['limits'] as const;
const POLICIES = [...KEY, 'policies'] as const;
const METERS = [...KEY, 'meters'] as const;
/** The server's figures are about two seconds late themselves. */
const OFTEN = 2_000;

export function usePolicies() {
  return useQuery({
    queryKey: POLICIES,
    queryFn: async (): Promise<Policy[]> => (await ratelimitPoliciesListPolicies()).data,
    refetchInterval: 10_000,
  });
}

/** What each policy did in each minute of the last hour. */
export function useLimitMinutes() {
  return useQuery({
    queryKey: [...KEY, 'minutes'],
    queryFn: async (): Promise<Minute[]> => (await ratelimitMetersMinutes({ query: { back: 60 } })).data,
    refetchInterval: OFTEN,
  });
}

/** Who has used half of a quota or more in the last five minutes. */
export function useMeters() {
  return useQuery({
    queryKey: METERS,
    queryFn: async (): Promise<Meter[]> => (await ratelimitMetersMeters()).data,
    placeholderData: keepPreviousData,
    refetchInterval: OFTEN,
  });
}

export function useLoad() {
  return useQuery({
    queryKey: [...KEY, 'load'],
    queryFn: async (): Promise<Load> => (await ratelimitMetersLoad()).data,
    refetchInterval: OFTEN,
  });
}

const versioned = ({ version }: Policy) => ({ 'If-Match': `"${version}"` });

function usePolicyChange<In, Out>(work: (input: In) => Promise<Out>) {
  const cache = useQueryClient();
  return useMutation({
    mutationFn: work,
    onSettled: () => cache.invalidateQueries({ queryKey: POLICIES }),
  });
}

/** Changes what is given of a policy; every process follows within a second. */
export function useChangePolicy() {
  return usePolicyChange(async ({ policy, changes }: { policy: Policy; changes: PolicyChanges }) => {
    const path = { name: policy.name };
    return (await ratelimitPoliciesChangePolicy({ path, headers: versioned(policy), body: changes })).data;
  });
}

/** Lets a policy be what is declared again. */
export function useResetPolicy() {
  return usePolicyChange((policy: Policy) =>
    ratelimitPoliciesResetPolicy({ path: { name: policy.name }, headers: versioned(policy) }),
  );
}

/** Lets somebody's quota begin anew. */
export function useForgetQuota() {
  const cache = useQueryClient();
  return useMutation({
    mutationFn: (body: Forgotten) => ratelimitMetersForget({ body }),
    onSettled: () => cache.invalidateQueries({ queryKey: METERS }),
  });
}

/** The stream's own word: requests of the log that are counted, and how many there are. */
export interface ReplayProgress {
  done: number;
  total: number;
}

interface Tried {
  policy: string;
  wanted: PolicyChanges;
  /** Hours to look back. */
  hours: number;
}

/** What a policy would have done to the requests of the log; `told` hears how far it has come. */
export function useReplayPolicy(told: (progress: ReplayProgress) => void) {
  return useMutation({
    mutationFn: async (tried: Tried) => (await followed(tried, told)) ?? (await atOnce(tried)),
  });
}

/** The report at the end of the stream; null when it broke off, for a stream cannot say why. */
function followed(
  { policy, wanted, hours }: Tried,
  told: (progress: ReplayProgress) => void,
): Promise<ReplayReport | null> {
  const { quota, window, algorithm, burst } = wanted;
  const query = new URLSearchParams({ policy, hours: String(hours) });
  for (const [name, value] of Object.entries({ quota, window, algorithm, burst })) {
    if (value !== undefined && value !== null) query.set(name, String(value));
  }
  return new Promise((resolve) => {
    const source = new EventSource(`/v1/ratelimit/replays/stream?${query}`);
    const end = (report: ReplayReport | null) => {
      source.close(); // or the browser would ask for it all again
      resolve(report);
    };
    source.addEventListener('progress', ({ data }) => told(JSON.parse(data as string)));
    source.addEventListener('report', ({ data }) => end(JSON.parse(data as string)));
    source.onerror = () => end(null);
  });
}

async function atOnce({ policy, wanted, hours }: Tried): Promise<ReplayReport> {
  const { quota, window, algorithm, burst } = wanted;
  const until = new Date();
  const body = {
    policy,
    quota,
    window,
    algorithm,
    burst,
    since: new Date(until.getTime() - hours * 3_600_000).toISOString(),
    until: until.toISOString(),
  };
  return (await ratelimitReplaysReplay({ body })).data;
}
