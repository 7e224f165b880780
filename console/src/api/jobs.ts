import { keepPreviousData, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { client } from './generated/client.gen';

/*
 * Written before the jobs system had its routes: the shapes are those of `systems/jobs/contracts.py` and
 * `engines/store.py`, the addresses are what its brief says. To be replaced by the generated client.
 */

export type JobState =
  | 'scheduled'
  | 'waiting'
  | 'ready'
  | 'running'
  | 'failed'
  | 'parked'
  | 'completed'
  | 'dead'
  | 'cancelled';

export interface JobError {
  kind: string;
  message: string;
  trace: string;
}

export interface Job {
  id: string;
  kind: string;
  queue: string;
  state: JobState;
  priority: number;
  attempt: number;
  max_attempts: number;
  crashes: number;
  run_at: string;
  created_at: string;
  started_at: string | null;
  finished_at: string | null;
  worker: string | null;
  unique_key: string | null;
  order_key: string | null;
  concurrency_key: string | null;
  arguments: unknown;
  result: unknown;
  error: JobError | null;
  progress: number | null;
  schedule: string | null;
  flow_id: string | null;
  trace_id: string | null;
  request_id: string | null;
}

export interface Transition {
  at: string;
  state: JobState;
  attempt: number;
  worker: string | null;
  error: JobError | null;
  note: string;
}

export interface FlowJob {
  id: string;
  kind: string;
  state: JobState;
  depends_on: string[];
}

export interface JobDetail {
  job: Job;
  history: Transition[];
  flow: FlowJob[];
}

export interface JobPage {
  items: Job[];
  next_cursor: string | null;
  previous_cursor: string | null;
}

export interface Queue {
  queue: string;
  paused: boolean;
  ready: number;
  running: number;
  scheduled: number;
  waiting: number;
  failed: number;
  dead: number;
  /** Seconds that the oldest ready job has waited. */
  oldest_ready: number | null;
}

export interface Minute {
  minute: string;
  queue: string;
  completed: number;
  failed: number;
  dead: number;
  stale: number;
  /** Seconds from due to claim, summed. */
  wait: number;
  /** Seconds from claim to end, summed. */
  run: number;
}

export interface Schedule {
  name: string;
  kind: string;
  /** `0 3 * * *`, or null where it has an interval. */
  cron: string | null;
  every: number | null;
  zone: string;
  overlap: string;
  paused: boolean;
  last_fire: string | null;
  next_fire: string | null;
  lock_holder: string | null;
}

export interface Starving {
  queue: string;
  organization: string;
  ready: number;
  /** Seconds. */
  oldest: number;
  why: string;
}

export interface JobFilter {
  state: JobState | null;
  queue: string | null;
  kind: string;
  cursor: string | null;
}

const JOBS = ['jobs'] as const;
const LIVELY = 2_000;

async function read<T>(path: string, query: Record<string, unknown> = {}): Promise<T> {
  const asked = Object.fromEntries(Object.entries(query).filter(([, value]) => value));
  return (await client.get({ url: `/v1/jobs${path}`, query: asked, throwOnError: true })).data as T;
}

async function send<T>(path: string, body?: unknown): Promise<T> {
  const headers = { 'Content-Type': 'application/json' };
  return (await client.post({ url: `/v1/jobs${path}`, body, headers, throwOnError: true })).data as T;
}

function useLook<T>(path: string, every = LIVELY) {
  return useQuery({
    queryKey: [...JOBS, path],
    queryFn: () => read<T>(path),
    refetchInterval: every,
  });
}

export const useQueues = () => useLook<Queue[]>('/queues');
export const useMinutes = () => useLook<Minute[]>('/minutes', 5_000);
export const useSchedules = () => useLook<Schedule[]>('/schedules', 5_000);
export const useStarving = () => useLook<Starving[]>('/fairness', 5_000);

export function useJobs(filter: JobFilter) {
  return useQuery({
    queryKey: [...JOBS, 'list', filter],
    queryFn: () => read<JobPage>('', { limit: 50, ...filter }),
    placeholderData: keepPreviousData,
    // A page of old jobs stands still; only the newest move.
    refetchInterval: filter.cursor === null ? LIVELY : false,
  });
}

const ENDED: ReadonlySet<JobState> = new Set(['completed', 'dead', 'cancelled']);

export function useJob(id: string) {
  return useQuery({
    queryKey: [...JOBS, 'one', id],
    queryFn: () => read<JobDetail>(`/${id}`),
    refetchInterval: ({ state }) => (state.data && ENDED.has(state.data.job.state) ? false : 1_000),
  });
}

function useChange<V, R>(change: (variables: V) => Promise<R>) {
  const cache = useQueryClient();
  return useMutation({
    mutationFn: change,
    onSettled: () => void cache.invalidateQueries({ queryKey: JOBS }),
  });
}

export const useCancel = () => useChange((id: string) => send<unknown>(`/${id}/cancel`));
/** Makes dead jobs ready again, in their old order. */
export const useReplay = () => useChange((ids: readonly string[]) => send<string[]>('/replay', { ids }));

export interface Edit {
  id: string;
  arguments: unknown;
  dry_run: boolean;
}

/** Whether the edited arguments would be taken, without doing anything. */
export function useTryEdit() {
  return useMutation({ mutationFn: ({ id, ...body }: Edit) => send<unknown>(`/${id}/replay`, body) });
}

export const useEditAndReplay = () =>
  useChange(({ id, ...body }: Edit) => send<unknown>(`/${id}/replay`, body));

export const usePauseQueue = () =>
  useChange(({ queue, paused }: { queue: string; paused: boolean }) =>
    send<unknown>(`/queues/${encodeURIComponent(queue)}/${paused ? 'pause' : 'resume'}`),
  );

export const useSteerSchedule = () =>
  useChange(({ name, verb }: { name: string; verb: 'run' | 'pause' | 'resume' }) =>
    send<unknown>(`/schedules/${encodeURIComponent(name)}/${verb}`),
  );
