import { Button } from '@mantine/core';
import { IconPhoto } from '@tabler/icons-react';
import { useQueryClient } from '@tanstack/react-query';
import { Link } from 'wouter';
import {
  type ListedProduct,
  useChangePrice,
  useChangeProduct,
  useRestoreProduct,
} from '../../../api/catalog';
import { useMay } from '../../../api/session';
import { SHOP, type Shop } from '../../../api/shops';
import { plural } from '../../../lib/format';
import { money, readMoney, typedMoney } from '../../../lib/money';
import { Ago } from '../../../ui/Ago';
import { act } from '../../../ui/act';
import parts from '../../../ui/blocks.module.css';
import { Tag } from '../../../ui/signs';
import { tellProblem } from '../../../ui/toasts';
import uiClasses from '../../../ui/ui.module.css';
import { Inline } from './Inline';
import { Publish } from './Publish';
import own from './products.module.css';

interface ProductTableProps {
  shop: Shop;
  items: readonly ListedProduct[];
  deleted: boolean;
}

export function ProductTable({ shop, items, deleted }: ProductTableProps) {
  return (
    <table className={`${uiClasses.table} ${parts.rows} ${own.products}`}>
      <thead>
        <tr>
          <th>
            <span className="visually-hidden">Picture</span>
          </th>
          <th>Product</th>
          <th>State</th>
          <th data-align="right">Price</th>
          <th>Stock</th>
          <th data-align="right">Changed</th>
          <th>
            <span className="visually-hidden">Open</span>
          </th>
        </tr>
      </thead>
      <tbody>
        {items.map((product) => (
          <Row key={product.id} shop={shop} product={product} deleted={deleted} />
        ))}
      </tbody>
    </table>
  );
}

function Row({ shop, product, deleted }: { shop: Shop; product: ListedProduct; deleted: boolean }) {
  const change = useChangeProduct(shop.slug);
  const cache = useQueryClient();
  const mayWrite = useMay('catalog:write') && !deleted;
  const again = () => cache.refetchQueries({ queryKey: [SHOP, shop.slug, 'products'], type: 'active' });
  return (
    <tr>
      <td data-cell="wide">
        <Picture src={product.image} />
      </td>
      <td data-cell="main">
        <Inline
          label={`the title of ${product.title}`}
          value={product.title}
          version={product.version}
          disabled={!mayWrite}
          fault={(typed) => (typed.trim() ? null : 'It needs a title')}
          save={(title, version) => change.mutateAsync({ id: product.id, version, changes: { title } })}
          again={again}
        >
          <b>{product.title}</b>
        </Inline>
        <small>{plural(product.variants, 'variant')}</small>
      </td>
      <td data-cell="state">{deleted ? <Tag>Deleted</Tag> : <Publish shop={shop} product={product} />}</td>
      <td data-cell="second" data-align="right">
        <PriceCell shop={shop} product={product} mayWrite={mayWrite} again={again} />
      </td>
      <td data-cell="line">
        {product.in_stock ? <Tag tone="good">In stock</Tag> : <Tag tone="warn">Sold out</Tag>}
      </td>
      <td data-cell="wide" data-align="right" className="dim">
        <Ago time={product.deleted_at ?? product.updated_at} />
      </td>
      <td data-cell="action" data-align="right">
        {deleted ? (
          <Restore shop={shop} product={product} />
        ) : (
          <Button
            component={Link}
            href={`/shop/${shop.slug}/products/${product.id}`}
            size="compact-sm"
            variant="default"
            aria-label={`Open ${product.title}`}
          >
            Open
          </Button>
        )}
      </td>
    </tr>
  );
}

interface PriceCellProps {
  shop: Shop;
  product: ListedProduct;
  mayWrite: boolean;
  again: () => Promise<unknown>;
}

function PriceCell({ shop, product, mayWrite, again }: PriceCellProps) {
  const set = useChangePrice(shop.slug, shop.currency);
  const { price_from: low, price_to: high } = product;
  if (product.variants !== 1 && low !== high) {
    return (
      <span className="nowrap">
        {money(low ?? 0, shop.currency)} – {money(high ?? 0, shop.currency)}
      </span>
    );
  }
  const shown = low === null ? <span className="dim">no price</span> : <b>{money(low, shop.currency)}</b>;
  // Several variants of one price are not one price: each is changed on the product's own page.
  if (product.variants !== 1) return shown;
  return (
    <Inline
      label={`the price of ${product.title}`}
      value={low === null ? '' : typedMoney(low, shop.currency)}
      version={product.version}
      decimal
      disabled={!mayWrite}
      fault={(typed) => (readMoney(typed, shop.currency) === null ? `No amount of ${shop.currency}` : null)}
      save={(typed, version) =>
        set.mutateAsync({ id: product.id, version, amount: readMoney(typed, shop.currency) ?? 0 })
      }
      again={again}
    >
      {shown}
    </Inline>
  );
}

export function Picture({ src, size = 40 }: { src: string | null; size?: number }) {
  return (
    <span className={own.picture} style={{ width: size, height: size }}>
      {src ? (
        <img src={src} alt="" loading="lazy" width={size} height={size} />
      ) : (
        <IconPhoto size={18} stroke={1.3} />
      )}
    </span>
  );
}

function Restore({ shop, product }: { shop: Shop; product: ListedProduct }) {
  const restore = useRestoreProduct(shop.slug);
  if (!useMay('catalog:write')) return null;
  return (
    <Button
      size="compact-sm"
      variant="default"
      loading={restore.isPending}
      aria-label={`Restore ${product.title}`}
      onClick={() =>
        act(restore, { id: product.id }, { told: `${product.title} is back`, failed: tellProblem })
      }
    >
      Restore
    </Button>
  );
}
