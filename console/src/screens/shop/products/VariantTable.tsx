import { draftOf, type Product, priced, useChangeProduct, type Variant } from '../../../api/catalog';
import type { Shop } from '../../../api/shops';
import { money, readMoney, typedMoney } from '../../../lib/money';
import parts from '../../../ui/blocks.module.css';
import { Tag } from '../../../ui/signs';
import uiClasses from '../../../ui/ui.module.css';
import { Inline } from './Inline';

interface VariantTableProps {
  shop: Shop;
  product: Product;
  mayWrite: boolean;
  again: () => Promise<unknown>;
}

/** The variants with a price in each currency that the shop sells in. */
export function VariantTable({ shop, product, mayWrite, again }: VariantTableProps) {
  return (
    <table className={`${uiClasses.table} ${parts.rows}`}>
      <thead>
        <tr>
          <th>Variant</th>
          <th>SKU</th>
          <th>Stock</th>
          {shop.currencies.map((currency) => (
            <th key={currency} data-align="right">
              {currency}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {product.variants.map((variant) => (
          <tr key={variant.id}>
            <td data-cell="main">
              <b>{variant.options.join(', ') || product.title}</b>
              {variant.weight > 0 ? <small>{variant.weight} g</small> : null}
            </td>
            <td data-cell="line" className="mono truncate">
              {variant.sku}
            </td>
            <td data-cell="state">
              {variant.in_stock ? <Tag tone="good">In stock</Tag> : <Tag tone="warn">Sold out</Tag>}
            </td>
            {shop.currencies.map((currency) => (
              <td key={currency} data-cell="line" data-align="right" data-name={currency}>
                <Price
                  shop={shop}
                  product={product}
                  variant={variant}
                  currency={currency}
                  mayWrite={mayWrite}
                  again={again}
                />
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

interface PriceProps extends VariantTableProps {
  variant: Variant;
  currency: string;
}

function Price({ shop, product, variant, currency, mayWrite, again }: PriceProps) {
  const change = useChangeProduct(shop.slug);
  const price = variant.prices.find((one) => one.currency === currency);
  return (
    <Inline
      label={`the price of ${variant.sku} in ${currency}`}
      value={price ? typedMoney(price.amount, currency) : ''}
      version={product.version}
      decimal
      disabled={!mayWrite}
      fault={(typed) => (readMoney(typed, currency) === null ? `No amount of ${currency}` : null)}
      save={(typed, version) => {
        const amount = readMoney(typed, currency) ?? 0;
        const variants = product.variants.map((one) =>
          one.id === variant.id ? priced(one, currency, amount) : draftOf(one),
        );
        return change.mutateAsync({ id: product.id, version, changes: { variants } });
      }}
      again={again}
    >
      {price ? (
        <>
          <b>{money(price.amount, currency)}</b>
          {price.compare_at ? <s className="dim"> {money(price.compare_at, currency)}</s> : null}
        </>
      ) : (
        <span className="dim">none</span>
      )}
    </Inline>
  );
}
