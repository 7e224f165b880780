import { Button, Select } from '@mantine/core';
import { IconFlask } from '@tabler/icons-react';
import { useState } from 'react';
import { type NewCoupon, type Simulation, type SimulationReport, useSimulate } from '../../../api/coupons';
import { useMay } from '../../../api/session';
import type { Shop } from '../../../api/shops';
import { count, plural } from '../../../lib/format';
import { money } from '../../../lib/money';
import parts from '../../../ui/blocks.module.css';
import { ProblemNote } from '../../../ui/ProblemNote';
import classes from '../shop.module.css';
import own from './coupons.module.css';
import { refusalWords } from './words';

const SPANS = [
  { value: '7', label: 'last week' },
  { value: '30', label: 'last 30 days' },
  { value: '90', label: 'last 90 days' },
  { value: '365', label: 'last year' },
];

/** What a draft would have done to the orders of the past; nothing is kept. */
export function Simulator({ shop, coupon }: { shop: Shop; coupon: NewCoupon | null }) {
  const [days, setDays] = useState('30');
  const [tried, setTried] = useState('');
  const simulate = useSimulate(shop.slug);
  if (!useMay('orders:read')) return null;
  const wanted = JSON.stringify([coupon, days]);
  // What is shown is of the draft that was tried, and not of what was typed since.
  const stale = simulate.data !== undefined && tried !== wanted;
  return (
    <section className={own.simulator} aria-label="Simulator">
      <header>
        <b>On past orders</b>
        <span className="dim">what it would have taken off, under its limits</span>
      </header>
      <div className={parts.actions}>
        <Select
          aria-label="Orders of"
          allowDeselect={false}
          data={SPANS}
          value={days}
          onChange={(value) => setDays(value ?? days)}
        />
        <Button
          variant="default"
          leftSection={<IconFlask size={16} />}
          loading={simulate.isPending}
          disabled={!coupon}
          onClick={() => {
            if (!coupon) return;
            simulate.mutate({ coupon, days: Number(days) }, { onSuccess: () => setTried(wanted) });
          }}
        >
          {stale ? 'Simulate again' : 'Simulate'}
        </Button>
      </div>
      {simulate.error ? <ProblemNote error={simulate.error} /> : null}
      {simulate.data ? <Report report={simulate.data} stale={stale} /> : null}
    </section>
  );
}

function Report({ report, stale }: { report: SimulationReport; stale: boolean }) {
  return (
    <div className={own.report} data-stale={stale} role="status">
      {report.orders === 0 ? <p>Nothing was ordered in this time.</p> : null}
      {report.currencies.map((one) => (
        <OneCurrency key={one.currency} one={one} />
      ))}
      {report.all_of_them ? null : (
        <p className="dim">There were more: these are the newest {count(report.orders)} orders.</p>
      )}
    </div>
  );
}

function OneCurrency({ one }: { one: Simulation }) {
  const share = one.orders > 0 ? one.used / one.orders : 0;
  const refused = Object.entries(one.refused).toSorted(([, a], [, b]) => b - a);
  return (
    <div>
      <dl className={classes.figures}>
        <div>
          <dt>Used in</dt>
          <dd>
            {count(one.used)} <small>of {plural(one.orders, 'order')}</small>
          </dd>
        </div>
        <div>
          <dt>Would have cost</dt>
          <dd>{money(one.discount, one.currency)}</dd>
        </div>
        <div>
          <dt>Of their goods</dt>
          <dd>
            {one.subtotal > 0 ? `${((one.discount / one.subtotal) * 100).toFixed(1)} %` : '0 %'}
            <small> of {money(one.subtotal, one.currency)}</small>
          </dd>
        </div>
      </dl>
      <span className={own.meter} aria-hidden>
        <span style={{ width: `${share * 100}%` }} />
      </span>
      {refused.length > 0 ? (
        <ul className={own.refused}>
          {refused.map(([reason, orders]) => (
            <li key={reason}>
              <b>{count(orders)}</b> {refusalWords(reason)}
            </li>
          ))}
        </ul>
      ) : null}
    </div>
  );
}
