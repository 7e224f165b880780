import { Skeleton } from '@mantine/core';
import { type PriceList, type Product, useListedPrices } from '../../../api/catalog';
import type { Shop } from '../../../api/shops';
import { dateTime } from '../../../lib/format';
import { money } from '../../../lib/money';
import parts from '../../../ui/blocks.module.css';
import { Panel } from '../../../ui/Panel';
import { ProblemNote } from '../../../ui/ProblemNote';
import { Tag } from '../../../ui/signs';
import own from './products.module.css';

/** The lists in which a product has other prices; the lowest that applies is what a shopper pays. */
export function PriceLists({ shop, product }: { shop: Shop; product: Product }) {
  const { data, error, refetch } = useListedPrices(shop.slug, product.id);
  return (
    <Panel className={parts.section}>
      <h2>Price lists</h2>
      {error ? <ProblemNote error={error} retry={() => void refetch()} /> : null}
      {!data && !error ? <Skeleton height={60} /> : null}
      {data?.length === 0 ? <p>It is on none: its own prices hold for everybody.</p> : null}
      {data?.map(({ list, prices }) => (
        <div key={list.id} className={own.listed}>
          <header>
            <b>{list.name}</b>
            {list.customer_group ? <Tag>{list.customer_group}</Tag> : null}
            <span className="dim">{whenOf(list)}</span>
          </header>
          <ul>
            {[...prices].map(([sku, amount]) => (
              <li key={sku}>
                <span className="mono truncate">{sku}</span>
                <b>{money(amount, list.currency)}</b>
              </li>
            ))}
          </ul>
        </div>
      ))}
    </Panel>
  );
}

function whenOf({ starts_at, ends_at }: PriceList): string {
  const from = starts_at ? `from ${dateTime(new Date(starts_at))}` : '';
  const to = ends_at ? `until ${dateTime(new Date(ends_at))}` : '';
  return [from, to].filter(Boolean).join(' ') || 'always';
}
