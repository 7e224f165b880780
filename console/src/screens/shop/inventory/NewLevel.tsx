import { Button, Select, TextInput } from '@mantine/core';
import { type FormEvent, useState } from 'react';
import type { VariantSummary } from '../../../api/catalog';
import { type Location, useAdjust, useOpenLocation } from '../../../api/inventory';
import { useMay } from '../../../api/session';
import { onceKey, type Shop } from '../../../api/shops';
import { plural } from '../../../lib/format';
import { act } from '../../../ui/act';
import parts from '../../../ui/blocks.module.css';
import { ProblemNote } from '../../../ui/ProblemNote';
import { nameOf, PickVariant } from '../PickVariant';

interface NewLevelProps {
  shop: Shop;
  locations: readonly Location[];
  close: () => void;
}

/** Goods arrive: of which variant, how many, and where they lie now. */
export function NewLevel({ shop, locations, close }: NewLevelProps) {
  const [variant, setVariant] = useState<VariantSummary | null>(null);
  const [location, setLocation] = useState<string | null>(locations[0]?.id ?? null);
  const [number, setNumber] = useState('');
  const [reason, setReason] = useState('Delivered');
  const [key, setKey] = useState(onceKey);
  const adjust = useAdjust(shop.slug);
  const units = /^\d+$/.test(number.trim()) ? Number(number) : 0;
  const where = location ?? locations[0]?.id ?? null;
  function submit(event: FormEvent) {
    event.preventDefault();
    if (!variant || !where) return;
    const body = { variant_id: variant.id, location_id: where, by: units, reason };
    act(adjust, { key, body }, { told: `${plural(units, 'unit')} are there`, after: close });
  }
  return (
    <div className={parts.stack}>
      {locations.length === 0 ? <FirstLocation shop={shop} /> : null}
      <form className={parts.stack} onSubmit={submit} onChange={() => setKey(onceKey())}>
        <PickVariant shop={shop} label={variant ? 'Another variant' : 'Variant'} pick={setVariant} />
        {variant ? <b>{nameOf(variant)}</b> : null}
        <Select
          label="Location"
          allowDeselect={false}
          data={locations.map(({ id, name }) => ({ value: id, label: name }))}
          value={where}
          onChange={setLocation}
        />
        <TextInput
          label="Units"
          inputMode="numeric"
          required
          withAsterisk={false}
          value={number}
          onChange={(event) => setNumber(event.currentTarget.value)}
        />
        <TextInput
          label="Reason"
          required
          withAsterisk={false}
          value={reason}
          onChange={(event) => setReason(event.currentTarget.value)}
        />
        {adjust.error ? <ProblemNote error={adjust.error} /> : null}
        <div className={parts.actions}>
          <Button
            type="submit"
            loading={adjust.isPending}
            disabled={!variant || !where || units === 0 || !reason.trim()}
          >
            Take them in
          </Button>
          <Button variant="default" onClick={close}>
            Leave it
          </Button>
        </div>
      </form>
    </div>
  );
}

function FirstLocation({ shop }: { shop: Shop }) {
  const [name, setName] = useState('');
  const open = useOpenLocation(shop.slug);
  if (!useMay('inventory:manage'))
    return <p className={parts.say}>There is no location to put goods in yet.</p>;
  return (
    <form
      className={parts.stack}
      onSubmit={(event) => {
        event.preventDefault();
        act(open, name, { told: `${name} is open` });
      }}
    >
      <TextInput
        label="First, a location"
        placeholder="Where goods are kept"
        required
        withAsterisk={false}
        value={name}
        onChange={(event) => setName(event.currentTarget.value)}
      />
      {open.error ? <ProblemNote error={open.error} /> : null}
      <div>
        <Button type="submit" variant="default" loading={open.isPending} disabled={!name.trim()}>
          Open it
        </Button>
      </div>
    </form>
  );
}
