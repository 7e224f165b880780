import { Button, Progress, Select } from '@mantine/core';
import { IconHistory } from '@tabler/icons-react';
import { useState } from 'react';
import {
  type Policy,
  type PolicyChanges,
  type ReplayProgress,
  type ReplayReport,
  useReplayPolicy,
} from '../../api/limits';
import { count, dateTime, plural } from '../../lib/format';
import { share } from '../../lib/hits';
import { quotaWords } from '../../lib/limits';
import parts from '../../ui/blocks.module.css';
import { ProblemNote } from '../../ui/ProblemNote';
import limits from './limits.module.css';

const SPANS = [
  { value: '1', label: 'the last hour' },
  { value: '24', label: 'the last day' },
  { value: '168', label: 'the last seven days' },
];

/** What a policy as it is written in the form would have done to the requests of the log. */
export function Replay({ policy, wanted }: { policy: Policy; wanted: PolicyChanges }) {
  const [hours, setHours] = useState('24');
  const [progress, setProgress] = useState<ReplayProgress | null>(null);
  const replay = useReplayPolicy(setProgress);
  return (
    <section className={limits.replay} aria-label="Replay on the request log">
      <h3>What would this have done?</h3>
      <p>The requests of the log are counted again by the same code. Nothing is changed.</p>
      <div className={parts.actions}>
        <Select
          aria-label="Replayed time"
          data={SPANS}
          allowDeselect={false}
          value={hours}
          onChange={(value) => setHours(value ?? hours)}
        />
        <Button
          variant="default"
          leftSection={<IconHistory size={15} />}
          loading={replay.isPending}
          onClick={() => {
            setProgress(null);
            replay.mutate({ policy: policy.name, wanted, hours: Number(hours) });
          }}
        >
          Replay it
        </Button>
      </div>
      {replay.isPending && progress ? <HowFar progress={progress} /> : null}
      {replay.error ? <ProblemNote error={replay.error} /> : null}
      {replay.data ? <Report report={replay.data} /> : null}
    </section>
  );
}

function HowFar({ progress: { done, total } }: { progress: ReplayProgress }) {
  return (
    <>
      <Progress value={total ? (100 * done) / total : 100} aria-label="Requests counted" />
      <p className="dim">
        {count(done)} of {plural(total, 'request')}
      </p>
    </>
  );
}

function Report({ report }: { report: ReplayReport }) {
  const { requests, left_out, concerned, refused, callers, callers_refused, refused_then, worst, partial } =
    report;
  if (concerned === 0) {
    return (
      <p role="status">
        Of {plural(requests, 'request')} in the log, {report.policy} judges none.
        {left_out ? ` The log left out ${plural(left_out, 'other')}.` : ''}
      </p>
    );
  }
  return (
    <>
      <p role="status">
        {quotaWords(report.quota, report.window)} would have refused {left_out ? 'at least ' : ''}
        <b>{count(refused)}</b> of {plural(concerned, 'request')} ({share(refused / concerned)}), of{' '}
        {count(callers_refused)} of {plural(callers, 'caller')}. When they came, {count(refused_then)} were
        refused.
        {partial ? ' There were more callers than can be told apart, so that their numbers are too low.' : ''}
      </p>
      {left_out ? (
        <p role="note">
          That is a sample: under load the log kept {share(requests / (requests + left_out))} of the requests
          of this time and left {count(left_out)} out, so more would have been refused.
        </p>
      ) : null}
      <Chart report={report} />
      {worst.length ? (
        <ul aria-label="Who would have been refused most often">
          {worst.slice(0, 8).map(({ subject, admitted, refused: times }) => (
            <li key={subject}>
              <span className="mono">{subject}</span>
              <span className="dim">
                {count(times)} refused, {count(admitted)} let through
              </span>
            </li>
          ))}
        </ul>
      ) : null}
    </>
  );
}

const HEIGHT = 60;
const STEP = 5;

/** A bar for each part of the time: what would have been let through, and above it what not. */
function Chart({ report: { spans, since, until, refused } }: { report: ReplayReport }) {
  const most = Math.max(...spans.map((span) => span.admitted + span.refused), 1);
  const scale = (value: number) => (value > 0 ? Math.max(1, (value / most) * (HEIGHT - 2)) : 0);
  const width = spans.length * STEP;
  return (
    <figure className={limits.chart}>
      <svg
        viewBox={`0 0 ${width} ${HEIGHT}`}
        preserveAspectRatio="none"
        role="img"
        aria-label={`Requests in ${spans.length} parts of the time, ${count(refused)} of them refused`}
      >
        {spans.map((span, index) => {
          const low = scale(span.admitted);
          const high = scale(span.refused);
          return (
            <g key={span.at}>
              <title>{`${dateTime(new Date(span.at))}: ${count(span.admitted)} let through, ${count(span.refused)} refused`}</title>
              <rect x={index * STEP} y={0} width={STEP} height={HEIGHT} />
              <rect x={index * STEP} y={HEIGHT - low} width={STEP - 1} height={low} />
              <rect x={index * STEP} y={HEIGHT - low - high} width={STEP - 1} height={high} />
            </g>
          );
        })}
      </svg>
      <figcaption>
        <span>{dateTime(new Date(since))}</span>
        <span>{dateTime(new Date(until))}</span>
      </figcaption>
    </figure>
  );
}
