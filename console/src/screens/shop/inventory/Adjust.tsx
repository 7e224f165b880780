import { Button, SegmentedControl, Select, TextInput } from '@mantine/core';
import { type FormEvent, useState } from 'react';
import { type Level, type Location, useAdjust, useTransfer } from '../../../api/inventory';
import { onceKey, type Shop } from '../../../api/shops';
import { act } from '../../../ui/act';
import parts from '../../../ui/blocks.module.css';
import { ProblemNote } from '../../../ui/ProblemNote';
import own from './inventory.module.css';

const WAYS = [
  { value: 'by', label: 'Change by' },
  { value: 'to', label: 'Set to' },
  { value: 'move', label: 'Move' },
] as const;
type Way = (typeof WAYS)[number]['value'];

/** Corrects a level with a reason, or moves units elsewhere. Sent twice, it is done once. */
export function Adjust({
  shop,
  level,
  locations,
}: {
  shop: Shop;
  level: Level;
  locations: readonly Location[];
}) {
  const [way, setWay] = useState<Way>('by');
  const [number, setNumber] = useState('');
  const [reason, setReason] = useState('');
  const [target, setTarget] = useState<string | null>(null);
  const [key, setKey] = useState(onceKey);
  const adjust = useAdjust(shop.slug);
  const transfer = useTransfer(shop.slug);
  const { variant_id, location_id } = level;
  const units = Number(number);
  const wrong =
    !/^-?\d+$/.test(number.trim()) || (way !== 'by' && units < 0) || (way !== 'to' && units === 0);
  const others = locations.filter(({ id }) => id !== location_id);

  /** Another content is another wish. */
  function fresh() {
    setKey(onceKey());
    adjust.reset();
    transfer.reset();
  }

  function submit(event: FormEvent) {
    event.preventDefault();
    const done = { told: 'It is in the ledger', after: () => setNumber('') };
    if (way === 'move') {
      if (!target) return;
      const body = {
        variant_id,
        from_location_id: location_id,
        to_location_id: target,
        quantity: units,
        reason: reason.trim() || null,
      };
      act(transfer, { key, body }, done);
      return;
    }
    const size = way === 'by' ? { by: units } : { to: units, expected: level.on_hand };
    act(adjust, { key, body: { variant_id, location_id, reason, ...size } }, done);
  }

  const error = adjust.error ?? transfer.error;
  return (
    <form className={parts.stack} onSubmit={submit} onChange={fresh}>
      <SegmentedControl
        aria-label="How"
        data={WAYS.filter(({ value }) => value !== 'move' || others.length > 0)}
        value={way}
        onChange={(value) => {
          setWay(value as Way);
          fresh();
        }}
      />
      <div className={own.adjust}>
        <TextInput
          label="Units"
          description={
            way === 'by' ? 'Negative for fewer' : way === 'to' ? `Now ${level.on_hand}` : 'To move'
          }
          inputMode="numeric"
          required
          withAsterisk={false}
          value={number}
          onChange={(event) => setNumber(event.currentTarget.value)}
        />
        {way === 'move' ? (
          <Select
            label="To"
            description="Another location"
            data={others.map(({ id, name }) => ({ value: id, label: name }))}
            value={target}
            onChange={(value) => {
              setTarget(value);
              fresh();
            }}
          />
        ) : null}
        <TextInput
          label="Reason"
          description="It stands in the ledger for good"
          required={way !== 'move'}
          withAsterisk={false}
          value={reason}
          onChange={(event) => setReason(event.currentTarget.value)}
        />
      </div>
      {error ? <ProblemNote error={error} /> : null}
      <div>
        <Button
          type="submit"
          loading={adjust.isPending || transfer.isPending}
          disabled={wrong || (way === 'move' ? !target : !reason.trim())}
        >
          {way === 'move' ? 'Move them' : 'Correct it'}
        </Button>
      </div>
    </form>
  );
}
