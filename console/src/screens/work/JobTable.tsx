import { Checkbox } from '@mantine/core';
import type { JobSummary } from '../../api/jobs';
import { duration } from '../../lib/format';
import { Ago } from '../../ui/Ago';
import { Tag } from '../../ui/signs';
import uiClasses from '../../ui/ui.module.css';
import { jobTone, jobWords } from './words';
import classes from './work.module.css';

interface JobTableProps {
  items: readonly JobSummary[];
  opened: string | null;
  open: (id: string) => void;
  /** Where jobs can be selected: which are, and what to do when that changes. */
  selected?: ReadonlySet<string>;
  select?: (id: string, on: boolean) => void;
}

export function JobTable({ items, opened, open, selected, select }: JobTableProps) {
  return (
    <table className={`${uiClasses.table} ${classes.table} ${classes.jobs}`} data-selects={Boolean(select)}>
      <thead>
        <tr>
          {select ? (
            <th>
              <span className="visually-hidden">Select</span>
            </th>
          ) : null}
          <th>State</th>
          <th>Kind</th>
          <th>Queue</th>
          <th data-align="right">Attempt</th>
          <th data-align="right">Waited</th>
          <th data-align="right">Ran</th>
          <th data-align="right">Enqueued</th>
        </tr>
      </thead>
      <tbody>
        {items.map((job) => (
          <tr key={job.id} data-opened={job.id === opened}>
            {select ? (
              <td data-cell="select">
                <Checkbox
                  size="xs"
                  aria-label={`Select ${job.kind} ${job.id}`}
                  checked={selected?.has(job.id) ?? false}
                  onChange={(event) => select(job.id, event.currentTarget.checked)}
                />
              </td>
            ) : null}
            <td data-cell="state">
              <Tag tone={jobTone(job.state)}>{jobWords(job.state)}</Tag>
            </td>
            <td data-cell="main">
              <button type="button" className={classes.kind} onClick={() => open(job.id)}>
                <span className="mono truncate">{job.kind}</span>
                {job.error ? <small className="truncate">{job.error.message || job.error.kind}</small> : null}
              </button>
            </td>
            <td data-cell="second" className="truncate">
              {job.queue}
            </td>
            <td data-cell="wide" data-align="right">
              {job.attempt} <span className="dim">of {job.max_attempts}</span>
            </td>
            <td data-cell="wide" data-align="right" className="nowrap">
              {between(job.run_at, job.started_at)}
            </td>
            <td data-cell="wide" data-align="right" className="nowrap">
              {between(job.started_at, job.finished_at)}
            </td>
            <td data-cell="time" data-align="right" className="dim">
              <Ago time={job.created_at} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function between(from: string | null, to: string | null) {
  if (from === null || to === null) return <span className="dim">not yet</span>;
  return duration(Math.max(0, new Date(to).getTime() - new Date(from).getTime()) * 1_000);
}
