import { keepPreviousData, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import {
  type AuditKey,
  type AuditRecord,
  type AuditRecordPage,
  auditListCheckpoints,
  auditListRecords,
  auditReadKey,
  auditReadRecord,
  auditSign,
  auditVerify,
  type Checkpoint,
  type Verification,
} from './generated';

export type { AuditRecord, Checkpoint, Verification };

export interface AuditFilter {
  action: string;
  actor: string | null;
  subject: string | null;
  /** ISO 8601; null for any time. */
  since: string | null;
  cursor: string | null;
}

const AUDIT = ['audit'] as const;
const CHECKPOINTS = ['audit', 'checkpoints'] as const;

export function useAuditRecords({ action, actor, subject, since, cursor }: AuditFilter) {
  return useQuery({
    queryKey: [...AUDIT, 'records', action, actor, subject, since, cursor],
    queryFn: async (): Promise<AuditRecordPage> => {
      const query = {
        limit: 25,
        action: action || undefined,
        actor_id: actor ?? undefined,
        subject_id: subject ?? undefined,
        since: since ?? undefined,
        cursor: cursor ?? undefined,
      };
      return (await auditListRecords({ query })).data;
    },
    placeholderData: keepPreviousData,
    // A page of old records stands still; only the newest move.
    refetchInterval: cursor === null ? 5_000 : false,
  });
}

export function useAuditRecord(seq: number) {
  return useQuery({
    queryKey: [...AUDIT, 'record', seq],
    queryFn: async (): Promise<AuditRecord> => (await auditReadRecord({ path: { seq } })).data,
    staleTime: Number.POSITIVE_INFINITY,
  });
}

/** Goes through the whole chain; asked for by hand and once when the page opens. */
export function useVerification() {
  return useQuery({
    queryKey: [...AUDIT, 'verification'],
    queryFn: async (): Promise<Verification> => (await auditVerify()).data,
    staleTime: 60_000,
    refetchOnWindowFocus: false,
  });
}

export function useCheckpoints() {
  return useQuery({
    queryKey: CHECKPOINTS,
    queryFn: async (): Promise<Checkpoint[]> => (await auditListCheckpoints()).data,
  });
}

export function useAuditKey() {
  return useQuery({
    queryKey: [...AUDIT, 'key'],
    queryFn: async (): Promise<AuditKey> => (await auditReadKey()).data,
    staleTime: Number.POSITIVE_INFINITY,
  });
}

export function useSignTrail() {
  const cache = useQueryClient();
  return useMutation({
    mutationFn: async () => (await auditSign()).data,
    onSuccess: (signed) => {
      cache.setQueryData(CHECKPOINTS, signed);
      void cache.invalidateQueries({ queryKey: [...AUDIT, 'verification'] });
    },
  });
}
