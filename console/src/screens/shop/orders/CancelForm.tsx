import { Button, Switch, TextInput } from '@mantine/core';
import { useState } from 'react';
import { useCancelOrder } from '../../../api/orders';
import { money } from '../../../lib/money';
import { act } from '../../../ui/act';
import parts from '../../../ui/blocks.module.css';
import { ProblemNote } from '../../../ui/ProblemNote';
import type { Changing } from './OrderActions';

export function CancelForm({ shop, order, close }: Changing) {
  const [reason, setReason] = useState('');
  const [refund, setRefund] = useState(true);
  const cancel = useCancelOrder(shop.slug);
  const held = order.paid - order.refunding - order.refunded;
  return (
    <form
      className={parts.stack}
      onSubmit={(event) => {
        event.preventDefault();
        act(cancel, { order, given: { reason, refund } }, { told: 'It is canceled', after: close });
      }}
    >
      <p className={parts.say}>
        Its goods are for sale again at once, and its coupons can be used again. It cannot be taken back.
      </p>
      <TextInput
        label="Reason"
        required
        value={reason}
        onChange={(event) => setReason(event.currentTarget.value)}
      />
      {held > 0 ? (
        <Switch
          label={`Give back ${money(held, order.currency)}`}
          description="Otherwise the money stays, until somebody refunds it"
          checked={refund}
          onChange={(event) => setRefund(event.currentTarget.checked)}
        />
      ) : null}
      {cancel.error ? <ProblemNote error={cancel.error} /> : null}
      <div className={parts.actions}>
        <Button type="submit" color="red" loading={cancel.isPending} disabled={!reason.trim()}>
          Cancel the order
        </Button>
        <Button variant="default" onClick={close}>
          Leave it
        </Button>
      </div>
    </form>
  );
}
