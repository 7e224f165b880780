import { Button, Skeleton, Textarea, TextInput } from '@mantine/core';
import { IconArrowLeft, IconTrash } from '@tabler/icons-react';
import { type FormEvent, useState } from 'react';
import { Link, useLocation } from 'wouter';
import {
  type Product,
  useChangeProduct,
  useProduct,
  useRemoveProduct,
  useRestoreProduct,
} from '../../../api/catalog';
import { useMay } from '../../../api/session';
import type { Shop } from '../../../api/shops';
import { dateTime } from '../../../lib/format';
import { act } from '../../../ui/act';
import parts from '../../../ui/blocks.module.css';
import { Confirm } from '../../../ui/Confirm';
import { KeyValues } from '../../../ui/KeyValues';
import { Panel } from '../../../ui/Panel';
import { ProblemNote } from '../../../ui/ProblemNote';
import { Tag } from '../../../ui/signs';
import { tellProblem, tellWithUndo } from '../../../ui/toasts';
import classes from '../shop.module.css';
import { PriceLists } from './PriceLists';
import { Picture } from './ProductTable';
import { Publish } from './Publish';
import { VariantTable } from './VariantTable';

/** One product with its variants and everything that they cost. */
export function ProductPage({ shop, id }: { shop: Shop; id: string }) {
  const { data: product, error, refetch } = useProduct(shop.slug, id);
  const mayWrite = useMay('catalog:write');
  if (error && !product) return <ProblemNote error={error} retry={() => void refetch()} />;
  if (!product) return <Skeleton height={520} radius={10} aria-busy="true" />;
  const deleted = product.deleted_at !== null;
  return (
    <div className={parts.stack}>
      <header className={classes.head}>
        <Link href={`/shop/${shop.slug}/products`} className={classes.back} aria-label="All products">
          <IconArrowLeft size={18} />
        </Link>
        <h2>{product.title}</h2>
        {deleted ? <Tag tone="warn">Deleted</Tag> : <Publish shop={shop} product={product} />}
        {deleted ? <Restore shop={shop} product={product} /> : null}
      </header>
      <Panel>
        <VariantTable shop={shop} product={product} mayWrite={mayWrite && !deleted} again={() => refetch()} />
      </Panel>
      <div className={parts.pair}>
        <Panel className={parts.section}>
          <h2>Words</h2>
          {mayWrite && !deleted ? (
            <Words key={product.version} shop={shop} product={product} />
          ) : (
            <p>{product.description || 'Nothing is said of it.'}</p>
          )}
        </Panel>
        <div className={parts.stack}>
          <PriceLists shop={shop} product={product} />
          <Panel className={parts.section}>
            <h2>About</h2>
            {product.media.length > 0 ? (
              <div className={parts.actions}>
                {product.media.map(({ url }) => (
                  <Picture key={url} src={url} size={72} />
                ))}
              </div>
            ) : null}
            <KeyValues
              values={{
                Address: <span className="mono">{product.slug}</span>,
                Brand: product.brand,
                Categories: product.categories.join(', ') || null,
                Collections: product.collections.join(', ') || null,
                'Tax class': product.tax_class,
                Discounts: product.discountable ? 'touch it' : 'do not touch it',
                Made: dateTime(new Date(product.created_at)),
                Changed: dateTime(new Date(product.updated_at)),
                Version: String(product.version),
              }}
            />
            {mayWrite && !deleted ? <Remove shop={shop} product={product} /> : null}
          </Panel>
        </div>
      </div>
    </div>
  );
}

function Words({ shop, product }: { shop: Shop; product: Product }) {
  const [title, setTitle] = useState(product.title);
  const [description, setDescription] = useState(product.description);
  const change = useChangeProduct(shop.slug);
  const changed = title !== product.title || description !== product.description;
  function submit(event: FormEvent) {
    event.preventDefault();
    const { id, version } = product;
    act(change, { id, version, changes: { title, description } }, { told: 'Saved' });
  }
  return (
    <form onSubmit={submit}>
      <TextInput
        label="Title"
        required
        withAsterisk={false}
        value={title}
        onChange={(event) => setTitle(event.currentTarget.value)}
      />
      <Textarea
        label="Description"
        autosize
        minRows={4}
        maxRows={16}
        value={description}
        onChange={(event) => setDescription(event.currentTarget.value)}
      />
      {change.error ? <ProblemNote error={change.error} /> : null}
      <Button type="submit" loading={change.isPending} disabled={!changed || !title.trim()}>
        Save
      </Button>
    </form>
  );
}

function Remove({ shop, product }: { shop: Shop; product: Product }) {
  const [asking, setAsking] = useState(false);
  const [, go] = useLocation();
  const remove = useRemoveProduct(shop.slug);
  const restore = useRestoreProduct(shop.slug);
  const { id, version, title } = product;
  return (
    <>
      <div>
        <Button
          variant="default"
          color="red"
          leftSection={<IconTrash size={16} />}
          onClick={() => setAsking(true)}
        >
          Delete
        </Button>
      </div>
      <Confirm
        opened={asking}
        title={`Delete ${title}`}
        words="Delete it"
        danger
        pending={remove.isPending}
        error={remove.error}
        close={() => setAsking(false)}
        act={() =>
          act(
            remove,
            { id, version },
            {
              told: () => {
                tellWithUndo(`${title} is deleted`, () =>
                  act(restore, { id }, { told: `${title} is back`, failed: tellProblem }),
                );
                return null;
              },
              after: () => go(`/shop/${shop.slug}/products`),
            },
          )
        }
      >
        <p>Shoppers see it no more at once. Past orders keep what they bought, and it can be restored.</p>
      </Confirm>
    </>
  );
}

function Restore({ shop, product }: { shop: Shop; product: Product }) {
  const restore = useRestoreProduct(shop.slug);
  if (!useMay('catalog:write')) return null;
  return (
    <Button
      size="compact-sm"
      loading={restore.isPending}
      onClick={() =>
        act(restore, { id: product.id }, { told: `${product.title} is back`, failed: tellProblem })
      }
    >
      Restore
    </Button>
  );
}
