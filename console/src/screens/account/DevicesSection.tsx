import { Button, Skeleton } from '@mantine/core';
import { useState } from 'react';
import {
  type UserSession,
  useDevices,
  useEndDevice,
  useEndEverywhere,
  useEndOthers,
} from '../../api/account';
import { deviceName, methodWords } from '../../lib/device';
import { plural } from '../../lib/format';
import { Ago } from '../../ui/Ago';
import { act } from '../../ui/act';
import parts from '../../ui/blocks.module.css';
import { Confirm } from '../../ui/Confirm';
import { Panel } from '../../ui/Panel';
import { ProblemNote } from '../../ui/ProblemNote';
import { Tag } from '../../ui/signs';
import { tellProblem } from '../../ui/toasts';
import uiClasses from '../../ui/ui.module.css';
import classes from './account.module.css';

/** Where one is signed in, and ending that. */
export function DevicesSection() {
  const { data, error, refetch } = useDevices();
  const [asking, setAsking] = useState(false);
  const others = useEndOthers();
  const everywhere = useEndEverywhere();
  if (error && !data) return <ProblemNote error={error} retry={() => void refetch()} />;
  if (!data) return <Skeleton height={300} radius={10} aria-busy="true" />;
  return (
    <>
      <div className={classes.bar}>
        <p>Whatever is signed out here is refused everywhere within a second.</p>
        <div className={parts.actions}>
          <Button
            variant="default"
            disabled={data.length < 2}
            loading={others.isPending}
            onClick={() =>
              act(others, undefined, {
                told: (ended) => `${plural(ended, 'device')} signed out`,
                failed: tellProblem,
              })
            }
          >
            Sign the others out
          </Button>
          <Button variant="default" onClick={() => setAsking(true)}>
            Sign out everywhere
          </Button>
        </div>
      </div>
      <Panel>
        <table className={`${uiClasses.table} ${parts.rows}`}>
          <thead>
            <tr>
              <th>Device</th>
              <th>Network</th>
              <th>Signed in by</th>
              <th>Since</th>
              <th>Last seen</th>
              <th>
                <span className="visually-hidden">End</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {data.map((device) => (
              <Row key={device.id} device={device} />
            ))}
          </tbody>
        </table>
      </Panel>
      <Confirm
        opened={asking}
        title="Sign out everywhere?"
        words="Sign out everywhere"
        pending={everywhere.isPending}
        error={everywhere.error}
        close={() => setAsking(false)}
        act={() => everywhere.mutate()}
      >
        Every device is signed out, this one too.
      </Confirm>
    </>
  );
}

function Row({ device }: { device: UserSession }) {
  const end = useEndDevice();
  const name = deviceName(device.device);
  return (
    <tr>
      <td data-cell="main" title={device.device}>
        <b>{name}</b>
        {device.kind === 'tokens' ? <small>by tokens, not by a cookie</small> : null}
        {device.impersonator_id ? <small>somebody in your place</small> : null}
      </td>
      <td data-cell="second" className="mono">
        {device.network}
      </td>
      <td data-cell="second">{methodWords(device.method)}</td>
      <td data-cell="second" data-name="since">
        <Ago time={device.created_at} />
      </td>
      <td data-cell="second" data-name="last seen">
        <Ago time={device.seen_at} />
      </td>
      <td data-cell="state" data-align="right">
        {device.current ? (
          <Tag tone="good">This device</Tag>
        ) : (
          <Button
            size="compact-sm"
            variant="default"
            aria-label={`Sign ${name} out`}
            loading={end.isPending}
            onClick={() => act(end, device.id, { told: `${name} is signed out`, failed: tellProblem })}
          >
            Sign out
          </Button>
        )}
      </td>
    </tr>
  );
}
