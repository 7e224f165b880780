import { Button, Skeleton } from '@mantine/core';
import { type Asked, useSummary } from '../../../api/insights';
import { useMay } from '../../../api/session';
import { count } from '../../../lib/format';
import { dayOf, lastDays, type Period, periodWords, stepFor, todayIn, wholeDay } from '../../../lib/periods';
import { useNow } from '../../../ui/Ago';
import { ProblemNote } from '../../../ui/ProblemNote';
import { useAddress } from '../../../ui/useAddress';
import { Cohorts } from './Cohorts';
import classes from './dashboard.module.css';
import { LowStock } from './LowStock';
import { PeriodBar } from './PeriodBar';
import { RecentOrders } from './RecentOrders';
import { RevenueChart } from './RevenueChart';
import { Statuses } from './Statuses';
import { Tiles } from './Tiles';
import { TopGoods } from './TopGoods';
import { TopRated } from './TopRated';

interface DashboardProps {
  shop: { slug: string; currency: string; currencies: readonly string[]; time_zone: string };
}

const USUAL = 30;

/** How a shop does: what it earned and how that compares, what sells, what runs out, who comes back. */
export function Dashboard({ shop }: DashboardProps) {
  const [search, change] = useAddress();
  const today = todayIn(shop.time_zone, useNow());
  const period = periodOf(search, today);
  const chosen = search.get('currency') ?? '';
  const currency = shop.currencies.includes(chosen) ? chosen : shop.currency;
  const asked: Asked = { shop: shop.slug, ...period, currency };
  const summary = useSummary(asked);
  const mayOrders = useMay('orders:read');
  const { data, error, refetch } = summary;
  const look = (next: Period) =>
    change({ since: next.since, until: next.until === today ? null : next.until });
  const bar = (
    <PeriodBar
      period={period}
      today={today}
      first={data?.first_day ?? null}
      look={look}
      currency={currency}
      currencies={shop.currencies}
      chooseCurrency={(next) => change({ currency: next === shop.currency ? null : next })}
    />
  );
  if (error && !data) {
    return (
      <>
        {bar}
        <ProblemNote error={error} retry={() => void refetch()} />
      </>
    );
  }
  if (!data) {
    return (
      <>
        {bar}
        <Skeleton height={640} radius={10} aria-busy="true" />
      </>
    );
  }
  const elsewhere = data.sales.orders === 0 && data.sales.refunds === 0 ? data.last_day : null;
  return (
    <>
      {bar}
      {data.counting ? (
        <p className={classes.note} role="status">
          Sums are being made from the first order on: {count(data.counting.counted)} of{' '}
          {count(data.counting.total)} orders.
        </p>
      ) : null}
      {elsewhere ? (
        <p className={classes.note} role="status">
          Nothing was sold in these days; the last sale was on {wholeDay(elsewhere)}.
          <Button variant="default" size="compact-xs" onClick={() => look(lastDays(elsewhere, 90))}>
            Look at that time
          </Button>
        </p>
      ) : null}
      <p className={classes.period}>
        {periodWords(data.period)} <span>compared with {periodWords(data.previous_period)}</span>
      </p>
      <Tiles summary={data} />
      <RevenueChart asked={asked} step={stepFor(period)} />
      <div className={classes.columns}>
        <div className={classes.stack}>
          <TopGoods asked={asked} />
          <Cohorts shop={shop.slug} until={period.until} />
        </div>
        <div className={classes.stack}>
          <LowStock shop={shop.slug} count={data.low_stock} />
          <TopRated shop={shop.slug} />
          <Statuses shop={shop.slug} statuses={data.statuses} />
          {mayOrders ? <RecentOrders shop={shop.slug} /> : null}
        </div>
      </div>
    </>
  );
}

/** As the address says it; else the last thirty days. */
function periodOf(search: URLSearchParams, today: string): Period {
  const until = dayOf(search.get('until')) ?? today;
  const since = dayOf(search.get('since'));
  return since !== null && since <= until ? { since, until } : lastDays(until, USUAL);
}
