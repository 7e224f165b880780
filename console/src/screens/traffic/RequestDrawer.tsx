import { Button, Drawer, Skeleton, Tabs } from '@mantine/core';
import { useClipboard } from '@mantine/hooks';
import { IconCheck, IconHelpCircle, IconRoute2, IconTerminal2 } from '@tabler/icons-react';
import { Link } from 'wouter';
import { useMay, useSignedIn } from '../../api/session';
import { type RequestDetail, useRequest } from '../../api/traffic';
import { lastingOf, placeOf } from '../../lib/caused';
import { curl } from '../../lib/curl';
import { bytes, dateTime, duration } from '../../lib/format';
import { Copy } from '../../ui/Copy';
import { KeyValues } from '../../ui/KeyValues';
import { ProblemNote } from '../../ui/ProblemNote';
import { Tag } from '../../ui/signs';
import { statusTone } from '../../ui/tone';
import classes from './traffic.module.css';
import { WaterfallDrawing } from './WaterfallDrawing';

export function RequestDrawer({ id, close }: { id: string | null; close: () => void }) {
  return (
    <Drawer opened={id !== null} onClose={close} size={860} title="Request">
      {id ? <Detail key={id} id={id} /> : null}
    </Drawer>
  );
}

function Detail({ id }: { id: string }) {
  const { data, error, refetch } = useRequest(id);
  if (error) return <ProblemNote error={error} retry={() => void refetch()} />;
  if (!data) return <Skeleton height={420} aria-busy="true" />;
  return (
    <div className={classes.detail}>
      <div className={classes.line}>
        <Tag tone={statusTone(data.status)}>{data.status ?? 'no answer'}</Tag>
        <h2 className="mono">
          {data.method} {data.path}
          {data.query ? <span className="dim">?{data.query}</span> : null}
        </h2>
      </div>
      <div className={classes.actions}>
        <Copying request={data} />
        <Button
          component={Link}
          href={`/traffic?trace=${data.trace_id}`}
          variant="default"
          size="compact-sm"
          leftSection={<IconRoute2 size={15} />}
        >
          All of this trace
        </Button>
        <Why request={data} />
      </div>
      <WaterfallDrawing request={data} />
      <Caused request={data} />
      <KeyValues values={facts(data)} />
      <Tabs defaultValue="answer" keepMounted={false}>
        <Tabs.List>
          <Tabs.Tab value="answer">Answer</Tabs.Tab>
          <Tabs.Tab value="request">Request</Tabs.Tab>
        </Tabs.List>
        <Tabs.Panel value="answer" pt="md">
          <Message headers={data.response_headers} body={data.response_body} />
        </Tabs.Panel>
        <Tabs.Panel value="request" pt="md">
          <Message headers={data.request_headers} body={data.request_body} />
        </Tabs.Panel>
      </Tabs>
    </div>
  );
}

/** From a refusal to its reason: who asked, and the permission that they lacked. */
function Why({ request }: { request: RequestDetail }) {
  const { modules } = useSignedIn();
  const mayAsk = useMay('access:read') && modules.includes('access');
  const denied = request.causes.find(({ kind, detail }) => kind === 'guard' && detail === 'denied');
  if (!denied || request.actor_id === null || !mayAsk) return null;
  const asked = new URLSearchParams({ user: request.actor_id, permission: denied.name });
  return (
    <Button
      component={Link}
      href={`/access/why?${asked}`}
      size="compact-sm"
      leftSection={<IconHelpCircle size={15} />}
    >
      Why was this denied?
    </Button>
  );
}

/** What outlives the request: the way on to the events, jobs and mails that it left behind. */
function Caused({ request }: { request: RequestDetail }) {
  const { modules } = useSignedIn();
  const caused = lastingOf(request.causes);
  if (caused.length === 0) return null;
  return (
    <ul className={classes.caused} aria-label="What it caused">
      {caused.map((one, index) => {
        const words = `${one.kind} ${one.name}`;
        const href = placeOf(one, modules);
        return (
          // biome-ignore lint/suspicious/noArrayIndexKey: the causes of a finished request never move
          <li key={index}>
            <Tag tone="accent">{href ? <Link href={href}>{words}</Link> : words}</Tag>
          </li>
        );
      })}
    </ul>
  );
}

function Copying({ request }: { request: RequestDetail }) {
  const clipboard = useClipboard({ timeout: 1_500 });
  return (
    <Button
      variant="default"
      size="compact-sm"
      leftSection={clipboard.copied ? <IconCheck size={15} /> : <IconTerminal2 size={15} />}
      onClick={() => clipboard.copy(curl(request, window.location.origin))}
    >
      {clipboard.copied ? 'Copied' : 'Copy as curl'}
    </Button>
  );
}

function facts(request: RequestDetail): Record<string, React.ReactNode> {
  return {
    Started: dateTime(new Date(request.at)),
    Route: request.route ? (
      <span className="mono">{request.route}</span>
    ) : (
      <span className="dim">no route matched</span>
    ),
    Actor: request.actor ?? <span className="dim">nobody signed in</span>,
    Took: duration(request.duration_us),
    Sizes: `${bytes(request.request_bytes)} in, ${bytes(request.response_bytes)} out`,
    Error: request.error ? <span className="mono">{request.error}</span> : null,
    Abandoned: request.abandoned ? 'The client went away before the answer was complete' : null,
    Trace: <Copy text={request.trace_id} label="trace id" shown={request.trace_id} />,
    'Request id': <Copy text={request.request_id} label="request id" shown={request.request_id} />,
  };
}

function Message({ headers, body }: { headers: Record<string, string>; body: string | null }) {
  const names = Object.keys(headers).toSorted();
  return (
    <div className={classes.message}>
      {names.length ? (
        <KeyValues values={Object.fromEntries(names.map((name) => [name, headers[name]]))} />
      ) : (
        <p className="dim">No headers were kept.</p>
      )}
      {body ? <pre>{pretty(body)}</pre> : <p className="dim">No body was kept.</p>}
    </div>
  );
}

function pretty(body: string): string {
  try {
    return JSON.stringify(JSON.parse(body), null, 2);
  } catch {
    return body;
  }
}
