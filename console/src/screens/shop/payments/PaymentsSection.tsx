import { Button, Drawer, Select } from '@mantine/core';
import { IconCreditCard } from '@tabler/icons-react';
import { Link } from 'wouter';
import { type Payment, type PaymentFilter, usePayments } from '../../../api/payments';
import type { Shop } from '../../../api/shops';
import { money } from '../../../lib/money';
import { Ago } from '../../../ui/Ago';
import parts from '../../../ui/blocks.module.css';
import { Empty } from '../../../ui/Empty';
import uiClasses from '../../../ui/ui.module.css';
import { useAddress } from '../../../ui/useAddress';
import { Listed } from '../Listed';
import { State } from '../State';
import classes from '../shop.module.css';
import { choices, stateOf, WORDS } from '../words';
import { Books } from './Books';
import { PaymentDetail } from './PaymentDetail';
import own from './payments.module.css';

/** Money that was asked for, of all the organization's shops. */
export function PaymentsSection({ shop }: { shop: Shop }) {
  const [search, change] = useAddress();
  const filter: PaymentFilter = {
    status: stateOf(WORDS.payment, search.get('status')),
    subject: search.get('subject'),
    cursor: search.get('cursor'),
  };
  const payments = usePayments(filter);
  const opened = search.get('payment');
  return (
    <>
      <Books />
      <search className={classes.few}>
        <Select
          aria-label="State"
          placeholder="Any state"
          clearable
          data={choices(WORDS.payment)}
          value={filter.status}
          onChange={(status) => change({ status, cursor: null })}
        />
        {filter.subject ? (
          <Button variant="light" onClick={() => change({ subject: null, cursor: null })}>
            Of one order ✕
          </Button>
        ) : null}
      </search>
      <Listed
        query={payments}
        empty={
          <Empty
            icon={<IconCreditCard size={40} stroke={1.3} />}
            title={filter.status ? 'No payment matches' : 'No money was asked for yet'}
          >
            A payment appears here as soon as an order is placed.
          </Empty>
        }
      >
        {(items) => (
          <Table shop={shop} items={items} opened={opened} open={(payment) => change({ payment })} />
        )}
      </Listed>
      <Drawer opened={opened !== null} onClose={() => change({ payment: null })} size={720} title="Payment">
        {opened ? <PaymentDetail key={opened} shop={shop} id={opened} /> : null}
      </Drawer>
    </>
  );
}

interface TableProps {
  shop: Shop;
  items: readonly Payment[];
  opened: string | null;
  open: (id: string) => void;
}

function Table({ shop, items, opened, open }: TableProps) {
  return (
    <table className={`${uiClasses.table} ${parts.rows} ${own.payments}`}>
      <thead>
        <tr>
          <th>Payment</th>
          <th>State</th>
          <th>For</th>
          <th>Provider</th>
          <th data-align="right">Amount</th>
          <th data-align="right">Asked for</th>
        </tr>
      </thead>
      <tbody>
        {items.map((one) => (
          <tr key={one.id} data-opened={one.id === opened}>
            <td data-cell="main">
              <button type="button" className={`${parts.open} truncate`} onClick={() => open(one.id)}>
                {one.description}
                <small className="truncate">{one.customer_email}</small>
              </button>
            </td>
            <td data-cell="state">
              <State words={WORDS.payment} state={one.status} />
            </td>
            <td data-cell="line">
              <Subject shop={shop} kind={one.subject_kind} id={one.subject_id} />
            </td>
            <td data-cell="wide">{one.provider}</td>
            <td data-cell="second" data-align="right">
              <b>{money(one.amount, one.currency)}</b>
              {one.refunded + one.refunding > 0 ? (
                <small>−{money(one.refunded + one.refunding, one.currency)} back</small>
              ) : null}
            </td>
            <td data-cell="action" data-align="right" className="dim">
              <Ago time={one.created_at} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** What a payment is for; an order of the shop can be opened. */
export function Subject({ shop, kind, id }: { shop: Shop; kind: string; id: string }) {
  if (kind === 'order' && UUID.test(id)) {
    return (
      <Link href={`/shop/${shop.slug}/orders/${id}`} className={classes.link}>
        the order
      </Link>
    );
  }
  return (
    <span className="truncate">
      {kind} <span className="mono">{id}</span>
    </span>
  );
}
