import { Button, TextInput } from '@mantine/core';
import { useEffect, useState } from 'react';
import type { VariantSummary } from '../../../api/catalog';
import { useEditOrder, usePreviewEdit } from '../../../api/orders';
import { money, signed } from '../../../lib/money';
import { act } from '../../../ui/act';
import parts from '../../../ui/blocks.module.css';
import { ProblemNote } from '../../../ui/ProblemNote';
import { PickVariant } from '../PickVariant';
import classes from '../shop.module.css';
import type { Changing } from './OrderActions';
import { type Chosen, Quantities } from './Quantities';

/** What is added to a line at most, here. */
const ROOM = 99;

/** Changes what is bought before anything leaves; what it comes to is shown before it is done. */
export function EditForm({ shop, order, close }: Changing) {
  const [chosen, setChosen] = useState<Chosen>(
    Object.fromEntries(order.lines.map(({ id, quantity }) => [id, quantity])),
  );
  const [added, setAdded] = useState<readonly VariantSummary[]>([]);
  const [reason, setReason] = useState('');
  const preview = usePreviewEdit(shop.slug);
  const edit = useEditOrder(shop.slug);
  const { mutate: look, reset } = preview;

  const changes = order.lines
    .filter(({ id, quantity }) => (chosen[id] ?? quantity) !== quantity)
    .map(({ id }) => ({ line_id: id, quantity: chosen[id] ?? 0 }));
  const additions = added.map(({ id }) => ({ variant_id: id, quantity: 1 }));
  const wanted = JSON.stringify({ changes, additions });
  const nothing = changes.length + additions.length === 0;

  useEffect(() => {
    if (nothing) reset();
    else look({ id: order.id, edit: JSON.parse(wanted) as { changes: []; additions: [] } });
  }, [nothing, wanted, order.id, look, reset]);

  return (
    <form
      className={parts.stack}
      onSubmit={(event) => {
        event.preventDefault();
        if (!preview.data) return;
        const given = { changes, additions, expected_total: preview.data.total, reason };
        act(edit, { order, given }, { told: 'The order is changed', after: close });
      }}
    >
      <Quantities
        label="Units; none takes a line out"
        order={order}
        chosen={chosen}
        choose={setChosen}
        most={(line) => line.quantity + ROOM}
      />
      <PickVariant
        shop={shop}
        label="Add"
        pick={(variant) => setAdded([...added.filter(({ id }) => id !== variant.id), variant])}
      />
      {added.map((variant) => (
        <div key={variant.id} className={parts.actions}>
          <span>
            1 × {variant.title} <span className="mono dim">{variant.sku}</span>
          </span>
          <Button
            size="compact-xs"
            variant="subtle"
            color="gray"
            onClick={() => setAdded(added.filter(({ id }) => id !== variant.id))}
          >
            Not this
          </Button>
        </div>
      ))}
      {preview.data && !nothing ? (
        <p className={classes.outcome} role="status">
          It would come to <b>{money(preview.data.total, order.currency)}</b>, which is{' '}
          {signed(preview.data.difference, order.currency)}
          {preview.data.difference > 0 ? ': the customer is asked for it.' : null}
          {preview.data.difference < 0 ? ': what was paid too much goes back.' : null}
        </p>
      ) : null}
      <TextInput
        label="Reason"
        required
        value={reason}
        onChange={(event) => setReason(event.currentTarget.value)}
      />
      {preview.error && !nothing ? <ProblemNote error={preview.error} /> : null}
      {edit.error ? <ProblemNote error={edit.error} /> : null}
      <div className={parts.actions}>
        <Button
          type="submit"
          loading={edit.isPending}
          disabled={nothing || !preview.data || preview.isPending || !reason.trim()}
        >
          Change the order
        </Button>
        <Button variant="default" onClick={close}>
          Leave it
        </Button>
      </div>
    </form>
  );
}
