import { Button, Drawer, Skeleton } from '@mantine/core';
import { IconPlus, IconUsersGroup } from '@tabler/icons-react';
import { useState } from 'react';
import { type Drop, useCloseDrop, useDrops } from '../../../api/drops';
import { useMay } from '../../../api/session';
import type { Shop } from '../../../api/shops';
import { count, dateTime } from '../../../lib/format';
import { act } from '../../../ui/act';
import parts from '../../../ui/blocks.module.css';
import { Confirm } from '../../../ui/Confirm';
import { Empty } from '../../../ui/Empty';
import { Pager } from '../../../ui/Pager';
import { Panel } from '../../../ui/Panel';
import { ProblemNote } from '../../../ui/ProblemNote';
import { Tag } from '../../../ui/signs';
import uiClasses from '../../../ui/ui.module.css';
import own from './drops.module.css';
import { NewDropForm } from './NewDropForm';

/** What is sold in turn: how many wait, whose turn it is, how many have bought. */
export function DropsSection({ shop }: { shop: Shop }) {
  const [cursor, setCursor] = useState<string | null>(null);
  const [making, setMaking] = useState(false);
  const [closing, setClosing] = useState<Drop | null>(null);
  const { data, error, refetch } = useDrops(shop.slug, cursor);
  const close = useCloseDrop(shop.slug);
  const mayManage = useMay('drops:manage');
  return (
    <Panel className={own.panel}>
      <header className={own.head}>
        <h2>Drops</h2>
        {mayManage ? (
          <Button leftSection={<IconPlus size={16} />} onClick={() => setMaking(true)}>
            Make a drop
          </Button>
        ) : null}
      </header>
      {error && !data ? <ProblemNote error={error} retry={() => void refetch()} /> : null}
      {!data && !error ? <Skeleton height={120} aria-busy="true" /> : null}
      {data?.items.length === 0 ? (
        <Empty icon={<IconUsersGroup size={40} stroke={1.3} />} title="There is no drop">
          One sells what more people want than there is: in turn, so many at a time.
        </Empty>
      ) : null}
      {data?.items.length ? <Drops drops={data.items} end={mayManage ? setClosing : null} /> : null}
      {data ? (
        <Pager
          first={cursor === null}
          previous={data.previous_cursor}
          next={data.next_cursor}
          turn={setCursor}
        />
      ) : null}
      <Drawer opened={making} onClose={() => setMaking(false)} size={520} title="A new drop">
        {making ? <NewDropForm shop={shop} close={() => setMaking(false)} /> : null}
      </Drawer>
      <Confirm
        opened={closing !== null}
        title={`Close ${closing?.name ?? ''}?`}
        words="Close it"
        danger
        pending={close.isPending}
        error={close.error}
        close={() => setClosing(null)}
        act={() => {
          if (closing)
            act(close, closing, { told: `${closing.name} is closed`, after: () => setClosing(null) });
        }}
      >
        Whoever waits has waited in vain, and everybody may buy what is left.
      </Confirm>
    </Panel>
  );
}

const TONES = { upcoming: 'rest', open: 'good', closed: 'rest' } as const;
const STATES = { upcoming: 'Upcoming', open: 'Open', closed: 'Closed' } as const;

interface DropsProps {
  drops: readonly Drop[];
  /** Null for whoever may only look. */
  end: ((drop: Drop) => void) | null;
}

function Drops({ drops, end }: DropsProps) {
  return (
    <table className={`${uiClasses.table} ${parts.rows}`}>
      <thead>
        <tr>
          <th>Drop</th>
          <th>When</th>
          <th data-align="right">Wait</th>
          <th data-align="right">May buy</th>
          <th data-align="right">Bought</th>
          <th data-align="right">Let it pass</th>
          <th aria-label="What to do" />
        </tr>
      </thead>
      <tbody>
        {drops.map((drop) => (
          <tr key={drop.id}>
            <td data-cell="main">
              {drop.name} <Tag tone={TONES[drop.state]}>{STATES[drop.state]}</Tag>
            </td>
            <td data-cell="line" className="dim">
              {whenOf(drop)}
            </td>
            <td data-cell="second" data-align="right" data-name="wait">
              {count(drop.waiting)}
            </td>
            <td data-cell="second" data-align="right" data-name="may buy">
              {count(drop.admitted)} of {count(drop.at_once)}
            </td>
            <td data-cell="second" data-align="right" data-name="bought">
              {count(drop.bought)}
            </td>
            <td data-cell="second" data-align="right" data-name="let it pass">
              {count(drop.lapsed)}
            </td>
            <td data-cell="action" data-align="right">
              {end && drop.state !== 'closed' ? (
                <Button
                  size="compact-xs"
                  variant="default"
                  aria-label={`Close ${drop.name}`}
                  onClick={() => end(drop)}
                >
                  Close
                </Button>
              ) : null}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function whenOf({ opens_at, closes_at }: Drop): string {
  const from = dateTime(new Date(opens_at));
  return closes_at ? `${from} to ${dateTime(new Date(closes_at))}` : `from ${from}`;
}
