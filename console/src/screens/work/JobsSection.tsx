import { Button, Select, Skeleton } from '@mantine/core';
import { IconBriefcase } from '@tabler/icons-react';
import { type JobFilter, useJobs, useQueues } from '../../api/jobs';
import { useMay } from '../../api/session';
import { Empty } from '../../ui/Empty';
import { FilterText } from '../../ui/FilterText';
import { Pager } from '../../ui/Pager';
import { Panel } from '../../ui/Panel';
import { ProblemNote } from '../../ui/ProblemNote';
import { useAddress } from '../../ui/useAddress';
import { JobTable } from './JobTable';
import { JOB_STATES, jobStateOf } from './words';
import classes from './work.module.css';

/** Every job, newest first; a page at a time, however many there are. */
export function JobsSection() {
  const [search, change] = useAddress();
  const filter: JobFilter = {
    state: jobStateOf(search.get('state')),
    queue: search.get('queue'),
    kind: search.get('kind') ?? '',
    organization: search.get('organization'),
    cursor: search.get('cursor'),
  };
  const { data, error, refetch } = useJobs(filter);
  const queues = useQueues(useMay('jobs:operate'));
  const narrowed = Boolean(filter.state || filter.queue || filter.kind || filter.organization);
  const [title, words] = nothing(narrowed, data?.next_cursor != null);
  return (
    <>
      <search className={classes.filters}>
        <Select
          aria-label="State"
          placeholder="Any state"
          clearable
          data={JOB_STATES}
          value={filter.state}
          onChange={(state) => change({ state, cursor: null })}
        />
        <Select
          aria-label="Queue"
          placeholder="Any queue"
          clearable
          data={(queues.data ?? []).map(({ queue }) => queue)}
          value={filter.queue}
          onChange={(queue) => change({ queue, cursor: null })}
        />
        <FilterText
          label="Kind"
          placeholder="Kind, such as mail.deliver_mail"
          icon={<IconBriefcase size={15} />}
          value={filter.kind}
          change={(kind) => change({ kind, cursor: null })}
        />
      </search>
      {error && !data ? <ProblemNote error={error} retry={() => void refetch()} /> : null}
      {!data && !error ? <Skeleton height={420} radius={10} aria-busy="true" /> : null}
      {data ? (
        <Panel>
          {data.items.length ? (
            <JobTable items={data.items} opened={search.get('job')} open={(job) => change({ job })} />
          ) : (
            <Empty
              icon={<IconBriefcase size={40} stroke={1.3} />}
              title={title}
              actions={
                narrowed ? (
                  <Button
                    variant="default"
                    onClick={() =>
                      change({ state: null, queue: null, kind: null, organization: null, cursor: null })
                    }
                  >
                    Show every job
                  </Button>
                ) : null
              }
            >
              {words}
            </Empty>
          )}
          <Pager
            first={filter.cursor === null}
            previous={data.previous_cursor}
            next={data.next_cursor}
            turn={(cursor) => change({ cursor })}
          />
        </Panel>
      ) : null}
    </>
  );
}

function nothing(narrowed: boolean, more: boolean): [string, string] {
  // The server looks at some thousands of jobs for a page, and no further.
  if (more) return ['None of the newest matches', 'Older ones are on the next pages.'];
  if (narrowed) return ['No job matches', 'New ones that match appear here.'];
  return ['Nothing was ever asked for', 'Jobs appear here in the commit that enqueues them.'];
}
