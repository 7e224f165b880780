import { Link } from 'wouter';
import type { Summary } from '../../../api/insights';
import { count } from '../../../lib/format';
import { Panel } from '../../../ui/Panel';
import classes from './dashboard.module.css';
import { STATUSES } from './words';

/** How many orders stand where, now. */
export function Statuses({ shop, statuses }: { shop: string; statuses: Summary['statuses'] }) {
  const known = STATUSES.filter(({ status }) => statuses[status]);
  if (known.length === 0) return null;
  return (
    <Panel className={classes.panel}>
      <header className={classes.head}>
        <h2>Orders now</h2>
      </header>
      <ul className={classes.statuses}>
        {known.map(({ status, label, tone }) => (
          <li key={status} data-tone={tone}>
            <Link href={`/shop/${shop}/orders?status=${status}`}>
              <b>{count(statuses[status] ?? 0)}</b> {label}
            </Link>
          </li>
        ))}
      </ul>
    </Panel>
  );
}
