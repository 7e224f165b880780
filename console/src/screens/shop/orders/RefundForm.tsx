import { Button, Select, TextInput } from '@mantine/core';
import { useState } from 'react';
import { type OrderLine, useRefund, useTakeBack } from '../../../api/orders';
import { useMay } from '../../../api/session';
import { money, readMoney } from '../../../lib/money';
import parts from '../../../ui/blocks.module.css';
import { ProblemNote } from '../../../ui/ProblemNote';
import { tell } from '../../../ui/toasts';
import type { Changing } from './OrderActions';
import { type Chosen, linesOf, Quantities } from './Quantities';

/** What becomes of the goods is another question than the money, for each line. */
type Goods = 'kept' | 'restocked' | 'back';

const GOODS = [
  { value: 'kept', label: 'The customer keeps them' },
  { value: 'restocked', label: 'They came back, and can be sold again' },
  { value: 'back', label: 'They came back, and cannot be sold' },
];

export function RefundForm({ shop, order, close }: Changing) {
  const [chosen, setChosen] = useState<Chosen>({});
  const [goods, setGoods] = useState<Record<string, Goods>>({});
  const [shipping, setShipping] = useState('');
  const [extra, setExtra] = useState('');
  const [reason, setReason] = useState('');
  const takeBack = useTakeBack(shop.slug);
  const refund = useRefund(shop.slug);
  const mayTakeBack = useMay('orders:change');

  const gone = order.refunds
    .filter(({ state }) => state !== 'failed')
    .reduce((all, one) => all + one.shipping, 0);
  const shippingLeft = order.shipments.reduce((all, one) => all + one.total, 0) - gone;
  const shippingSum = shipping ? readMoney(shipping, order.currency) : 0;
  const extraSum = extra ? readMoney(extra, order.currency) : 0;
  const wrongShipping = shippingSum === null || shippingSum > shippingLeft;
  const about =
    order.lines.reduce((all, line) => all + worth(line, chosen[line.id] ?? 0), 0) +
    (shippingSum ?? 0) +
    (extraSum ?? 0);
  const back = order.lines.flatMap((line) => {
    const quantity = Math.min(chosen[line.id] ?? 0, line.fulfilled - line.returned);
    const choice = goods[line.id] ?? 'kept';
    return quantity > 0 && choice !== 'kept' ? [{ line_id: line.id, quantity, choice }] : [];
  });

  async function submit() {
    let seen = order;
    if (back.length > 0) {
      const given = {
        lines: back.map(({ line_id, quantity }) => ({ line_id, quantity })),
        restock: back
          .filter(({ choice }) => choice === 'restocked')
          .map(({ line_id, quantity }) => ({ line_id, quantity })),
        reason,
      };
      seen = await takeBack.mutateAsync({ order, given });
    }
    const given = { lines: linesOf(chosen), shipping: shippingSum ?? 0, extra: extraSum ?? 0, reason };
    const made = await refund.mutateAsync({ order: seen, given });
    const amount = made.refunding + made.refunded - order.refunding - order.refunded;
    tell(`${money(amount, order.currency)} is going back`);
    close();
  }

  const error = takeBack.error ?? refund.error;
  return (
    <form
      className={parts.stack}
      onSubmit={(event) => {
        event.preventDefault();
        // What went wrong stands in the form.
        submit().catch(() => {});
      }}
    >
      <Quantities
        label="Units whose money goes back"
        order={order}
        chosen={chosen}
        choose={setChosen}
        most={(line) => line.quantity - line.refunded}
        aside={(line) =>
          mayTakeBack && line.fulfilled > line.returned ? (
            <Select
              aria-label={`The goods: ${line.title}`}
              size="xs"
              allowDeselect={false}
              data={GOODS}
              value={goods[line.id] ?? 'kept'}
              onChange={(value) => setGoods({ ...goods, [line.id]: value as Goods })}
            />
          ) : null
        }
      />
      {shippingLeft > 0 ? (
        <TextInput
          label={`Shipping (${order.currency})`}
          description={`At most ${money(shippingLeft, order.currency)}`}
          inputMode="decimal"
          value={shipping}
          error={wrongShipping ? 'So much was not paid for shipping' : null}
          onChange={(event) => setShipping(event.currentTarget.value)}
        />
      ) : null}
      <TextInput
        label={`Beyond that (${order.currency})`}
        description="As a gesture"
        inputMode="decimal"
        value={extra}
        error={extraSum === null ? 'This is no amount' : null}
        onChange={(event) => setExtra(event.currentTarget.value)}
      />
      <TextInput
        label="Reason"
        description="The customer may read it"
        required
        value={reason}
        onChange={(event) => setReason(event.currentTarget.value)}
      />
      {error ? <ProblemNote error={error} /> : null}
      <div className={parts.actions}>
        <Button
          type="submit"
          loading={takeBack.isPending || refund.isPending}
          disabled={about === 0 || wrongShipping || extraSum === null || !reason.trim()}
        >
          Give back {money(about, order.currency)}
        </Button>
        <Button variant="default" onClick={close}>
          Leave it
        </Button>
      </div>
    </form>
  );
}

/** What so many units more are worth of what was paid, as the server reckons. */
function worth(line: OrderLine, quantity: number): number {
  if (quantity === 0) return 0;
  const units = line.refunded + quantity;
  const upTo = Math.round((line.priced.total * units) / line.quantity);
  return Math.max(0, upTo - line.refunded_amount);
}
