import { Select } from '@mantine/core';
import { IconArrowBackUp } from '@tabler/icons-react';
import { Link } from 'wouter';
import { type RefundLine, useRefunds } from '../../../api/payments';
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
import { Subject } from './PaymentsSection';
import own from './payments.module.css';

/** Money that went back, or is on its way, of all the organization's shops. */
export function RefundsSection({ shop }: { shop: Shop }) {
  const [search, change] = useAddress();
  const status = stateOf(WORDS.refund, search.get('status'));
  const refunds = useRefunds(status, search.get('cursor'));
  return (
    <>
      <search className={classes.few}>
        <Select
          aria-label="State"
          placeholder="Any state"
          clearable
          data={choices(WORDS.refund)}
          value={status}
          onChange={(value) => change({ status: value, cursor: null })}
        />
      </search>
      <Listed
        query={refunds}
        empty={
          <Empty
            icon={<IconArrowBackUp size={40} stroke={1.3} />}
            title={status ? 'No refund matches' : 'Nothing went back yet'}
          >
            Refunds are made at an order, for units of its lines, for shipping or as a gesture.
          </Empty>
        }
      >
        {(items) => <Table shop={shop} items={items} />}
      </Listed>
    </>
  );
}

function Table({ shop, items }: { shop: Shop; items: readonly RefundLine[] }) {
  return (
    <table className={`${uiClasses.table} ${parts.rows} ${own.refunds}`}>
      <thead>
        <tr>
          <th data-align="right">Amount</th>
          <th>State</th>
          <th>Why</th>
          <th>Of</th>
          <th>Payment</th>
          <th data-align="right">Asked for</th>
        </tr>
      </thead>
      <tbody>
        {items.map((one) => (
          <tr key={one.id}>
            <td data-cell="main" data-align="right">
              <b>{money(one.amount, one.currency)}</b>
            </td>
            <td data-cell="state">
              <State words={WORDS.refund} state={one.status} />
            </td>
            <td data-cell="line">
              {one.reason}
              {one.error ? <small>{one.error}</small> : null}
            </td>
            <td data-cell="second">
              <Subject shop={shop} kind={one.subject_kind} id={one.subject_id} />
            </td>
            <td data-cell="wide">
              <Link href={`/shop/${shop.slug}/payments?payment=${one.payment_id}`} className={classes.link}>
                its payment
              </Link>
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
