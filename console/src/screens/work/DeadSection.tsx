import { Button, Skeleton } from '@mantine/core';
import { IconLifebuoy, IconRepeat } from '@tabler/icons-react';
import { useState } from 'react';
import { useJobs, useReplay } from '../../api/jobs';
import { useMay } from '../../api/session';
import { plural } from '../../lib/format';
import { act } from '../../ui/act';
import { Empty } from '../../ui/Empty';
import { Pager } from '../../ui/Pager';
import { Panel } from '../../ui/Panel';
import { ProblemNote } from '../../ui/ProblemNote';
import { tellProblem } from '../../ui/toasts';
import { useAddress } from '../../ui/useAddress';
import { JobTable } from './JobTable';
import classes from './work.module.css';

/** Jobs that are out of attempts, kept so that somebody can look and send them on their way again. */
export function DeadSection() {
  const [search, change] = useAddress();
  const cursor = search.get('cursor');
  const organization = search.get('organization');
  const { data, error, refetch } = useJobs({ state: 'dead', queue: null, kind: '', organization, cursor });
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const replay = useReplay();
  const mayOperate = useMay('jobs:steer');
  if (error && !data) return <ProblemNote error={error} retry={() => void refetch()} />;
  if (!data) return <Skeleton height={420} radius={10} aria-busy="true" />;
  const here = data.items.map(({ id }) => id);
  // Only what is still on the page: another's replay may have taken some of them away.
  const selected = new Set(here.filter((id) => chosen.has(id)));
  const all = selected.size === here.length;

  function select(id: string, on: boolean) {
    setChosen((before) => {
      const next = new Set(before);
      if (on) next.add(id);
      else next.delete(id);
      return next;
    });
  }

  function replayThem() {
    act(
      replay,
      { ids: [...selected], organization },
      {
        told: ({ replayed, refused }) => {
          const rest = refused.length ? `; ${plural(refused.length, 'was', 'were')} no longer dead` : '';
          return `${plural(replayed.length, 'job')} ready again, in the old order${rest}`;
        },
        after: () => setChosen(new Set()),
        failed: tellProblem,
      },
    );
  }

  return (
    <Panel>
      {here.length && mayOperate ? (
        <div className={classes.bulk}>
          <Button variant="default" size="compact-sm" onClick={() => setChosen(new Set(all ? [] : here))}>
            {all ? 'Select none' : 'Select the page'}
          </Button>
          <Button
            size="compact-sm"
            leftSection={<IconRepeat size={15} />}
            disabled={selected.size === 0}
            loading={replay.isPending}
            onClick={replayThem}
          >
            Replay {selected.size || ''} in order
          </Button>
        </div>
      ) : null}
      {here.length ? (
        <JobTable
          items={data.items}
          opened={search.get('job')}
          open={(job) => change({ job })}
          {...(mayOperate ? { selected, select } : {})}
        />
      ) : (
        <Empty icon={<IconLifebuoy size={40} stroke={1.3} />} title="No dead letters">
          A job that is out of attempts, or that its workers kept dying of, waits here for somebody to decide.
        </Empty>
      )}
      <Pager
        first={cursor === null}
        previous={data.previous_cursor}
        next={data.next_cursor}
        turn={(next) => change({ cursor: next })}
      />
    </Panel>
  );
}
