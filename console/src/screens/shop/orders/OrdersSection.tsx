import { Button, Select } from '@mantine/core';
import { IconSearch, IconShoppingBag } from '@tabler/icons-react';
import { Link } from 'wouter';
import { type OrderFilter, type OrderSort, type OrderSummary, useOrders } from '../../../api/orders';
import type { Shop } from '../../../api/shops';
import { plural } from '../../../lib/format';
import { money } from '../../../lib/money';
import { Ago } from '../../../ui/Ago';
import parts from '../../../ui/blocks.module.css';
import { Empty } from '../../../ui/Empty';
import { FilterText } from '../../../ui/FilterText';
import uiClasses from '../../../ui/ui.module.css';
import { useAddress } from '../../../ui/useAddress';
import { Listed } from '../Listed';
import { State } from '../State';
import classes from '../shop.module.css';
import { choices, stateOf, WORDS } from '../words';
import own from './orders.module.css';

const SORTS: { value: OrderSort; label: string }[] = [
  { value: '-placed_at', label: 'Newest first' },
  { value: 'placed_at', label: 'Oldest first' },
  { value: '-total', label: 'Largest first' },
  { value: 'total', label: 'Smallest first' },
  { value: '-changed_at', label: 'Latest change first' },
];
const DAY = 86_400_000;
const SPANS = [
  { value: '1', label: 'Last day' },
  { value: '7', label: 'Last week' },
  { value: '30', label: 'Last 30 days' },
];

/** Every order, found by what is known of it. */
export function OrdersSection({ shop }: { shop: Shop }) {
  const [search, change] = useAddress();
  const days = search.get('days');
  const filter: OrderFilter = {
    status: stateOf(WORDS.order, search.get('status')),
    money: stateOf(WORDS.money, search.get('money')),
    words: search.get('q') ?? '',
    since: startOf(days),
    sort: SORTS.find(({ value }) => value === search.get('sort'))?.value ?? null,
    cursor: search.get('cursor'),
  };
  const orders = useOrders(shop.slug, filter);
  const narrowed = Boolean(filter.status || filter.money || filter.words || days);
  return (
    <>
      <search className={classes.filters}>
        <FilterText
          label="Search"
          placeholder="Number, name, address, SKU or title"
          icon={<IconSearch size={15} />}
          value={filter.words}
          change={(q) => change({ q, cursor: null })}
        />
        <Select
          aria-label="State"
          placeholder="Any state"
          clearable
          data={choices(WORDS.order)}
          value={filter.status}
          onChange={(status) => change({ status, cursor: null })}
        />
        <Select
          aria-label="Money"
          placeholder="Any money"
          clearable
          data={choices(WORDS.money)}
          value={filter.money}
          onChange={(value) => change({ money: value, cursor: null })}
        />
        <Select
          aria-label="Placed"
          placeholder="Any time"
          clearable
          data={SPANS}
          value={days}
          onChange={(value) => change({ days: value, cursor: null })}
        />
        <Select
          aria-label="Order"
          allowDeselect={false}
          data={SORTS}
          value={filter.sort ?? '-placed_at'}
          onChange={(sort) => change({ sort: sort === '-placed_at' ? null : sort, cursor: null })}
        />
      </search>
      <Listed
        query={orders}
        empty={
          <Empty
            icon={<IconShoppingBag size={40} stroke={1.3} />}
            title={narrowed ? 'No order matches' : 'Nothing was ordered yet'}
            actions={
              narrowed ? (
                <Button
                  variant="default"
                  onClick={() => change({ status: null, money: null, q: null, days: null, cursor: null })}
                >
                  Show every order
                </Button>
              ) : null
            }
          >
            {narrowed ? 'New ones that match appear here.' : 'The first order appears here as it is placed.'}
          </Empty>
        }
      >
        {(items) => <Table shop={shop} items={items} />}
      </Listed>
    </>
  );
}

/** Whole hours: a question that stays the same while one looks. */
function startOf(days: string | null): string | null {
  if (!days) return null;
  const hour = 3_600_000;
  return new Date(Math.floor((Date.now() - Number(days) * DAY) / hour) * hour).toISOString();
}

function Table({ shop, items }: { shop: Shop; items: readonly OrderSummary[] }) {
  return (
    <table className={`${uiClasses.table} ${parts.rows} ${own.orders}`}>
      <thead>
        <tr>
          <th>Order</th>
          <th>State</th>
          <th>Money</th>
          <th>Customer</th>
          <th data-align="right">Units</th>
          <th data-align="right">Total</th>
          <th data-align="right">Placed</th>
        </tr>
      </thead>
      <tbody>
        {items.map((order) => (
          <tr key={order.id}>
            <td data-cell="main">
              <Link href={`/shop/${shop.slug}/orders/${order.id}`} className={`${classes.link} mono`}>
                {order.number}
              </Link>
            </td>
            <td data-cell="state">
              <State words={WORDS.order} state={order.status} />
            </td>
            <td data-cell="line">
              <State words={WORDS.money} state={order.money} />
            </td>
            <td data-cell="line" className="truncate">
              {order.email}
            </td>
            <td data-cell="wide" data-align="right">
              {order.units}
            </td>
            <td data-cell="second" data-align="right">
              <b>{money(order.total, order.currency)}</b>
              <span className={classes.narrow}>, {plural(order.units, 'unit')}</span>
              {order.refunded > 0 ? <small>−{money(order.refunded, order.currency)} back</small> : null}
            </td>
            <td data-cell="action" data-align="right" className="dim">
              <Ago time={order.placed_at} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
