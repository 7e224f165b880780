import { Skeleton } from '@mantine/core';
import { Link } from 'wouter';
import { type LowItem, useLowStock } from '../../../api/insights';
import { count, plural } from '../../../lib/format';
import { Panel } from '../../../ui/Panel';
import { ProblemNote } from '../../../ui/ProblemNote';
import { Tag } from '../../../ui/signs';
import classes from './dashboard.module.css';

/** What is at or below its threshold, and how long it lasts. */
export function LowStock({ shop, count: all }: { shop: string; count: number }) {
  const { data, error, refetch } = useLowStock(shop);
  return (
    <Panel className={classes.panel}>
      <header className={classes.head}>
        <h2>Runs out</h2>
        {all > 0 ? <Link href={`/shop/${shop}/stock?state=low`}>{plural(all, 'level')} low</Link> : null}
      </header>
      {error && !data ? <ProblemNote error={error} retry={() => void refetch()} /> : null}
      {!data && !error ? <Skeleton height={120} radius={8} aria-busy="true" /> : null}
      {data?.length === 0 ? <p className={classes.nothing}>There is enough of everything.</p> : null}
      <ul className={classes.lines}>
        {data?.map((item) => (
          <li key={item.level_id}>
            <span className={classes.words}>
              <b className="truncate">{item.title ?? 'Not in the catalogue any more'}</b>
              <small className="truncate">{lasting(item)}</small>
            </span>
            <Tag tone={item.available > 0 ? 'warn' : 'bad'}>
              {item.available > 0 ? `${count(item.available)} left` : 'None left'}
            </Tag>
          </li>
        ))}
      </ul>
    </Panel>
  );
}

function lasting(item: LowItem): string {
  const name = item.sku ? `${item.sku} · ` : '';
  if (item.days_left === null) return `${name}none sold in 30 days`;
  return `${name}${count(item.sold)} sold in 30 days, lasts ${plural(item.days_left, 'day')}`;
}
