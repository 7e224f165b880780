import { Skeleton } from '@mantine/core';
import { Link } from 'wouter';
import { useRecentOrders } from '../../../api/insights';
import { money } from '../../../lib/money';
import { Ago } from '../../../ui/Ago';
import { Panel } from '../../../ui/Panel';
import { ProblemNote } from '../../../ui/ProblemNote';
import { Tag } from '../../../ui/signs';
import classes from './dashboard.module.css';
import { STATUSES } from './words';

/** The newest orders, each leading to all of it. */
export function RecentOrders({ shop }: { shop: string }) {
  const { data, error, refetch } = useRecentOrders(shop, true);
  return (
    <Panel className={classes.panel}>
      <header className={classes.head}>
        <h2>Newest orders</h2>
        <Link href={`/shop/${shop}/orders`}>All</Link>
      </header>
      {error && !data ? <ProblemNote error={error} retry={() => void refetch()} /> : null}
      {!data && !error ? <Skeleton height={200} radius={8} aria-busy="true" /> : null}
      {data?.length === 0 ? <p className={classes.nothing}>Nobody has ordered yet.</p> : null}
      <ul className={classes.lines}>
        {data?.map((order) => {
          const words = STATUSES.find(({ status }) => status === order.status);
          return (
            <li key={order.id}>
              <span className={classes.words}>
                <Link className="truncate" href={`/shop/${shop}/orders/${order.id}`}>
                  {order.number}
                </Link>
                <small className="truncate">
                  <Ago time={order.placed_at} /> · {order.email}
                </small>
              </span>
              <span className={classes.amount}>
                {money(order.total, order.currency)}
                <Tag tone={words?.tone}>{words?.label ?? order.status}</Tag>
              </span>
            </li>
          );
        })}
      </ul>
    </Panel>
  );
}
