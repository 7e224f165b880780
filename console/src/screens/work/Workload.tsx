import { ActionIcon, Tooltip } from '@mantine/core';
import { IconPlayerPause, IconPlayerPlay, IconStack2 } from '@tabler/icons-react';
import { Link } from 'wouter';
import { type MinuteCount, type QueueState, usePauseQueue } from '../../api/jobs';
import { useMay } from '../../api/session';
import { count, duration, plural } from '../../lib/format';
import { hourOf, idleQueues } from '../../lib/hour';
import { act } from '../../ui/act';
import { Empty } from '../../ui/Empty';
import { Panel } from '../../ui/Panel';
import { Sparkline } from '../../ui/Sparkline';
import { Tag } from '../../ui/signs';
import { tellProblem } from '../../ui/toasts';
import uiClasses from '../../ui/ui.module.css';
import classes from './work.module.css';

interface WorkloadProps {
  queues: readonly QueueState[];
  minutes: readonly MinuteCount[];
  now: Date;
}

const REST = { ready: 0, running: 0, scheduled: 0, waiting: 0, failed: 0, dead: 0 };

/** Every queue in figures; also those that are empty now and were not in the last hour. */
export function Workload({ queues: counted, minutes, now }: WorkloadProps) {
  const idle = idleQueues(
    minutes,
    counted.map(({ queue }) => queue),
  ).map((queue) => ({ ...REST, queue, paused: false, oldest_ready: null, rate: null, concurrency: null }));
  const queues = [...counted, ...idle].sort((a, b) => a.queue.localeCompare(b.queue));
  if (queues.length === 0) {
    return (
      <Panel>
        <Empty icon={<IconStack2 size={40} stroke={1.3} />} title="No queue has a job yet">
          A queue is there as soon as the first job of a kind that names it is enqueued.
        </Empty>
      </Panel>
    );
  }
  return (
    <Panel>
      <table className={`${uiClasses.table} ${classes.table} ${classes.queues}`}>
        <thead>
          <tr>
            <th>Queue</th>
            <th data-align="right">Ready</th>
            <th data-align="right">Running</th>
            <th data-align="right">Scheduled</th>
            <th data-align="right">Waiting</th>
            <th data-align="right">Will retry</th>
            <th data-align="right">Dead</th>
            <th data-align="right">Oldest</th>
            <th>Last hour</th>
            <th>
              <span className="visually-hidden">Pause</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {queues.map((queue) => (
            <Row
              key={queue.queue}
              queue={queue}
              series={
                hourOf(
                  minutes.filter((each) => each.queue === queue.queue),
                  now,
                ).completed
              }
            />
          ))}
        </tbody>
      </table>
    </Panel>
  );
}

function Row({ queue, series }: { queue: QueueState; series: readonly number[] }) {
  const pause = usePauseQueue();
  const mayOperate = useMay('jobs:operate');
  const verb = queue.paused ? 'Resume' : 'Pause';
  const figure = (name: string, value: number, tone?: string) => (
    <td data-align="right" data-name={name} data-tone={value > 0 ? tone : undefined}>
      {value > 0 ? count(value) : <span className="dim">0</span>}
    </td>
  );
  return (
    <tr>
      <td data-cell="main">
        <Link href={`/work/jobs?queue=${encodeURIComponent(queue.queue)}`}>{queue.queue}</Link>{' '}
        {queue.paused ? <Tag tone="warn">Paused</Tag> : null}
      </td>
      {figure('ready', queue.ready)}
      {figure('running', queue.running)}
      {figure('scheduled', queue.scheduled)}
      {figure('waiting', queue.waiting)}
      {figure('will retry', queue.failed, 'warn')}
      {figure('dead', queue.dead, 'bad')}
      <td data-align="right" data-name="oldest" className="nowrap">
        {queue.oldest_ready === null ? <span className="dim">none</span> : duration(queue.oldest_ready * 1e6)}
      </td>
      <td data-cell="chart">
        <Sparkline
          values={series}
          label={`Jobs of ${queue.queue}`}
          tone="accent"
          words={(value) => plural(value, 'job')}
        />
      </td>
      <td data-cell="action" data-align="right">
        {mayOperate ? (
          <Tooltip label={`${verb} handing out its jobs, on every node`}>
            <ActionIcon
              aria-label={`${verb} ${queue.queue}`}
              loading={pause.isPending}
              onClick={() =>
                act(
                  pause,
                  { queue: queue.queue, paused: !queue.paused },
                  { told: `${queue.queue} is ${queue.paused ? 'going on' : 'paused'}`, failed: tellProblem },
                )
              }
            >
              {queue.paused ? <IconPlayerPlay size={16} /> : <IconPlayerPause size={16} />}
            </ActionIcon>
          </Tooltip>
        ) : null}
      </td>
    </tr>
  );
}
