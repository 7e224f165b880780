import { Button, Select, Skeleton, TextInput } from '@mantine/core';
import { type FormEvent, useState } from 'react';
import type { PriceList, VariantSummary } from '../../../api/catalog';
import {
  type CustomerGroup,
  useChangeList,
  useListPrices,
  useRemoveList,
  useSetListPrice,
} from '../../../api/prices';
import type { Shop } from '../../../api/shops';
import { money, readMoney } from '../../../lib/money';
import { act } from '../../../ui/act';
import parts from '../../../ui/blocks.module.css';
import { Confirm } from '../../../ui/Confirm';
import { ProblemNote } from '../../../ui/ProblemNote';
import { tellProblem } from '../../../ui/toasts';
import { nameOf, PickVariant } from '../PickVariant';
import own from './prices.module.css';

interface ListDetailProps {
  shop: Shop;
  list: PriceList;
  groups: readonly CustomerGroup[];
  mayWrite: boolean;
  close: () => void;
}

/** A price list: for whom it is, and what it holds. */
export function ListDetail({ shop, list, groups, mayWrite, close }: ListDetailProps) {
  const prices = useListPrices(shop.slug, list.id);
  const change = useChangeList(shop.slug);
  const set = useSetListPrice(shop.slug);
  return (
    <div className={parts.stack}>
      {mayWrite ? (
        <Select
          label="For"
          placeholder="Everybody"
          clearable
          data={groups.map(({ code, name }) => ({ value: code, label: name }))}
          value={list.customer_group}
          onChange={(customer_group) =>
            act(
              change,
              { list, changes: { customer_group } },
              { told: 'The list is changed', failed: tellProblem },
            )
          }
        />
      ) : null}
      {mayWrite ? <Price shop={shop} list={list} /> : null}
      {prices.error && !prices.data ? (
        <ProblemNote error={prices.error} retry={() => void prices.refetch()} />
      ) : null}
      {!prices.data && !prices.error ? <Skeleton height={80} aria-busy="true" /> : null}
      {prices.data?.items.length === 0 ? <p className="dim">There is no price on it yet.</p> : null}
      <ul className={own.rows} aria-label="Prices of the list">
        {prices.data?.items.map(({ variant_id, sku, amount }) => (
          <li key={variant_id}>
            <span className="mono truncate">{sku}</span>
            <b>{money(amount, list.currency)}</b>
            {mayWrite ? (
              <Button
                size="compact-xs"
                variant="default"
                aria-label={`Take ${sku} off`}
                onClick={() =>
                  act(
                    set,
                    { list, sku, amount: null },
                    { told: `${sku} is off the list`, failed: tellProblem },
                  )
                }
              >
                Take off
              </Button>
            ) : null}
          </li>
        ))}
      </ul>
      {prices.data?.more ? <p className="dim">And more; the first hundred are shown.</p> : null}
      {mayWrite ? <Remove shop={shop} list={list} close={close} /> : null}
    </div>
  );
}

function Price({ shop, list }: { shop: Shop; list: PriceList }) {
  const [variant, setVariant] = useState<VariantSummary | null>(null);
  const [typed, setTyped] = useState('');
  const set = useSetListPrice(shop.slug);
  const amount = readMoney(typed, list.currency);
  function submit(event: FormEvent) {
    event.preventDefault();
    if (!variant || amount === null) return;
    act(
      set,
      { list, sku: variant.sku, amount },
      {
        told: `${variant.sku} costs ${money(amount, list.currency)} on it`,
        after: () => {
          setVariant(null);
          setTyped('');
        },
      },
    );
  }
  return (
    <form className={parts.stack} onSubmit={submit}>
      <PickVariant shop={shop} label="Set the price of" pick={setVariant} />
      {variant ? (
        <div className={own.set}>
          <TextInput
            label={nameOf(variant)}
            placeholder={`In ${list.currency}`}
            inputMode="decimal"
            value={typed}
            error={typed && amount === null ? 'This is no amount' : null}
            onChange={(event) => setTyped(event.currentTarget.value)}
          />
          <Button type="submit" loading={set.isPending} disabled={amount === null}>
            Set it
          </Button>
        </div>
      ) : null}
      {set.error ? <ProblemNote error={set.error} /> : null}
    </form>
  );
}

function Remove({ shop, list, close }: { shop: Shop; list: PriceList; close: () => void }) {
  const [asking, setAsking] = useState(false);
  const remove = useRemoveList(shop.slug);
  return (
    <div className={parts.actions}>
      <Button variant="default" color="red" onClick={() => setAsking(true)}>
        Remove the list
      </Button>
      <Confirm
        opened={asking}
        title={`Remove ${list.name}?`}
        words="Remove it"
        danger
        pending={remove.isPending}
        error={remove.error}
        close={() => setAsking(false)}
        act={() => act(remove, list, { told: `${list.name} is gone`, after: close })}
      >
        Its prices end at once. What was ordered stays as it was.
      </Confirm>
    </div>
  );
}
