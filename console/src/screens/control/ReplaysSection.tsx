import { Button, Drawer, Select, Skeleton } from '@mantine/core';
import { IconKey, IconRepeat } from '@tabler/icons-react';
import { Link } from 'wouter';
import {
  type IdempotencyKey,
  type KeyState,
  type ReplayFilter,
  useReplayableRoutes,
  useReplays,
} from '../../api/replays';
import { useSignedIn } from '../../api/session';
import { plural } from '../../lib/format';
import { Ago } from '../../ui/Ago';
import parts from '../../ui/blocks.module.css';
import { Copy } from '../../ui/Copy';
import { Empty } from '../../ui/Empty';
import { FilterText } from '../../ui/FilterText';
import { KeyValues } from '../../ui/KeyValues';
import { Pager } from '../../ui/Pager';
import { Panel } from '../../ui/Panel';
import { ProblemNote } from '../../ui/ProblemNote';
import { Tag } from '../../ui/signs';
import { Timeline, type TimelineStep } from '../../ui/Timeline';
import { statusTone } from '../../ui/tone';
import uiClasses from '../../ui/ui.module.css';
import { useAddress } from '../../ui/useAddress';
import { useNames } from '../access/names';
import classes from './control.module.css';

const STATES: { value: KeyState; label: string }[] = [
  { value: 'done', label: 'Answered' },
  { value: 'in_flight', label: 'In flight' },
];

/** Requests that bore an Idempotency-Key: each with its one effect, and how often its answer was given again. */
export function ReplaysSection() {
  const [search, change] = useAddress();
  const filter: ReplayFilter = {
    state: STATES.find(({ value }) => value === search.get('state'))?.value ?? null,
    route: search.get('route'),
    key: search.get('key') ?? '',
    cursor: search.get('cursor'),
  };
  const { data, error, refetch } = useReplays(filter);
  const routes = useReplayableRoutes();
  const narrowed = Boolean(filter.state || filter.route || filter.key);
  const opened = data?.items.find(({ id }) => id === search.get('replay')) ?? null;
  return (
    <>
      <search className={`${classes.filters} ${classes.three}`}>
        <FilterText
          label="Key"
          placeholder="A key, whole"
          icon={<IconKey size={15} />}
          value={filter.key}
          change={(key) => change({ key, cursor: null })}
        />
        <Select
          aria-label="State"
          placeholder="Any state"
          clearable
          data={STATES}
          value={filter.state}
          onChange={(state) => change({ state, cursor: null })}
        />
        <Select
          aria-label="Route"
          placeholder="Any route that takes keys"
          clearable
          searchable
          data={(routes.data ?? []).map(({ route }) => ({ value: route, label: routeWords(route) }))}
          value={filter.route}
          onChange={(route) => change({ route, cursor: null })}
        />
      </search>
      {error && !data ? <ProblemNote error={error} retry={() => void refetch()} /> : null}
      {!data && !error ? <Skeleton height={420} radius={10} aria-busy="true" /> : null}
      {data ? (
        <Panel>
          {data.items.length ? (
            <Keys items={data.items} opened={opened} open={(replay) => change({ replay })} />
          ) : (
            <Empty
              icon={<IconRepeat size={40} stroke={1.3} />}
              title={narrowed ? 'No key matches' : 'No key has been sent'}
              actions={
                narrowed ? (
                  <Button
                    variant="default"
                    onClick={() => change({ state: null, route: null, key: null, cursor: null })}
                  >
                    Show every key
                  </Button>
                ) : null
              }
            >
              {narrowed
                ? 'New ones that match appear here.'
                : `A request with an Idempotency-Key can be sent again without a second effect; ${plural(routes.data?.length ?? 0, 'route')} here take one.`}
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
      <Drawer opened={opened !== null} onClose={() => change({ replay: null })} size={600} title="Key">
        {opened ? <Detail replay={opened} /> : null}
      </Drawer>
    </>
  );
}

interface KeysProps {
  items: readonly IdempotencyKey[];
  opened: IdempotencyKey | null;
  open: (id: string) => void;
}

function Keys({ items, opened, open }: KeysProps) {
  return (
    <table className={`${uiClasses.table} ${parts.rows} ${classes.replays}`}>
      <thead>
        <tr>
          <th>State</th>
          <th>Key</th>
          <th>Route</th>
          <th>Answer</th>
          <th data-align="right">Replays</th>
          <th data-align="right">First sent</th>
        </tr>
      </thead>
      <tbody>
        {items.map((one) => (
          <tr key={one.id} data-opened={one.id === opened?.id}>
            <td data-cell="state">
              <StateTag state={one.state} />
            </td>
            <td data-cell="main">
              <button type="button" className={`${parts.open} truncate mono`} onClick={() => open(one.id)}>
                {one.key}
              </button>
            </td>
            <td data-cell="line" className="mono truncate">
              {routeWords(one.route)}
            </td>
            <td data-cell="second" data-name="answer">
              {one.status === null ? <span className="dim">none yet</span> : <Status status={one.status} />}
            </td>
            <td data-cell="second" data-name="replays" data-align="right">
              {one.replays || <span className="dim">0</span>}
            </td>
            <td data-cell="second" data-align="right" className="dim">
              <Ago time={one.created_at} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** A route as one reads it: without what its parameters must be. */
function routeWords(route: string): string {
  return route.replace(/\{(\w+):\w+\}/g, '{$1}');
}

function StateTag({ state }: { state: KeyState }) {
  return state === 'done' ? <Tag tone="good">Answered</Tag> : <Tag tone="accent">In flight</Tag>;
}

function Status({ status }: { status: number }) {
  return <Tag tone={statusTone(status)}>{status}</Tag>;
}

function Detail({ replay }: { replay: IdempotencyKey }) {
  const nameOf = useNames();
  const { modules } = useSignedIn();
  return (
    <div className={parts.stack}>
      <div className={classes.line}>
        <StateTag state={replay.state} />
        <h2 className="mono">{replay.key}</h2>
      </div>
      <Timeline label="What became of it" steps={stepsOf(replay)} />
      <KeyValues
        values={{
          Route: <span className="mono">{routeWords(replay.route)}</span>,
          'Sent by': nameOf(replay.actor_id),
          Answer: replay.status === null ? null : <Status status={replay.status} />,
          'Kept answer':
            replay.state === 'done' ? (replay.answer_kept ? 'can be given again' : 'gone') : null,
          Begun: replay.attempts > 1 ? `${replay.attempts} times: a process died in the middle` : 'once',
          Request: <Copy text={replay.request_id} label="request id" shown={replay.request_id} />,
        }}
      />
      {modules.includes('traffic') ? (
        <p className={classes.say}>
          <Link href={`/traffic?request=${encodeURIComponent(replay.request_id)}`}>
            Look for the request in Traffic
          </Link>
        </p>
      ) : null}
    </div>
  );
}

function stepsOf(replay: IdempotencyKey): TimelineStep[] {
  const steps: TimelineStep[] = [{ at: replay.created_at, tone: 'accent', title: 'First sent' }];
  if (replay.completed_at) {
    steps.push({
      at: replay.completed_at,
      tone: statusTone(replay.status),
      title: `Answered ${replay.status}, in the commit of its effect`,
    });
  }
  if (replay.replayed_at) {
    steps.push({
      at: replay.replayed_at,
      tone: 'rest',
      title: `Answered the same again, ${plural(replay.replays, 'time')} by now`,
    });
  }
  return steps;
}
