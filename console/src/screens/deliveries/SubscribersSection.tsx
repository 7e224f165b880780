import { ActionIcon, Button, Modal, NumberInput, Skeleton, Tooltip } from '@mantine/core';
import { IconHammer, IconHistory, IconPlayerStop, IconUsers } from '@tabler/icons-react';
import { type FormEvent, useState } from 'react';
import { Link } from 'wouter';
import {
  type EventReplay,
  type ProjectionInfo,
  type SubscriptionInfo,
  useCancelReplay,
  useProjections,
  useRebuild,
  useReplay,
  useReplays,
  useSubscriptions,
} from '../../api/events';
import { useMay } from '../../api/session';
import { count, plural } from '../../lib/format';
import { Ago } from '../../ui/Ago';
import { act } from '../../ui/act';
import { Empty } from '../../ui/Empty';
import { Panel } from '../../ui/Panel';
import { ProblemNote } from '../../ui/ProblemNote';
import { Tag } from '../../ui/signs';
import { tellProblem } from '../../ui/toasts';
import uiClasses from '../../ui/ui.module.css';
import classes from './deliveries.module.css';

/** Who is told of events, how far each is, and handing events over again. */
export function SubscribersSection() {
  const { data, error, refetch } = useSubscriptions();
  const projections = useProjections();
  const mayReplay = useMay('events:replay');
  const replays = useReplays(mayReplay);
  const [chosen, choose] = useState<string | null>(null);
  if (error && !data) return <ProblemNote error={error} retry={() => void refetch()} />;
  if (!data) return <Skeleton height={320} radius={10} aria-busy="true" />;
  return (
    <div className={classes.stack}>
      <Panel>
        {data.length ? (
          <table className={`${uiClasses.table} ${classes.table} ${classes.subscriptions}`}>
            <thead>
              <tr>
                <th>Subscription</th>
                <th>Events</th>
                <th data-align="right">Done up to</th>
                <th data-align="right">Behind</th>
                <th>
                  <span className="visually-hidden">Replay</span>
                </th>
              </tr>
            </thead>
            <tbody>
              {data.map((one) => (
                <SubscriptionRow key={one.name} one={one} replay={mayReplay ? choose : null} />
              ))}
            </tbody>
          </table>
        ) : (
          <Empty icon={<IconUsers size={40} stroke={1.3} />} title="Nobody is told of events">
            A module lists its subscriptions in its manifest’s `declares`.
          </Empty>
        )}
      </Panel>
      {projections.data?.length ? <Projections rows={projections.data} /> : null}
      {replays.data?.items.length ? <Replays rows={replays.data.items} /> : null}
      <ReplayForm key={chosen} name={chosen} close={() => choose(null)} />
    </div>
  );
}

interface SubscriptionRowProps {
  one: SubscriptionInfo;
  replay: ((name: string) => void) | null;
}

function SubscriptionRow({ one, replay }: SubscriptionRowProps) {
  return (
    <tr>
      <td data-cell="main">
        <Link href={`/work/jobs?kind=${encodeURIComponent(one.name)}`} className="mono">
          {one.name}
        </Link>
        <small className="dim">{one.summary}</small>
      </td>
      <td data-cell="second" className="mono">
        {one.types.join(', ')}
      </td>
      <td data-cell="wide" data-align="right">
        {one.delivered === null ? 'not noted' : one.delivered ? count(one.delivered) : 'none yet'}
      </td>
      <td data-cell="state" data-align="right">
        {one.behind === null ? <Tag tone="rest">At least once</Tag> : <Behind events={one.behind} />}
      </td>
      <td data-cell="action" data-align="right">
        {replay ? (
          <Tooltip label="Hand events over again">
            <ActionIcon aria-label={`Replay ${one.name}`} onClick={() => replay(one.name)}>
              <IconHistory size={16} />
            </ActionIcon>
          </Tooltip>
        ) : null}
      </td>
    </tr>
  );
}

function Behind({ events }: { events: number }) {
  if (events === 0) return <Tag tone="good">Up to date</Tag>;
  return <Tag tone={events > 1000 ? 'bad' : 'warn'}>{plural(events, 'event')}</Tag>;
}

function Projections({ rows }: { rows: readonly ProjectionInfo[] }) {
  const rebuild = useRebuild();
  const mayOperate = useMay('events:operate');
  return (
    <section>
      <h2>Projections</h2>
      <Panel>
        <table className={`${uiClasses.table} ${classes.table} ${classes.subscriptions}`}>
          <thead>
            <tr>
              <th>Projection</th>
              <th>Generation</th>
              <th data-align="right">Position</th>
              <th data-align="right">Behind</th>
              <th>
                <span className="visually-hidden">Rebuild</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {rows.map((one) => (
              <tr key={`${one.name} ${one.generation}`}>
                <td data-cell="main">
                  <span className="mono">{one.name}</span>
                  {one.error ? <small data-tone="bad">{one.error}</small> : null}
                </td>
                <td data-cell="second">
                  {one.generation} <Tag tone={one.state === 'active' ? 'good' : 'rest'}>{one.state}</Tag>
                </td>
                <td data-cell="wide" data-align="right">
                  {count(one.position)}
                </td>
                <td data-cell="state" data-align="right">
                  <Behind events={one.behind} />
                </td>
                <td data-cell="action" data-align="right">
                  {mayOperate && one.state === 'active' ? (
                    <Tooltip label="Build it anew beside this one">
                      <ActionIcon
                        aria-label={`Rebuild ${one.name}`}
                        loading={rebuild.isPending}
                        onClick={() =>
                          act(rebuild, one.name, {
                            told: `${one.name} is built anew; readers change over when it is done`,
                            failed: tellProblem,
                          })
                        }
                      >
                        <IconHammer size={16} />
                      </ActionIcon>
                    </Tooltip>
                  ) : null}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </Panel>
    </section>
  );
}

function Replays({ rows }: { rows: readonly EventReplay[] }) {
  const cancel = useCancelReplay();
  return (
    <section>
      <h2>Replays</h2>
      <Panel>
        <table className={`${uiClasses.table} ${classes.table} ${classes.subscriptions}`}>
          <thead>
            <tr>
              <th>Subscription</th>
              <th>Positions</th>
              <th data-align="right">Events</th>
              <th data-align="right">State</th>
              <th>
                <span className="visually-hidden">Cancel</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {rows.map((one) => (
              <tr key={one.id}>
                <td data-cell="main" className="mono">
                  {one.subscription}
                </td>
                <td data-cell="second">
                  {count(one.first)} to {count(one.last)}, <Ago time={one.created_at} />
                </td>
                <td data-cell="wide" data-align="right">
                  {count(one.events)}
                </td>
                <td data-cell="state" data-align="right">
                  <Tag tone={one.state === 'running' ? 'accent' : one.state === 'done' ? 'good' : 'rest'}>
                    {one.state}
                  </Tag>
                </td>
                <td data-cell="action" data-align="right">
                  {one.state === 'running' ? (
                    <Tooltip label="Hand nothing more over">
                      <ActionIcon
                        aria-label={`Cancel the replay of ${one.subscription}`}
                        onClick={() => cancel.mutate(one.id, { onError: tellProblem })}
                      >
                        <IconPlayerStop size={16} />
                      </ActionIcon>
                    </Tooltip>
                  ) : null}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </Panel>
    </section>
  );
}

function ReplayForm({ name, close }: { name: string | null; close: () => void }) {
  const [first, setFirst] = useState<number | string>(1);
  const replay = useReplay();

  function submit(event: FormEvent) {
    event.preventDefault();
    if (name === null) return;
    act(
      replay,
      { name, first: Number(first) },
      {
        told: ({ last }) => `${name} is handed positions ${count(Number(first))} to ${count(last)} again`,
        after: close,
        failed: tellProblem,
      },
    );
  }

  return (
    <Modal opened={name !== null} onClose={close} title="Hand events over again">
      <form onSubmit={submit} className={classes.stack}>
        <p>
          <b className="mono">{name}</b> does for each of your organization’s events what it does, anew: what
          it counts is counted again.
        </p>
        <NumberInput
          label="From position"
          description="Up to the present end of the log."
          min={1}
          allowDecimal={false}
          value={first}
          onChange={setFirst}
          required
        />
        <Button type="submit" loading={replay.isPending} disabled={!(Number(first) >= 1)}>
          Replay
        </Button>
      </form>
    </Modal>
  );
}
