import { ActionIcon, Button, Skeleton, Tooltip } from '@mantine/core';
import { IconCalendarClock, IconPlayerPause, IconPlayerPlay } from '@tabler/icons-react';
import { Link } from 'wouter';
import { type ScheduleInfo, useSchedules, useSteerSchedule } from '../../api/jobs';
import { useMay } from '../../api/session';
import { Ago } from '../../ui/Ago';
import { act } from '../../ui/act';
import { Empty } from '../../ui/Empty';
import { Panel } from '../../ui/Panel';
import { ProblemNote } from '../../ui/ProblemNote';
import { Tag } from '../../ui/signs';
import { tellProblem } from '../../ui/toasts';
import uiClasses from '../../ui/ui.module.css';
import classes from './work.module.css';

/** What is enqueued by the clock, and who holds the lock that fires it. */
export function SchedulesSection() {
  const { data, error, refetch } = useSchedules();
  if (error && !data) return <ProblemNote error={error} retry={() => void refetch()} />;
  if (!data) return <Skeleton height={300} radius={10} aria-busy="true" />;
  if (data.length === 0) {
    return (
      <Panel>
        <Empty icon={<IconCalendarClock size={40} stroke={1.3} />} title="Nothing is scheduled">
          A module lists its schedules in its manifest’s `declares`.
        </Empty>
      </Panel>
    );
  }
  return (
    <Panel>
      <table className={`${uiClasses.table} ${classes.table} ${classes.schedules}`}>
        <thead>
          <tr>
            <th>Schedule</th>
            <th>When</th>
            <th>Last fired</th>
            <th>Fires next</th>
            <th>Lock holder</th>
            <th>
              <span className="visually-hidden">Steer</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {data.map((schedule) => (
            <Row key={schedule.name} schedule={schedule} />
          ))}
        </tbody>
      </table>
    </Panel>
  );
}

function Row({ schedule }: { schedule: ScheduleInfo }) {
  const { name, kind, words, zone, overlap, paused } = schedule;
  const steer = useSteerSchedule();
  const mayOperate = useMay('jobs:operate');
  const go = (verb: 'run' | 'pause' | 'resume', words: string) =>
    act(steer, { name, verb }, { told: words, failed: tellProblem });
  return (
    <tr>
      <td data-cell="main">
        <b>{name}</b> {paused ? <Tag tone="warn">Paused</Tag> : null}
        <small className="mono dim">{kind}</small>
      </td>
      <td data-cell="second">
        <span>{words}</span>
        <small className="dim">
          {zone}, overlap: {overlap}
        </small>
      </td>
      <td data-cell="second" data-name="last fired">
        <LastFired schedule={schedule} />
      </td>
      <td data-cell="second" data-name="fires next">
        {schedule.next_at ? <Ago time={schedule.next_at} /> : <span className="dim">not while paused</span>}
      </td>
      <td data-cell="second" data-name="lock" className="truncate mono">
        {schedule.holder ?? <span className="dim">nobody</span>}
      </td>
      <td data-cell="action" data-align="right">
        {mayOperate ? (
          <span className={classes.steer}>
            <Button
              size="compact-sm"
              variant="default"
              aria-label={`Run ${name} now`}
              loading={steer.isPending}
              onClick={() => go('run', `${name} is enqueued`)}
            >
              Run now
            </Button>
            <Tooltip label={paused ? 'Go on firing' : 'Stop firing'}>
              <ActionIcon
                aria-label={`${paused ? 'Resume' : 'Pause'} ${name}`}
                onClick={() =>
                  go(paused ? 'resume' : 'pause', `${name} is ${paused ? 'going on' : 'paused'}`)
                }
              >
                {paused ? <IconPlayerPlay size={16} /> : <IconPlayerPause size={16} />}
              </ActionIcon>
            </Tooltip>
          </span>
        ) : null}
      </td>
    </tr>
  );
}

/** When it fired last, and the job that came of it, or that stood in its way. */
function LastFired({ schedule }: { schedule: ScheduleInfo }) {
  const { last_tick, last_job_id, last_skipped, organization_id } = schedule;
  if (!last_tick) return <span className="dim">never</span>;
  const words = last_skipped ? 'skipped for this job' : 'its job';
  return (
    <>
      <Ago time={last_tick} />
      {last_job_id ? (
        <small>
          <Link href={`/work/jobs?organization=${organization_id}&job=${last_job_id}`}>{words}</Link>
        </small>
      ) : null}
    </>
  );
}
