import { Skeleton } from '@mantine/core';
import { IconUsers } from '@tabler/icons-react';
import { type Cohort, useCohorts } from '../../../api/insights';
import { count, plural } from '../../../lib/format';
import { monthName } from '../../../lib/periods';
import { Empty } from '../../../ui/Empty';
import { Panel } from '../../../ui/Panel';
import { ProblemNote } from '../../../ui/ProblemNote';
import charts from './charts.module.css';
import classes from './dashboard.module.css';

/** Of the customers of a month, how many came back in the months after it. */
export function Cohorts({ shop, until }: { shop: string; until: string }) {
  const { data, error, refetch } = useCohorts(shop, until);
  const most = Math.max(0, ...(data?.cohorts.map(({ active }) => active.length) ?? []));
  return (
    <Panel className={classes.panel}>
      <header className={classes.head}>
        <h2>Who comes back</h2>
        <small>by the month of the first order</small>
      </header>
      {error && !data ? <ProblemNote error={error} retry={() => void refetch()} /> : null}
      {!data && !error ? <Skeleton height={280} radius={8} aria-busy="true" /> : null}
      {data && data.cohorts.length === 0 ? (
        <Empty icon={<IconUsers size={40} stroke={1.3} />} title="Nobody new in twelve months">
          A line for every month: who bought for the first time in it, and who of them came back.
        </Empty>
      ) : null}
      {data && data.cohorts.length > 0 ? (
        <div className={charts.heat}>
          <table>
            <thead>
              <tr>
                <th scope="col">Month</th>
                <th scope="col">New</th>
                {Array.from({ length: most - 1 }, (_, month) => (
                  // biome-ignore lint/suspicious/noArrayIndexKey: a column is how many months later it is
                  <th key={month} scope="col" title={`${plural(month + 1, 'month')} later`}>
                    +{month + 1}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {data.cohorts.map((cohort) => (
                <Row key={cohort.month} cohort={cohort} />
              ))}
            </tbody>
          </table>
        </div>
      ) : null}
    </Panel>
  );
}

function Row({ cohort }: { cohort: Cohort }) {
  return (
    <tr>
      <th scope="row">{monthName(cohort.month)}</th>
      <td>{count(cohort.customers)}</td>
      {cohort.active.slice(1).map((active, month) => {
        const share = cohort.customers > 0 ? active / cohort.customers : 0;
        return (
          <td
            // biome-ignore lint/suspicious/noArrayIndexKey: a column is how many months later it is
            key={month}
            data-heat="true"
            style={{ '--heat': `${Math.round(Math.sqrt(share) * 70)}%` } as React.CSSProperties}
            title={`${count(active)} of ${plural(cohort.customers, 'customer')}, ${plural(
              cohort.orders[month + 1] ?? 0,
              'order',
            )}`}
          >
            {active > 0 ? `${Math.round(share * 100)} %` : '·'}
          </td>
        );
      })}
    </tr>
  );
}
