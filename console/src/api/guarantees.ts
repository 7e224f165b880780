import { queryOptions, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import {
  consoleProofsList,
  consoleProofsRead,
  consoleProofsStart,
  consoleProofsStop,
  type GuaranteeInfo,
  type GuaranteeList,
  type Proof,
  type ProofDetail,
  type RunningProof,
  type StartProof,
} from './generated';

export type { ProofLane, ProofMark, ProofOperation } from './generated';
export type { GuaranteeInfo, GuaranteeList, Proof, ProofDetail, RunningProof, StartProof };

const KEY = ['guarantees'] as const;

export const guarantees = queryOptions({
  queryKey: KEY,
  queryFn: async (): Promise<GuaranteeList> => (await consoleProofsList()).data,
  refetchInterval: 20_000,
});

export function useGuarantees() {
  return useQuery(guarantees);
}

/** A finished run with its history; it never changes, so it is read once. */
export function useProof(id: string | null) {
  return useQuery({
    queryKey: ['proof', id],
    queryFn: async (): Promise<ProofDetail> =>
      (await consoleProofsRead({ path: { proof_id: id ?? '' } })).data,
    enabled: id !== null,
    staleTime: Number.POSITIVE_INFINITY,
  });
}

export function useStartProof() {
  return useMutation({
    mutationFn: async (request: StartProof) => (await consoleProofsStart({ body: request })).data,
  });
}

export function useStopProof() {
  return useMutation({ mutationFn: (id: string) => consoleProofsStop({ path: { proof_id: id } }) });
}

/** Called when a run has ended, so that the table shows its verdict. */
export function useForgetGuarantees() {
  const cache = useQueryClient();
  return () => {
    void cache.invalidateQueries({ queryKey: KEY });
    void cache.invalidateQueries({ queryKey: ['systems'] });
  };
}
