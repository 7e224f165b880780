import { Button, Select, Skeleton } from '@mantine/core';
import { IconBolt, IconTarget } from '@tabler/icons-react';
import { type EventFilter, useEvents, useEventTail, useEventTypes, useLag } from '../../api/events';
import { useMay } from '../../api/session';
import { count, duration, plural } from '../../lib/format';
import { Empty } from '../../ui/Empty';
import { FilterText } from '../../ui/FilterText';
import { Pager } from '../../ui/Pager';
import { Panel } from '../../ui/Panel';
import { ProblemNote } from '../../ui/ProblemNote';
import parts from '../../ui/parts.module.css';
import { Live } from '../../ui/signs';
import { Tile } from '../../ui/Tile';
import { useAddress } from '../../ui/useAddress';
import classes from './deliveries.module.css';
import { EventDrawer } from './EventDrawer';
import { EventTable } from './EventTable';

/** The log: what happened, as it happens. */
export function EventsSection() {
  const [search, change] = useAddress();
  const filter: EventFilter = {
    type: search.get('type'),
    subject: search.get('subject') ?? '',
    cursor: search.get('cursor'),
  };
  const { data, error, refetch } = useEvents(filter);
  const types = useEventTypes();
  const connection = useEventTail(types.data);
  const mayOperate = useMay('events:operate');
  const narrowed = Boolean(filter.type || filter.subject);
  return (
    <>
      {mayOperate ? <LagTiles /> : null}
      <search className={classes.filters}>
        <Select
          aria-label="Type"
          placeholder="Any type"
          clearable
          searchable
          data={(types.data ?? []).map(({ type }) => type)}
          value={filter.type}
          onChange={(type) => change({ type, cursor: null })}
        />
        <FilterText
          label="Subject"
          placeholder="What it happened to"
          icon={<IconTarget size={15} />}
          value={filter.subject}
          change={(subject) => change({ subject, cursor: null })}
        />
        <span className={classes.tail}>
          <Live connection={connection} />
        </span>
      </search>
      {error && !data ? <ProblemNote error={error} retry={() => void refetch()} /> : null}
      {!data && !error ? <Skeleton height={420} radius={10} aria-busy="true" /> : null}
      {data ? (
        <Panel>
          {data.items.length ? (
            <EventTable items={data.items} opened={search.get('event')} open={(event) => change({ event })} />
          ) : (
            <Empty
              icon={<IconBolt size={40} stroke={1.3} />}
              title={narrowed ? 'No event matches' : 'Nothing has happened yet'}
              actions={
                narrowed ? (
                  <Button
                    variant="default"
                    onClick={() => change({ type: null, subject: null, cursor: null })}
                  >
                    Show every event
                  </Button>
                ) : null
              }
            >
              {narrowed
                ? 'New ones that match appear here.'
                : 'Events appear here with the commit that caused them. Move a shared counter to see one.'}
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
      <EventDrawer id={search.get('event')} close={() => change({ event: null })} />
    </>
  );
}

function LagTiles() {
  const { data } = useLag(true);
  if (!data) return <Skeleton height={96} radius={10} mb={18} aria-busy="true" />;
  const waits = data.oldest_pending ?? 0;
  return (
    <div className={parts.tiles}>
      <Tile label="Position" value={count(data.position)} note="events given a place in the log" />
      <Tile
        label="Outbox lag"
        value={plural(data.pending, 'event')}
        tone={waits > 5 ? 'bad' : 'good'}
        note={data.pending ? `the oldest waits ${duration(waits * 1_000_000)}` : 'everything is handed over'}
      />
      <Tile
        label="Dispatcher"
        value={data.dispatcher ? 'Here' : 'Elsewhere'}
        note={data.dispatcher ? 'this process hands events over' : 'another process hands events over'}
      />
    </div>
  );
}
