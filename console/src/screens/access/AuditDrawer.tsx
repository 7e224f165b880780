import { Button, Drawer, Skeleton } from '@mantine/core';
import { Link } from 'wouter';
import { type AuditRecord, useAuditRecord } from '../../api/audit';
import { differences } from '../../lib/difference';
import { dateTime } from '../../lib/format';
import parts from '../../ui/blocks.module.css';
import { Copy } from '../../ui/Copy';
import { KeyValues } from '../../ui/KeyValues';
import { ProblemNote } from '../../ui/ProblemNote';
import { Tag } from '../../ui/signs';
import classes from './access.module.css';
import audit from './audit.module.css';
import { useNames } from './names';

export function AuditDrawer({ seq, close }: { seq: number | null; close: () => void }) {
  return (
    <Drawer opened={seq !== null} onClose={close} size={720} title="Record">
      {seq === null ? null : <Detail key={seq} seq={seq} />}
    </Drawer>
  );
}

function Detail({ seq }: { seq: number }) {
  const { data, error, refetch } = useAuditRecord(seq);
  const nameOf = useNames();
  if (error && !data) return <ProblemNote error={error} retry={() => void refetch()} />;
  if (!data) return <Skeleton height={360} aria-busy="true" />;
  return (
    <div className={parts.stack}>
      <div className={classes.line}>
        <Tag>No. {data.seq}</Tag>
        <h2 className="mono">{data.action}</h2>
      </div>
      <KeyValues
        values={{
          When: dateTime(new Date(data.at)),
          Who: nameOf(data.actor_id),
          'In their place': data.impersonator_id ? nameOf(data.impersonator_id) : null,
          'What it happened to': (
            <>
              {data.subject_type} <Copy text={data.subject_id} label="subject" shown={data.subject_id} />
            </>
          ),
          'Whose data': data.person_id ? `${nameOf(data.person_id)}; sealed with their key` : null,
          Request: data.request_id ? (
            <Copy text={data.request_id} label="request id" shown={data.request_id} />
          ) : null,
          Session: data.session_id ? (
            <Copy text={data.session_id} label="session id" shown={data.session_id} />
          ) : null,
        }}
      />
      <Difference record={data} />
      <div className={parts.actions}>
        <Button
          component={Link}
          href={`/access/audit?actor=${data.actor_id}`}
          size="compact-sm"
          variant="default"
        >
          All they did
        </Button>
        <Button
          component={Link}
          href={`/access/audit?subject=${encodeURIComponent(data.subject_id)}`}
          size="compact-sm"
          variant="default"
        >
          All that happened to it
        </Button>
      </div>
      <section className={classes.part}>
        <h3>Link of the chain</h3>
        <p className="dim">SHA-256 of the hash before it and this record (RFC 8785)</p>
        <Copy text={data.hash} label="hash" shown={data.hash} />
      </section>
    </div>
  );
}

/** Every field that changed, with what it was and what it is. */
function Difference({ record }: { record: AuditRecord }) {
  if (record.erased) {
    return (
      <p className={classes.say}>
        The person was erased: what was recorded of them can be read by nobody, and still proves the chain.
      </p>
    );
  }
  const changed = differences(record.before, record.after);
  if (changed.length === 0) return <p className={classes.say}>It says nothing of before and after.</p>;
  return (
    <figure className={audit.difference}>
      <figcaption>Before and after</figcaption>
      <pre>
        {changed.map(({ field, before, after }) => (
          <span key={field}>
            {before === undefined ? null : <del>{`- ${named(field)}${JSON.stringify(before)}`}</del>}
            {after === undefined ? null : <ins>{`+ ${named(field)}${JSON.stringify(after)}`}</ins>}
          </span>
        ))}
      </pre>
    </figure>
  );
}

function named(field: string): string {
  return field === '' ? '' : `${field}: `;
}
