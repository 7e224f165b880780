import { keepPreviousData, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import {
  type JobDetail,
  type JobState,
  type JobSummaryPage,
  jobsCancel,
  jobsFind,
  jobsJobQueueListAll,
  jobsJobQueueMinutes,
  jobsJobQueuePause,
  jobsJobQueueResume,
  jobsJobScheduleListAll,
  jobsJobSchedulePause,
  jobsJobScheduleResume,
  jobsJobScheduleRun,
  jobsListWaiting,
  jobsReplay,
  jobsReplayMany,
  jobsShow,
  type MinuteCount,
  type QueueState,
  type Replayed,
  type Rerun,
  type ScheduleInfo,
  type Waiting,
} from './generated';
import { type Connection, useEventStream } from './stream';

export type { FieldChange, FlowStep, JobSummary, Transition, WorkerInfo } from './generated';
export type { JobDetail, JobState, MinuteCount, QueueState, ScheduleInfo, Waiting };

/** One look at the queues, as the stream tells it about once a second. */
interface Beat {
  queues: QueueState[];
  /** Of this minute and the one before. */
  minutes: MinuteCount[];
  waiting: Waiting[];
}

export interface JobFilter {
  state: JobState | null;
  queue: string | null;
  kind: string;
  /** Another organization's, for operators; null is one's own. */
  organization: string | null;
  cursor: string | null;
}

const JOBS = ['jobs'] as const;
const QUEUES = [...JOBS, 'queues'] as const;
const MINUTES = [...JOBS, 'minutes'] as const;
const WAITING = [...JOBS, 'waiting'] as const;

export function useQueues(may: boolean) {
  return useQuery({
    queryKey: QUEUES,
    queryFn: async (): Promise<QueueState[]> => (await jobsJobQueueListAll()).data,
    enabled: may,
    refetchInterval: 30_000,
  });
}

export function useMinutes() {
  return useQuery({
    queryKey: MINUTES,
    queryFn: async (): Promise<MinuteCount[]> => (await jobsJobQueueMinutes()).data,
    refetchInterval: 30_000,
  });
}

export function useWaiting() {
  return useQuery({
    queryKey: WAITING,
    queryFn: async (): Promise<Waiting[]> => (await jobsListWaiting()).data,
    // The beat tells it every second; this is for when the stream is away.
    refetchInterval: 30_000,
  });
}

/** Keeps the figures moving for as long as a screen shows them. */
export function useBeat(): Connection {
  const cache = useQueryClient();
  return useEventStream('/v1/job-queues/stream', {
    beat: (data) => {
      const { queues, minutes, waiting } = data as Beat;
      cache.setQueryData<QueueState[]>(QUEUES, queues);
      cache.setQueryData<Waiting[]>(WAITING, waiting);
      cache.setQueryData<MinuteCount[]>(MINUTES, (seen) => (seen ? withRecent(seen, minutes) : undefined));
    },
  });
}

/** The minutes that the screen has, with the newest as they were told last. */
function withRecent(seen: readonly MinuteCount[], recent: readonly MinuteCount[]): MinuteCount[] {
  const keys = new Set(recent.map(({ minute, queue }) => `${minute} ${queue}`));
  return [...seen.filter(({ minute, queue }) => !keys.has(`${minute} ${queue}`)), ...recent];
}

export function useJobs(filter: JobFilter) {
  return useQuery({
    queryKey: [...JOBS, 'list', filter],
    queryFn: async (): Promise<JobSummaryPage> => {
      const query = {
        limit: 50,
        state: filter.state === null ? undefined : [filter.state],
        queue: filter.queue ?? undefined,
        kind: filter.kind || undefined,
        organization: filter.organization ?? undefined,
        cursor: filter.cursor ?? undefined,
      };
      return (await jobsFind({ query })).data;
    },
    placeholderData: keepPreviousData,
    // A page of old jobs stands still; only the newest move.
    refetchInterval: filter.cursor === null ? 2_000 : false,
  });
}

const ENDED: ReadonlySet<JobState> = new Set(['completed', 'dead', 'cancelled']);

export interface WhichJob {
  id: string;
  organization: string | null;
}

/** How one job is named in a request. */
function naming({ id, organization }: WhichJob) {
  return { path: { job_id: id }, query: { organization: organization ?? undefined } };
}

export function useJob(which: WhichJob) {
  return useQuery({
    queryKey: [...JOBS, 'one', which],
    queryFn: async (): Promise<JobDetail> => (await jobsShow(naming(which))).data,
    refetchInterval: ({ state }) => (state.data && ENDED.has(state.data.state) ? false : 1_000),
  });
}

function useChange<V, R>(change: (variables: V) => Promise<R>) {
  const cache = useQueryClient();
  return useMutation({
    mutationFn: change,
    onSettled: () => void cache.invalidateQueries({ queryKey: JOBS }),
  });
}

export function useCancel() {
  return useChange((which: WhichJob) => jobsCancel(naming(which)));
}

/** Makes jobs that ended badly ready again, in the order in which they were enqueued. */
export function useReplay() {
  return useChange(
    async ({ ids, organization }: { ids: string[]; organization: string | null }): Promise<Replayed> =>
      (await jobsReplayMany({ body: { ids }, query: { organization: organization ?? undefined } })).data,
  );
}

export interface Edit {
  which: WhichJob;
  /** Fields of the arguments with their new values. */
  changes: Record<string, unknown>;
  /** Only check them and tell the difference. */
  dryRun: boolean;
}

export function useEdit() {
  return useChange(
    async ({ which, changes, dryRun }: Edit): Promise<Rerun> =>
      (await jobsReplay({ ...naming(which), body: { changes, dry_run: dryRun } })).data,
  );
}

export function usePauseQueue() {
  return useChange(({ queue, paused }: { queue: string; paused: boolean }) =>
    (paused ? jobsJobQueuePause : jobsJobQueueResume)({ path: { queue } }),
  );
}

export function useSchedules() {
  return useQuery({
    queryKey: [...JOBS, 'schedules'],
    queryFn: async (): Promise<ScheduleInfo[]> => (await jobsJobScheduleListAll()).data,
    refetchInterval: 5_000,
  });
}

const VERBS = { run: jobsJobScheduleRun, pause: jobsJobSchedulePause, resume: jobsJobScheduleResume };

export function useSteerSchedule() {
  return useChange(
    ({ name, verb }: { name: string; verb: keyof typeof VERBS }): Promise<unknown> =>
      VERBS[verb]({ path: { name } }),
  );
}
