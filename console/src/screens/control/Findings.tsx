import { Button, Skeleton, UnstyledButton } from '@mantine/core';
import { IconStethoscope } from '@tabler/icons-react';
import { type Finding, useFindings } from '../../api/control';
import { plural } from '../../lib/format';
import { Panel } from '../../ui/Panel';
import { ProblemNote } from '../../ui/ProblemNote';
import { Tag } from '../../ui/signs';
import type { Tone } from '../../ui/tone';
import classes from './control.module.css';

type Severity = Finding['severity'];

const SEVERITIES: Record<Severity, [Tone, string]> = {
  error: ['bad', 'Error'],
  warning: ['warn', 'Warning'],
  note: ['accent', 'Note'],
  ok: ['good', 'Fine'],
};
const GRAVITY: readonly Severity[] = ['error', 'warning', 'note', 'ok'];

/** What `backstay doctor` says of this server now, the gravest first; `find` shows the setting. */
export function Findings({ find }: { find: (setting: string) => void }) {
  const { data, error, refetch, isFetching } = useFindings();
  const sorted = (data ?? []).toSorted((a, b) => GRAVITY.indexOf(a.severity) - GRAVITY.indexOf(b.severity));
  return (
    <section className={classes.group} aria-label="What the doctor finds">
      <header>
        <h2>What the doctor finds</h2>
        {data ? <span className="dim">{summaryOf(data)}</span> : null}
        <Button
          size="compact-sm"
          variant="default"
          leftSection={<IconStethoscope size={15} />}
          loading={isFetching}
          onClick={() => void refetch()}
        >
          Look again
        </Button>
      </header>
      {error ? <ProblemNote error={error} retry={() => void refetch()} /> : null}
      {!data && !error ? <Skeleton height={220} radius={10} aria-busy="true" /> : null}
      {data ? (
        <Panel>
          <ul className={classes.findings}>
            {sorted.map((finding) => (
              <li key={`${finding.subject} ${finding.message}`}>
                <Tag tone={SEVERITIES[finding.severity][0]}>{SEVERITIES[finding.severity][1]}</Tag>
                <Subject name={finding.subject} find={find} />
                <div>
                  {finding.message}
                  {finding.advice ? <p>{finding.advice}</p> : null}
                </div>
              </li>
            ))}
          </ul>
        </Panel>
      ) : null}
    </section>
  );
}

/** A setting is named with its section; other subjects are parts, such as the database. */
function Subject({ name, find }: { name: string; find: (setting: string) => void }) {
  if (!name.includes('.')) return <b className="mono">{name}</b>;
  return (
    <UnstyledButton className={`mono ${classes.subject}`} onClick={() => find(name)}>
      {name}
    </UnstyledButton>
  );
}

function summaryOf(findings: readonly Finding[]): string {
  const of = (severity: Severity) => findings.filter((finding) => finding.severity === severity).length;
  const counted = [
    of('error') ? plural(of('error'), 'error') : null,
    of('warning') ? plural(of('warning'), 'warning') : null,
    of('note') ? plural(of('note'), 'note') : null,
  ].filter(Boolean);
  return counted.length ? counted.join(', ') : 'nothing to do';
}
