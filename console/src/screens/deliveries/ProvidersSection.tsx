import { Button, Skeleton } from '@mantine/core';
import { IconPlayerPlay } from '@tabler/icons-react';
import { type MailProvider, useMailProviders, useResumeProvider } from '../../api/mailProviders';
import { dateTime, plural } from '../../lib/format';
import { quotaWords } from '../../lib/limits';
import { Ago } from '../../ui/Ago';
import { act } from '../../ui/act';
import parts from '../../ui/blocks.module.css';
import { Panel } from '../../ui/Panel';
import { ProblemNote } from '../../ui/ProblemNote';
import { Tag } from '../../ui/signs';
import { tellProblem } from '../../ui/toasts';
import type { Tone } from '../../ui/tone';
import uiClasses from '../../ui/ui.module.css';
import own from './words.module.css';

const STATES: Record<MailProvider['state'], [Tone, string]> = {
  working: ['good', 'Working'],
  paused: ['bad', 'Paused'],
  trying: ['warn', 'Trying again'],
};

/** Where mails leave, in the order in which they are asked, and whether they take any. */
export function ProvidersSection() {
  const { data, error, refetch } = useMailProviders();
  if (error && !data) return <ProblemNote error={error} retry={() => void refetch()} />;
  if (!data) return <Skeleton height={220} radius={10} aria-busy="true" />;
  return (
    <Panel>
      <table className={`${uiClasses.table} ${parts.rows} ${own.providers}`}>
        <thead>
          <tr>
            <th>State</th>
            <th>Provider</th>
            <th>How</th>
            <th>Why</th>
            <th>
              <span className="visually-hidden">Resume</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {data.map((provider) => (
            <Row key={provider.name} provider={provider} />
          ))}
        </tbody>
      </table>
    </Panel>
  );
}

function Row({ provider }: { provider: MailProvider }) {
  const resume = useResumeProvider();
  const [tone, words] = STATES[provider.state];
  return (
    <tr>
      <td data-cell="state">
        <Tag tone={tone}>{words}</Tag>
      </td>
      <td data-cell="main">
        <b className="mono">{provider.name}</b>
      </td>
      <td data-cell="line" className="dim">
        {howOf(provider)}
      </td>
      <td data-cell="line">
        {provider.state === 'working' ? (
          <span className="dim">mails are handed to it</span>
        ) : (
          <>
            {provider.code === null ? '' : `${provider.code} `}
            {provider.why}
            <small>{pauseOf(provider)}</small>
          </>
        )}
        {provider.state === 'paused' && provider.paused_until ? (
          <small>
            Asked again <Ago time={provider.paused_until} />
          </small>
        ) : null}
      </td>
      <td data-cell="line" data-align="right">
        {provider.state === 'working' ? null : (
          <Button
            size="compact-sm"
            variant="default"
            aria-label={`Resume ${provider.name}`}
            leftSection={<IconPlayerPlay size={15} />}
            loading={resume.isPending}
            onClick={() =>
              act(resume, provider.name, {
                told: `Mails are handed to ${provider.name} again`,
                failed: tellProblem,
              })
            }
          >
            Resume
          </Button>
        )}
      </td>
    </tr>
  );
}

const TLS: Record<MailProvider['tls'], string> = {
  none: 'without TLS',
  starttls: 'STARTTLS',
  implicit: 'TLS from the first byte',
};

function howOf({ kind, tls, connections, rate }: MailProvider): string {
  if (kind === 'console') return 'kept in this outbox, sent to nobody';
  const most = rate ? `, at most ${quotaWords(rate.mails, rate.seconds)}` : '';
  return `SMTP, ${TLS[tls]}, ${plural(connections, 'connection')} a process${most}`;
}

function pauseOf({ paused_at, tries }: MailProvider): string {
  const since = paused_at ? `Paused ${dateTime(new Date(paused_at))}` : 'Paused';
  return tries ? `${since}; ${plural(tries, 'mail')} tried it since, in vain` : since;
}
