import { Skeleton } from '@mantine/core';
import { Link } from 'wouter';
import { type QueueState, useBeat, useMinutes, useQueues, useWaiting } from '../../api/jobs';
import { count, duration, plural } from '../../lib/format';
import { type Hour, hourOf } from '../../lib/hour';
import { useNow } from '../../ui/Ago';
import { Panel } from '../../ui/Panel';
import { ProblemNote } from '../../ui/ProblemNote';
import parts from '../../ui/parts.module.css';
import { Live } from '../../ui/signs';
import { Tile } from '../../ui/Tile';
import { Workload } from './Workload';
import classes from './work.module.css';

const seconds = (value: number) => duration(value * 1_000_000);

/** How the work goes, in figures: the last hour, every queue, and who waits too long. */
export function Overview() {
  const queues = useQueues(true);
  const connection = useBeat();
  const minutes = useMinutes();
  const now = useNow();
  const error = queues.error ?? minutes.error;
  if (error && !(queues.data && minutes.data)) {
    return (
      <ProblemNote error={error} retry={() => void Promise.all([queues.refetch(), minutes.refetch()])} />
    );
  }
  if (!queues.data || !minutes.data) return <Skeleton height={420} radius={10} aria-busy="true" />;
  return (
    <>
      <div className={classes.live}>
        <Live connection={connection} />
      </div>
      <Tiles hour={hourOf(minutes.data, now)} queues={queues.data} />
      <Workload queues={queues.data} minutes={minutes.data} now={now} />
      <WhoWaits />
    </>
  );
}

function Tiles({ hour, queues }: { hour: Hour; queues: readonly QueueState[] }) {
  const ready = queues.reduce((all, queue) => all + queue.ready, 0);
  const slowest = queues.toSorted((a, b) => (b.oldest_ready ?? 0) - (a.oldest_ready ?? 0))[0];
  const jobs = (value: number) => plural(value, 'job');
  return (
    <div className={`${parts.tiles} ${classes.tiles}`}>
      <Tile
        label="Jobs a minute"
        value={count(hour.lastMinute)}
        note={`${count(hour.total)} in the last hour`}
        series={hour.completed}
        words={jobs}
      />
      <Tile
        label="Failed attempts"
        value={count(hour.totalFailed)}
        tone={hour.totalFailed > 0 ? 'bad' : 'good'}
        note="in the last hour"
        series={hour.failed}
        words={(value) => plural(value, 'attempt')}
      />
      <Tile
        label="Wait"
        value={seconds(hour.averageWait)}
        note="from due to started, on average"
        series={hour.wait}
        words={seconds}
      />
      <Tile
        label="Runtime"
        value={seconds(hour.averageRun)}
        note="from started to ended, on average"
        series={hour.run}
        words={seconds}
      />
      <Tile label="Throughput" value={count(hour.most)} note="in the busiest minute of this hour" />
      <Tile
        label="Ready now"
        value={count(ready)}
        tone={(slowest?.oldest_ready ?? 0) > 60 ? 'warn' : 'accent'}
        note={
          slowest?.oldest_ready
            ? `the oldest for ${seconds(slowest.oldest_ready)}, in ${slowest.queue}`
            : 'nothing waits'
        }
      />
    </div>
  );
}

/** Who is starving, and why. */
function WhoWaits() {
  const { data } = useWaiting();
  if (!data?.length) return null;
  return (
    <section className={classes.starving}>
      <h2>Who waits longest, and why</h2>
      <Panel>
        <ul aria-label="Who waits longest, and why">
          {data.map((one) => (
            <li key={`${one.queue} ${one.organization_id}`}>
              <Link
                className="mono"
                href={`/work/jobs?queue=${encodeURIComponent(one.queue)}&organization=${one.organization_id}`}
              >
                {one.organization_id}
              </Link>
              <span className="dim">
                {plural(one.ready, 'ready job')} in {one.queue}, the oldest for {seconds(one.oldest_ready)}
              </span>
              <p>{one.message}</p>
            </li>
          ))}
        </ul>
      </Panel>
    </section>
  );
}
