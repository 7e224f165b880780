import { Drawer, Skeleton } from '@mantine/core';
import { Link } from 'wouter';
import { useEvent } from '../../api/events';
import { useSignedIn } from '../../api/session';
import { count, dateTime } from '../../lib/format';
import { Json } from '../../ui/Json';
import { KeyValues } from '../../ui/KeyValues';
import { ProblemNote } from '../../ui/ProblemNote';
import classes from './deliveries.module.css';

export function EventDrawer({ id, close }: { id: string | null; close: () => void }) {
  return (
    <Drawer opened={id !== null} onClose={close} size={720} title="Event">
      {id ? <Detail key={id} id={id} /> : null}
    </Drawer>
  );
}

function Detail({ id }: { id: string }) {
  const { data, error, refetch } = useEvent(id);
  const { modules } = useSignedIn();
  if (error && !data) return <ProblemNote error={error} retry={() => void refetch()} />;
  if (!data) return <Skeleton height={420} aria-busy="true" />;
  const trace = data.traceparent?.split('-')[1];
  return (
    <div className={classes.detail}>
      <div className={classes.line}>
        <h2 className="mono">{data.type}</h2>
      </div>
      <KeyValues
        values={{
          Subject: data.subject,
          Version: data.version === null ? null : `${count(data.version ?? 0)} of its subject`,
          Position: data.position === null ? null : count(data.position ?? 0),
          Happened: dateTime(new Date(data.time)),
          Source: <span className="mono">{data.source}</span>,
          Id: <span className="mono">{data.id}</span>,
          Actor: <span className="mono">{data.actor_id}</span>,
          'Caused by':
            trace && modules.includes('traffic') ? (
              <Link href={`/traffic?trace=${trace}`}>the request, with all else that it caused</Link>
            ) : null,
          'Handed to':
            trace && modules.includes('jobs') ? (
              <Link href={`/work/jobs?trace=${trace}`}>its deliveries, as jobs</Link>
            ) : null,
        }}
      />
      <section>
        <h3>Data</h3>
        <Json value={data.data} label="data" />
      </section>
    </div>
  );
}
