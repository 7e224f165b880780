import { Link } from 'wouter';
import type { Order } from '../../../api/orders';
import type { Shop } from '../../../api/shops';
import { money } from '../../../lib/money';
import { Ago } from '../../../ui/Ago';
import parts from '../../../ui/blocks.module.css';
import { KeyValues } from '../../../ui/KeyValues';
import { Panel } from '../../../ui/Panel';
import { State } from '../State';
import classes from '../shop.module.css';
import { WORDS } from '../words';

/** What came, what went back, and through which payments. */
export function Moneys({ shop, order }: { shop: Shop; order: Order }) {
  const sum = (minor: number) => money(minor, order.currency);
  const held = order.paid - order.refunding - order.refunded;
  const due = order.total - held;
  const kept = due < 0 ? `${sum(-due)} more than it costs` : null;
  const open = order.status === 'canceled' || order.status === 'expired';
  return (
    <Panel className={parts.section}>
      <h2>Money</h2>
      <KeyValues
        values={{
          Came: sum(order.paid),
          'Going back': order.refunding > 0 ? sum(order.refunding) : null,
          'Went back': order.refunded > 0 ? sum(order.refunded) : null,
          'Is here': kept ? `${sum(held)}, ${kept}` : sum(held),
          'Still due': due > 0 && !open && order.refunds.length === 0 ? <b>{sum(due)}</b> : null,
        }}
      />
      {order.payments.length > 0 ? (
        <ul className={classes.small} aria-label="Payments">
          {order.payments.map((one) => (
            <li key={one.payment_id}>
              <Link href={`/shop/${shop.slug}/payments?payment=${one.payment_id}`} className={classes.link}>
                Payment of {sum(one.amount)}
              </Link>
              <span className="dim">
                {one.received > 0 ? `${sum(one.received)} came` : 'nothing came yet'}
                {one.refunding + one.refunded > 0 ? `, ${sum(one.refunding + one.refunded)} back` : ''}
              </span>
            </li>
          ))}
        </ul>
      ) : null}
      {order.refunds.length > 0 ? (
        <ul className={classes.small} aria-label="Refunds">
          {order.refunds.map((one) => (
            <li key={one.id}>
              <State words={WORDS.refund} state={one.state} />
              <b>{sum(one.amount)}</b>
              <span className="dim">
                {one.reason}
                {one.error ? ` (${one.error})` : ''}, <Ago time={one.at} />
              </span>
            </li>
          ))}
        </ul>
      ) : null}
    </Panel>
  );
}
