import type { Summary } from '../../../api/insights';
import { count, plural } from '../../../lib/format';
import { money } from '../../../lib/money';
import { changeOf, changeWords } from '../../../lib/periods';
import { Panel } from '../../../ui/Panel';
import parts from '../../../ui/parts.module.css';
import classes from './dashboard.module.css';

interface FigureProps {
  label: string;
  value: string;
  now: number;
  before: number;
  /** Whether more of it is worse. */
  worse?: boolean;
  note: string;
}

function Figure({ label, value, now, before, worse = false, note }: FigureProps) {
  const change = changeOf(now, before);
  const words = changeWords(now, before);
  const tone = !change ? 'rest' : change > 0 === worse ? 'bad' : 'good';
  return (
    <Panel className={parts.tile}>
      <h2>{label}</h2>
      <b>{value}</b>
      <small>
        {words ? (
          <span className={classes.change} data-tone={tone}>
            {words}
          </span>
        ) : null}{' '}
        {note}
      </small>
    </Panel>
  );
}

/** What matters of a period, each with how it was before. */
export function Tiles({ summary }: { summary: Summary }) {
  const { sales, previous, customers, previous_customers: earlier, currency } = summary;
  const share = (part: number, whole: number) => (whole === 0 ? 0 : Math.round((part / whole) * 100));
  return (
    <div className={`${parts.tiles} ${classes.tiles}`}>
      <Figure
        label="Net revenue"
        value={money(sales.net, currency)}
        now={sales.net}
        before={previous.net}
        note={`was ${money(previous.net, currency)}`}
      />
      <Figure
        label="Orders"
        value={count(sales.orders)}
        now={sales.orders}
        before={previous.orders}
        note={plural(sales.units, 'unit')}
      />
      <Figure
        label="Average order"
        value={money(sales.average, currency)}
        now={sales.average}
        before={previous.average}
        note={`was ${money(previous.average, currency)}`}
      />
      <Figure
        label="New customers"
        value={count(customers.new)}
        now={customers.new}
        before={earlier.new}
        note={`${share(customers.returning_orders, customers.orders)} % of orders by others`}
      />
      <Figure
        label="Refunds"
        value={money(sales.refunds, currency)}
        now={sales.refunds}
        before={previous.refunds}
        worse
        note={`of ${money(sales.total, currency)}`}
      />
      <Figure
        label="Discounts"
        value={money(sales.discounts, currency)}
        now={sales.discounts}
        before={previous.discounts}
        worse
        note={`${share(sales.coupon_orders, sales.orders)} % with a coupon`}
      />
    </div>
  );
}
