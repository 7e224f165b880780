import { Button, Skeleton } from '@mantine/core';
import { IconPlayerPause, IconPlayerPlay, IconRipple } from '@tabler/icons-react';
import { useState } from 'react';
import { useLocation, useRoute, useSearchParams } from 'wouter';
import { NO_FILTER, type TrafficFilter, useLiveRequests, useRequests } from '../../api/traffic';
import { plural } from '../../lib/format';
import { Command } from '../../ui/Copy';
import { Empty } from '../../ui/Empty';
import { Page } from '../../ui/Page';
import { Panel } from '../../ui/Panel';
import { ProblemNote } from '../../ui/ProblemNote';
import { Live } from '../../ui/signs';
import { Filters } from './Filters';
import { RequestDrawer } from './RequestDrawer';
import { RequestTable } from './RequestTable';
import classes from './traffic.module.css';

export default function TrafficScreen() {
  const [search, setSearch] = useSearchParams();
  const filter = filterOf(search);
  const [paused, setPaused] = useState(false);
  const { data, error, refetch } = useRequests(filter);
  const { connection, skipped, forgetSkipped } = useLiveRequests(filter, paused);
  const [, params] = useRoute('/traffic/:id');
  const [, go] = useLocation();
  const words = search.toString() ? `?${search}` : '';

  function readAgain() {
    forgetSkipped();
    void refetch();
  }

  const narrowed = JSON.stringify(filter) !== JSON.stringify(NO_FILTER);
  return (
    <Page
      title="Traffic"
      lead="Every request as it ends, with everything it caused. Open one for its waterfall."
      actions={
        <>
          <Live connection={connection} />
          <Button
            variant="default"
            size="compact-md"
            leftSection={paused ? <IconPlayerPlay size={15} /> : <IconPlayerPause size={15} />}
            onClick={() => setPaused((was) => !was)}
          >
            {paused ? 'Resume' : 'Pause'}
          </Button>
        </>
      }
    >
      <Filters filter={filter} change={(next) => setSearch(searchOf(next), { replace: true })} />
      {error && !data ? <ProblemNote error={error} retry={() => void refetch()} /> : null}
      {!data && !error ? <Skeleton height={480} radius={10} aria-busy="true" /> : null}
      {data ? (
        <Panel>
          {skipped > 0 ? (
            <p className={classes.skipped} role="status">
              {plural(skipped, 'request')} came faster than this page could show.
              <Button variant="default" size="compact-xs" onClick={readAgain}>
                Read the list again
              </Button>
            </p>
          ) : null}
          {data.items.length ? (
            <RequestTable
              items={data.items}
              opened={params?.id ?? null}
              open={(id) => go(`/traffic/${id}${words}`)}
            />
          ) : narrowed ? (
            <Empty
              icon={<IconRipple size={40} stroke={1.3} />}
              title="No request matches"
              actions={
                <Button variant="default" onClick={() => setSearch('', { replace: true })}>
                  Show every request
                </Button>
              }
            >
              {filter.request || filter.trace
                ? 'It has not ended, was left out of the sample, or is too old for the log.'
                : 'New ones that match appear here as they end.'}
            </Empty>
          ) : (
            <Empty
              icon={<IconRipple size={40} stroke={1.3} />}
              title="Still water"
              actions={<Command text={`curl ${window.location.origin}/readyz`} />}
            >
              No request has been recorded yet. Send one and watch it arrive.
            </Empty>
          )}
        </Panel>
      ) : null}
      <RequestDrawer id={params?.id ?? null} close={() => go(`/traffic${words}`)} />
    </Page>
  );
}

function filterOf(search: URLSearchParams): TrafficFilter {
  const slower = Number(search.get('slower'));
  return {
    method: search.get('method'),
    status: search.get('status'),
    path: search.get('path') ?? '',
    actor: search.get('actor') ?? '',
    slower: Number.isFinite(slower) && slower > 0 ? slower : null,
    trace: search.get('trace') ?? '',
    request: search.get('request') ?? '',
  };
}

/** The filter as the address says it, so that a link shows the same list. */
function searchOf(filter: TrafficFilter): URLSearchParams {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(filter)) {
    if (value !== null && value !== '') search.set(name, String(value));
  }
  return search;
}
