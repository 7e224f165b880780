import { Button, Drawer, Progress, Skeleton, Tabs } from '@mantine/core';
import { IconBan, IconPencil, IconRepeat, IconRoute2 } from '@tabler/icons-react';
import { useState } from 'react';
import { Link } from 'wouter';
import {
  type JobDetail,
  type Transition,
  useCancel,
  useJob,
  useReplay,
  type WhichJob,
  type WorkerInfo,
} from '../../api/jobs';
import { useMay } from '../../api/session';
import { bytes, dateTime } from '../../lib/format';
import { act } from '../../ui/act';
import { Copy } from '../../ui/Copy';
import { Json } from '../../ui/Json';
import { KeyValues } from '../../ui/KeyValues';
import { ProblemNote } from '../../ui/ProblemNote';
import { Tag } from '../../ui/signs';
import { Timeline, type TimelineStep } from '../../ui/Timeline';
import { tellProblem } from '../../ui/toasts';
import { EditReplay } from './EditReplay';
import { Flow } from './Flow';
import classes from './job.module.css';
import { jobTone, jobWords } from './words';

interface JobDrawerProps {
  id: string | null;
  organization: string | null;
  close: () => void;
}

export function JobDrawer({ id, organization, close }: JobDrawerProps) {
  return (
    <Drawer opened={id !== null} onClose={close} size={860} title="Job">
      {id ? <Detail key={id} which={{ id, organization }} /> : null}
    </Drawer>
  );
}

function Detail({ which }: { which: WhichJob }) {
  const { data, error, refetch } = useJob(which);
  if (error && !data) return <ProblemNote error={error} retry={() => void refetch()} />;
  if (!data) return <Skeleton height={420} aria-busy="true" />;
  const { history, flow, ...job } = data;
  return (
    <div className={classes.detail}>
      <div className={classes.line}>
        <Tag tone={jobTone(job.state)}>{jobWords(job.state)}</Tag>
        <h2 className="mono">{job.kind}</h2>
      </div>
      {job.progress !== null && job.state === 'running' ? (
        <Progress value={job.progress * 100} aria-label="Progress" />
      ) : null}
      <Actions job={data} which={which} />
      {job.error ? (
        <section className={classes.error}>
          <h3>{job.error.kind}</h3>
          <p>{job.error.message}</p>
          {job.error.trace ? (
            <details>
              <summary>Traceback</summary>
              <pre>{job.error.trace}</pre>
            </details>
          ) : null}
        </section>
      ) : null}
      {flow.length > 1 ? <Flow jobs={flow} which={which} /> : null}
      <Timeline label="What happened" steps={history.map(stepOf)} />
      <KeyValues values={facts(job)} />
      <Tabs defaultValue="arguments" keepMounted={false}>
        <Tabs.List>
          <Tabs.Tab value="arguments">Arguments</Tabs.Tab>
          <Tabs.Tab value="result">Result</Tabs.Tab>
        </Tabs.List>
        <Tabs.Panel value="arguments" pt="md">
          <Json value={job.arguments} label="the arguments" />
        </Tabs.Panel>
        <Tabs.Panel value="result" pt="md">
          {job.result === null ? (
            <p className="dim">It has given back nothing.</p>
          ) : (
            <Json value={job.result} label="the result" />
          )}
        </Tabs.Panel>
      </Tabs>
    </div>
  );
}

function Actions({ job, which }: { job: JobDetail; which: WhichJob }) {
  const [editing, setEditing] = useState(false);
  const cancel = useCancel();
  const replay = useReplay();
  const mayOperate = useMay('jobs:steer');
  const over = ['dead', 'cancelled'].includes(job.state);
  return (
    <div className={classes.actions}>
      {mayOperate && over ? (
        <>
          <Button
            size="compact-sm"
            leftSection={<IconRepeat size={15} />}
            loading={replay.isPending}
            onClick={() =>
              act(
                replay,
                { ids: [job.id], organization: which.organization },
                { told: 'It is ready again', failed: tellProblem },
              )
            }
          >
            Replay
          </Button>
          <Button
            size="compact-sm"
            variant="default"
            leftSection={<IconPencil size={15} />}
            onClick={() => setEditing(true)}
          >
            Edit and replay
          </Button>
        </>
      ) : null}
      {mayOperate && !over && job.state !== 'completed' ? (
        <Button
          size="compact-sm"
          variant="default"
          leftSection={<IconBan size={15} />}
          loading={cancel.isPending}
          onClick={() => act(cancel, which, { told: 'It is asked to stop', failed: tellProblem })}
        >
          Cancel
        </Button>
      ) : null}
      {job.trace_id ? (
        <Button
          component={Link}
          href={`/traffic?trace=${job.trace_id}`}
          variant="default"
          size="compact-sm"
          leftSection={<IconRoute2 size={15} />}
        >
          Where it came from
        </Button>
      ) : null}
      <EditReplay job={job} which={which} opened={editing} close={() => setEditing(false)} />
    </div>
  );
}

function stepOf(step: Transition): TimelineStep {
  const aside = [step.attempt > 0 ? `attempt ${step.attempt}` : null, step.worker].filter(Boolean);
  return {
    at: step.at,
    tone: jobTone(step.state),
    title: jobWords(step.state),
    aside: aside.join(' · ') || null,
    body: step.error ? `${step.error.kind}: ${step.error.message}` : step.note || null,
  };
}

function lostWords(worker: WorkerInfo): string {
  const memory = worker.memory ? `had held ${bytes(worker.memory)}` : null;
  return [`${worker.name}: ${worker.ended ?? 'silent'} at ${dateTime(new Date(worker.seen_at))}`, memory]
    .filter(Boolean)
    .join(', ');
}

function facts(job: Omit<JobDetail, 'history' | 'flow'>): Record<string, React.ReactNode> {
  const key = (value: string | null) => (value ? <span className="mono">{value}</span> : null);
  return {
    Queue: `${job.queue}, priority ${job.priority}`,
    Attempts: `${job.attempt} of ${job.max_attempts}${job.crashes ? `, and ${job.crashes} crashed workers` : ''}`,
    Due: dateTime(new Date(job.run_at)),
    Worker: key(job.worker),
    'Workers that died with it': job.lost.length > 0 ? job.lost.map(lostWords).join('; ') : null,
    Schedule: key(job.schedule),
    'Unique key': key(job.unique_key),
    'Order key': key(job.order_key),
    'Concurrency key': key(job.concurrency_key),
    'Job id': <Copy text={job.id} label="job id" shown={job.id} />,
  };
}
