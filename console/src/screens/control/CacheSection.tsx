import { Skeleton } from '@mantine/core';
import { IconDatabaseOff, IconStack3 } from '@tabler/icons-react';
import { type CacheView, type KindCounts, useCache, useInvalidations } from '../../api/cache';
import { useMay } from '../../api/session';
import { bytes, count, plural } from '../../lib/format';
import { hitsOf, rateOf, share } from '../../lib/hits';
import { Ago } from '../../ui/Ago';
import parts from '../../ui/blocks.module.css';
import { Empty } from '../../ui/Empty';
import { Pager } from '../../ui/Pager';
import { Panel } from '../../ui/Panel';
import { ProblemNote } from '../../ui/ProblemNote';
import tiles from '../../ui/parts.module.css';
import { Tag } from '../../ui/signs';
import { Tile } from '../../ui/Tile';
import uiClasses from '../../ui/ui.module.css';
import { useAddress } from '../../ui/useAddress';
import { useNames } from '../access/names';
import classes from './control.module.css';
import limits from './limits.module.css';
import { PurgeButton } from './PurgeButton';

/** How the cache does: how often it answers, what it holds, what was forgotten and by whom. */
export function CacheSection() {
  const { data, error, refetch } = useCache();
  if (error && !data) return <ProblemNote error={error} retry={() => void refetch()} />;
  if (!data) return <Skeleton height={420} radius={10} aria-busy="true" />;
  return (
    <div className={parts.stack}>
      <Tiles cache={data} />
      <Kinds kinds={data.kinds} />
      <Invalidations />
    </div>
  );
}

function Tiles({ cache: { store, kinds, processes } }: { cache: CacheView }) {
  const { asked, hits } = hitsOf(kinds.map(({ counts }) => counts));
  return (
    <div className={tiles.tiles}>
      <Tile
        label="Hit rate"
        value={asked ? share(hits / asked) : 'none yet'}
        note={`of ${plural(asked, 'question')} since ${processes === 1 ? 'the process' : 'the processes'} began`}
      />
      <Tile
        label="Entries"
        value={store.entries === null ? 'not told' : count(store.entries)}
        note="kept now"
      />
      <Tile
        label="Size"
        value={store.bytes === null ? 'not told' : bytes(store.bytes)}
        note={store.limit === null ? 'no limit of ours' : `of ${bytes(store.limit)}`}
      />
      <Tile
        label="Evicted"
        value={store.evictions === null ? 'not told' : count(store.evictions)}
        note="to make room"
      />
      <Tile
        label="Kept in"
        value={store.engine === 'redis' ? 'Redis' : 'Memory'}
        tone={store.available ? 'good' : 'bad'}
        note={
          store.available
            ? store.engine === 'redis'
              ? `shared by ${plural(processes, 'process', 'processes')}`
              : processes === 1
                ? 'by this process alone'
                : `${count(processes)} processes, each its own`
            : 'does not answer: values are computed each time'
        }
      />
    </div>
  );
}

function Kinds({ kinds }: { kinds: readonly KindCounts[] }) {
  return (
    <section className={classes.group} aria-label="Kinds of values">
      <header>
        <h2>Kinds of values</h2>
      </header>
      <Panel>
        {kinds.length ? (
          <table className={`${uiClasses.table} ${parts.rows} ${limits.kinds}`}>
            <thead>
              <tr>
                <th>Kind</th>
                <th>Hit rate</th>
                <th data-align="right">Hits</th>
                <th data-align="right">Stale</th>
                <th data-align="right">Misses</th>
                <th data-align="right">Computed</th>
                <th data-align="right">Discarded</th>
                <th data-align="right">Failed</th>
              </tr>
            </thead>
            <tbody>
              {kinds.map((kind) => (
                <Kind key={kind.kind} kind={kind} />
              ))}
            </tbody>
          </table>
        ) : (
          <Empty icon={<IconStack3 size={40} stroke={1.3} />} title="Nothing has been asked for yet">
            A kind of value appears with the first question for one.
          </Empty>
        )}
      </Panel>
    </section>
  );
}

function Kind({ kind: { kind, hit_rate, counts } }: { kind: KindCounts }) {
  const figure = (name: string, value: number, note?: string | null) => (
    <td data-cell="second" data-name={name} data-align="right">
      {value ? count(value) : <span className="dim">0</span>}
      {note ? <small>{note}</small> : null}
    </td>
  );
  return (
    <tr>
      <td data-cell="main" className="mono">
        {kind}
      </td>
      <td data-cell="line">
        {hit_rate === null ? (
          <span className="dim">not asked for</span>
        ) : (
          <span className={limits.meter}>
            <meter aria-label={`Hit rate of ${kind}`} min={0} max={1} value={rateOf(hit_rate)} />
            {share(hit_rate)}
          </span>
        )}
      </td>
      {figure('hits', counts.hits)}
      {figure(
        'stale',
        counts.stale + counts.rescued,
        counts.rescued ? `${count(counts.rescued)} rescued` : null,
      )}
      {figure('misses', counts.misses, waited(counts.joined + counts.shared))}
      {figure('computed', counts.fills, counts.early ? `${count(counts.early)} early` : null)}
      {figure('discarded', counts.discarded)}
      <td data-cell="second" data-name="failed" data-align="right" className={limits.refused}>
        <span data-some={counts.failed > 0}>{count(counts.failed)}</span>
      </td>
    </tr>
  );
}

function waited(others: number): string | null {
  return others ? `${count(others)} waited for another` : null;
}

function Invalidations() {
  const [search, change] = useAddress();
  const cursor = search.get('cursor');
  const { data, error, refetch } = useInvalidations(cursor);
  const mayPurge = useMay('cache:purge');
  const nameOf = useNames();
  return (
    <section className={classes.group} aria-label="Invalidations">
      <header>
        <h2>Invalidations</h2>
        <span className="dim">of your organization, within the last hour</span>
        {mayPurge ? <PurgeButton /> : null}
      </header>
      {error && !data ? <ProblemNote error={error} retry={() => void refetch()} /> : null}
      {data ? (
        <Panel>
          {data.items.length ? (
            <table className={`${uiClasses.table} ${parts.rows}`}>
              <thead>
                <tr>
                  <th>Tag</th>
                  <th>By</th>
                  <th data-align="right">Revision</th>
                  <th data-align="right">When</th>
                </tr>
              </thead>
              <tbody>
                {data.items.map((one) => (
                  <tr key={one.revision}>
                    <td data-cell="main">
                      <Tag>{one.tag}</Tag>
                    </td>
                    <td data-cell="second">{nameOf(one.actor_id)}</td>
                    <td data-cell="second" data-name="revision" data-align="right" className="dim">
                      {count(one.revision)}
                    </td>
                    <td data-cell="state" data-align="right" className="dim">
                      <Ago time={one.at} />
                    </td>
                  </tr>
                ))}
              </tbody>
            </table>
          ) : (
            <Empty icon={<IconDatabaseOff size={40} stroke={1.3} />} title="Nothing was invalidated">
              Tags appear here with the commit that invalidates them.
            </Empty>
          )}
          <Pager
            first={cursor === null}
            previous={data.previous_cursor}
            next={data.next_cursor}
            turn={(next) => change({ cursor: next })}
          />
        </Panel>
      ) : null}
    </section>
  );
}
