import { Button, Drawer, SegmentedControl } from '@mantine/core';
import { IconDiscount, IconPlus } from '@tabler/icons-react';
import { useState } from 'react';
import { type Coupon, useCoupons } from '../../../api/coupons';
import { useMay } from '../../../api/session';
import type { Shop } from '../../../api/shops';
import { count, dateTime } from '../../../lib/format';
import { useNow } from '../../../ui/Ago';
import parts from '../../../ui/blocks.module.css';
import { Empty } from '../../../ui/Empty';
import uiClasses from '../../../ui/ui.module.css';
import { useAddress } from '../../../ui/useAddress';
import { Listed } from '../Listed';
import { State } from '../State';
import { CouponDetail } from './CouponDetail';
import { CouponForm } from './CouponForm';
import own from './coupons.module.css';
import { offWords, STANDING, standingOf, termsOf } from './words';

/** What may be taken off, for whom and how often; each draft can be tried on past orders first. */
export function CouponsSection({ shop }: { shop: Shop }) {
  const [search, change] = useAddress();
  const [making, setMaking] = useState(false);
  const which = search.get('which');
  const coupons = useCoupons(shop.slug, which === null ? null : which === 'automatic', search.get('cursor'));
  const mayManage = useMay('coupons:manage');
  const opened = coupons.data?.items.find(({ id }) => id === search.get('coupon')) ?? null;
  return (
    <>
      <div className={own.bar}>
        <SegmentedControl
          aria-label="Which"
          data={[
            { value: '', label: 'All' },
            { value: 'codes', label: 'With codes' },
            { value: 'automatic', label: 'Automatic' },
          ]}
          value={which ?? ''}
          onChange={(value) => change({ which: value, cursor: null })}
        />
        {mayManage ? (
          <Button leftSection={<IconPlus size={16} />} onClick={() => setMaking(true)}>
            Make a coupon
          </Button>
        ) : null}
      </div>
      <Listed
        query={coupons}
        empty={
          <Empty icon={<IconDiscount size={40} stroke={1.3} />} title="There is no coupon">
            Make one, and see on the orders of the past what it would cost before anybody has it.
          </Empty>
        }
      >
        {(items) => <Table items={items} opened={opened} open={(coupon) => change({ coupon })} />}
      </Listed>
      <Drawer
        opened={opened !== null}
        onClose={() => change({ coupon: null })}
        size={680}
        title={opened ? opened.name : ''}
      >
        {opened ? (
          <CouponDetail
            key={`${opened.id} ${opened.version}`}
            shop={shop}
            coupon={opened}
            close={() => change({ coupon: null })}
          />
        ) : null}
      </Drawer>
      <Drawer opened={making} onClose={() => setMaking(false)} size={680} title="A new coupon">
        {making ? (
          <CouponForm
            shop={shop}
            coupon={null}
            close={() => setMaking(false)}
            done={(made) => {
              setMaking(false);
              change({ coupon: made.id });
            }}
          />
        ) : null}
      </Drawer>
    </>
  );
}

interface TableProps {
  items: readonly Coupon[];
  opened: Coupon | null;
  open: (id: string) => void;
}

function Table({ items, opened, open }: TableProps) {
  const now = useNow();
  return (
    <table className={`${uiClasses.table} ${parts.rows} ${own.coupons}`}>
      <thead>
        <tr>
          <th>Coupon</th>
          <th>State</th>
          <th>Takes off</th>
          <th>Terms</th>
          <th data-align="right">Used</th>
          <th data-align="right">Until</th>
        </tr>
      </thead>
      <tbody>
        {items.map((coupon) => (
          <tr key={coupon.id} data-opened={coupon === opened}>
            <td data-cell="main">
              <button type="button" className={parts.open} onClick={() => open(coupon.id)}>
                {coupon.name}
              </button>
            </td>
            <td data-cell="state">
              <State words={STANDING} state={standingOf(coupon, now)} />
            </td>
            <td data-cell="line">
              <b>{offWords(coupon)}</b>
            </td>
            <td data-cell="line" className="dim">
              {termsOf(coupon).join(', ')}
            </td>
            <td data-cell="second" data-align="right" data-name="used" className="nowrap">
              {count(coupon.used)}
              {coupon.limit === null ? null : <span className="dim"> of {count(coupon.limit)}</span>}
            </td>
            <td data-cell="action" data-align="right" className="dim">
              {coupon.redeem_by ? dateTime(new Date(coupon.redeem_by)) : 'no end'}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
