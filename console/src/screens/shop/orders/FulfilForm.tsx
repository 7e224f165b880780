import { Button, TextInput } from '@mantine/core';
import { useState } from 'react';
import { type OrderLine, useFulfil } from '../../../api/orders';
import { act } from '../../../ui/act';
import parts from '../../../ui/blocks.module.css';
import { ProblemNote } from '../../../ui/ProblemNote';
import type { Changing } from './OrderActions';
import { type Chosen, linesOf, Quantities } from './Quantities';

const open = (line: OrderLine) => line.quantity - line.fulfilled;

export function FulfilForm({ shop, order, close }: Changing) {
  const [chosen, setChosen] = useState<Chosen>(
    Object.fromEntries(order.lines.map((line) => [line.id, open(line)])),
  );
  const [carrier, setCarrier] = useState('');
  const [number, setNumber] = useState('');
  const [url, setUrl] = useState('');
  const fulfil = useFulfil(shop.slug);
  const lines = linesOf(chosen);
  return (
    <form
      className={parts.stack}
      onSubmit={(event) => {
        event.preventDefault();
        const given = {
          lines,
          carrier: carrier.trim() || null,
          tracking_number: number.trim() || null,
          tracking_url: url.trim() || null,
        };
        act(fulfil, { order, given }, { told: 'The parcel is sent', after: close });
      }}
    >
      <Quantities label="In this parcel" order={order} chosen={chosen} choose={setChosen} most={open} />
      <TextInput
        label="Carrier"
        value={carrier}
        onChange={(event) => setCarrier(event.currentTarget.value)}
      />
      <TextInput
        label="Tracking number"
        value={number}
        onChange={(event) => setNumber(event.currentTarget.value)}
      />
      <TextInput
        label="Tracking address"
        type="url"
        placeholder="https://"
        value={url}
        onChange={(event) => setUrl(event.currentTarget.value)}
      />
      {fulfil.error ? <ProblemNote error={fulfil.error} /> : null}
      <div className={parts.actions}>
        <Button type="submit" loading={fulfil.isPending} disabled={lines.length === 0}>
          Send it
        </Button>
        <Button variant="default" onClick={close}>
          Leave it
        </Button>
      </div>
    </form>
  );
}
