import { Button, Skeleton } from '@mantine/core';
import { IconArrowLeft, IconHistory } from '@tabler/icons-react';
import { Link } from 'wouter';
import { type Order, useOrder, useOrderAsOf } from '../../../api/orders';
import type { Shop } from '../../../api/shops';
import { dateTime } from '../../../lib/format';
import { Ago } from '../../../ui/Ago';
import parts from '../../../ui/blocks.module.css';
import { Copy } from '../../../ui/Copy';
import { KeyValues } from '../../../ui/KeyValues';
import { Panel } from '../../../ui/Panel';
import { ProblemNote } from '../../../ui/ProblemNote';
import { useAddress } from '../../../ui/useAddress';
import { State } from '../State';
import classes from '../shop.module.css';
import { WORDS } from '../words';
import { Moneys } from './Moneys';
import { OrderActions } from './OrderActions';
import { OrderLines } from './OrderLines';
import { OrderTimeline } from './OrderTimeline';
import own from './orders.module.css';
import { Parcels } from './Parcels';
import { Waterfall } from './Waterfall';

/** One order, whole: now, or as it was at any moment of its life. */
export function OrderPage({ shop, id }: { shop: Shop; id: string }) {
  const [search, change] = useAddress();
  const at = search.get('at');
  const { data: now, error, refetch } = useOrder(shop.slug, id);
  const then = useOrderAsOf(shop.slug, id, at);
  if (error && !now) return <ProblemNote error={error} retry={() => void refetch()} />;
  if (!now) return <Skeleton height={520} radius={10} aria-busy="true" />;
  const order = at === null ? now : (then.data ?? now);
  const look = (moment: string | null) => change({ at: moment });
  return (
    <div className={parts.stack}>
      <header className={classes.head}>
        <Link href={`/shop/${shop.slug}/orders`} className={classes.back} aria-label="All orders">
          <IconArrowLeft size={18} />
        </Link>
        <h2 className="mono">{order.number}</h2>
        <State words={WORDS.order} state={order.status} />
        <State words={WORDS.money} state={order.money} />
        <span className="dim">
          placed <Ago time={order.placed_at} />
        </span>
      </header>
      {at === null ? <OrderActions shop={shop} order={now} /> : <Past at={at} look={look} />}
      {then.error && at !== null ? <ProblemNote error={then.error} /> : null}
      <div className={own.columns}>
        <div className={parts.stack}>
          <Panel>
            <OrderLines order={order} />
          </Panel>
          <Panel className={parts.section}>
            <h2>How the total came to be</h2>
            <Waterfall
              label="How the total came to be"
              order={order}
              steps={order.steps}
              total={order.total}
            />
          </Panel>
          <Moneys shop={shop} order={order} />
          <Parcels shop={shop} order={order} past={at !== null} />
        </div>
        <div className={parts.stack}>
          <Panel className={parts.section}>
            <h2>What happened</h2>
            <OrderTimeline shop={shop} order={now} at={at} look={look} />
          </Panel>
          <Panel className={parts.section}>
            <h2>Customer</h2>
            <Customer order={order} />
          </Panel>
        </div>
      </div>
    </div>
  );
}

function Past({ at, look }: { at: string; look: (at: string | null) => void }) {
  return (
    <div className={own.past} role="status">
      <IconHistory size={18} aria-hidden />
      <span>
        As it was on <b>{dateTime(new Date(at))}</b>, made again from its events.
      </span>
      <Button size="compact-sm" variant="light" onClick={() => look(null)}>
        Back to now
      </Button>
    </div>
  );
}

function Customer({ order }: { order: Order }) {
  return (
    <KeyValues
      values={{
        Mail: <Copy text={order.email} label="mail address" shown={order.email} />,
        'Ships to': addressOf(order.shipping_address),
        'Billed to':
          JSON.stringify(order.billing_address) === JSON.stringify(order.shipping_address)
            ? null
            : addressOf(order.billing_address),
        'Sent by': order.shipping_name,
        Wrote: order.note || null,
        'Pays until': order.status === 'pending' ? dateTime(new Date(order.expires_at)) : null,
        Ended: order.ended_at
          ? `${dateTime(new Date(order.ended_at))}: ${order.end_reason ?? 'expired'}`
          : null,
      }}
    />
  );
}

function addressOf(address: Order['shipping_address']): React.ReactNode {
  if (!address) return null;
  const { name, company, line1, line2, postal_code, city, region, country, phone } = address;
  const lines = [
    name,
    company,
    line1,
    line2,
    [postal_code, city].filter(Boolean).join(' '),
    region,
    country,
    phone,
  ];
  return lines.filter(Boolean).map((line, index) => (
    // biome-ignore lint/suspicious/noArrayIndexKey: a line of an address is its place
    <div key={index}>{line}</div>
  ));
}
