import { SegmentedControl, Skeleton } from '@mantine/core';
import { IconTrophy } from '@tabler/icons-react';
import { useState } from 'react';
import { Link } from 'wouter';
import { type Asked, useTop } from '../../../api/insights';
import { count, plural } from '../../../lib/format';
import { money } from '../../../lib/money';
import { Empty } from '../../../ui/Empty';
import { Panel } from '../../../ui/Panel';
import { ProblemNote } from '../../../ui/ProblemNote';
import classes from './dashboard.module.css';

const BY = [
  { value: 'revenue', label: 'Revenue' },
  { value: 'units', label: 'Units' },
];

/** What sold best in these days, each with its part of the best one. */
export function TopGoods({ asked }: { asked: Asked }) {
  const [by, setBy] = useState<'revenue' | 'units'>('revenue');
  const { data, error, refetch } = useTop(asked, by);
  const most = Math.max(1, ...(data?.items.map((item) => item[by]) ?? []));
  return (
    <Panel className={classes.panel}>
      <header className={classes.head}>
        <h2>Best sellers</h2>
        <SegmentedControl
          aria-label="Ranked by"
          size="xs"
          data={BY}
          value={by}
          onChange={(next) => setBy(next as typeof by)}
        />
      </header>
      {error && !data ? <ProblemNote error={error} retry={() => void refetch()} /> : null}
      {!data && !error ? <Skeleton height={280} radius={8} aria-busy="true" /> : null}
      {data && data.items.length === 0 ? (
        <Empty icon={<IconTrophy size={40} stroke={1.3} />} title="Nothing was sold">
          What sells best in these days is ranked here.
        </Empty>
      ) : null}
      <ol className={classes.ranks}>
        {data?.items.map((item) => (
          <li key={item.product_id}>
            <Link className="truncate" href={`/shop/${asked.shop}/products/${item.product_id}`}>
              {item.title}
            </Link>
            <span className="nowrap">
              {by === 'revenue' ? money(item.revenue, data.currency) : plural(item.units, 'unit')}
            </span>
            <i style={{ width: `${Math.max(0, (item[by] / most) * 100)}%` }} aria-hidden="true" />
            <small>
              {by === 'revenue' ? `${count(item.units)} sold` : money(item.revenue, data.currency)}
            </small>
          </li>
        ))}
      </ol>
    </Panel>
  );
}
