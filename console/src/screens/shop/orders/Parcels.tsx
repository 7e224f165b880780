import { Button } from '@mantine/core';
import { type Fulfilment, type Order, useDeliver } from '../../../api/orders';
import { useMay } from '../../../api/session';
import type { Shop } from '../../../api/shops';
import { plural } from '../../../lib/format';
import { Ago } from '../../../ui/Ago';
import { act } from '../../../ui/act';
import parts from '../../../ui/blocks.module.css';
import { Panel } from '../../../ui/Panel';
import { Tag } from '../../../ui/signs';
import { tellProblem } from '../../../ui/toasts';
import classes from '../shop.module.css';

/** What left, what arrived, and what came back. */
export function Parcels({ shop, order, past }: { shop: Shop; order: Order; past: boolean }) {
  if (order.fulfilments.length + order.returns.length === 0) return null;
  return (
    <Panel className={parts.section}>
      <h2>Parcels and returns</h2>
      <ul className={classes.small} aria-label="Parcels">
        {order.fulfilments.map((parcel) => (
          <li key={parcel.id}>
            {parcel.delivered_at ? <Tag tone="good">Arrived</Tag> : <Tag tone="accent">Under way</Tag>}
            <b>{contents(order, parcel.lines)}</b>
            <span className="dim">
              <Tracking parcel={parcel} /> sent <Ago time={parcel.at} />
            </span>
            {parcel.delivered_at || past ? null : <Deliver shop={shop} order={order} parcel={parcel} />}
          </li>
        ))}
        {order.returns.map((back) => (
          <li key={back.id}>
            <Tag tone="warn">Came back</Tag>
            <b>{contents(order, back.lines)}</b>
            <span className="dim">
              {back.reason}; {plural(total(back.restocked), 'unit')} into stock again, <Ago time={back.at} />
            </span>
          </li>
        ))}
      </ul>
    </Panel>
  );
}

function Tracking({ parcel }: { parcel: Fulfilment }) {
  const words = [parcel.carrier, parcel.tracking_number].filter(Boolean).join(' ');
  if (!words) return null;
  if (!parcel.tracking_url) return `${words},`;
  return (
    <>
      <a href={parcel.tracking_url} target="_blank" rel="noreferrer noopener" className={classes.link}>
        {words}
      </a>
      ,
    </>
  );
}

function Deliver({ shop, order, parcel }: { shop: Shop; order: Order; parcel: Fulfilment }) {
  const deliver = useDeliver(shop.slug);
  if (!useMay('orders:change')) return null;
  return (
    <Button
      size="compact-xs"
      variant="default"
      loading={deliver.isPending}
      onClick={() =>
        act(deliver, { order, given: parcel.id }, { told: 'It is noted as arrived', failed: tellProblem })
      }
    >
      It arrived
    </Button>
  );
}

type Lines = readonly { line_id: string; quantity: number }[];

function contents(order: Order, lines: Lines): string {
  return lines
    .map(({ line_id, quantity }) => {
      const line = order.lines.find(({ id }) => id === line_id);
      return `${quantity} × ${line?.title ?? line_id}`;
    })
    .join(', ');
}

function total(lines: Lines): number {
  return lines.reduce((all, line) => all + line.quantity, 0);
}
