import { Button, TextInput } from '@mantine/core';
import { type FormEvent, useState } from 'react';
import type { VariantSummary } from '../../../api/catalog';
import { type Level, type Location, useMovements, useSetThresholds } from '../../../api/inventory';
import { useMay } from '../../../api/session';
import type { Shop } from '../../../api/shops';
import { act } from '../../../ui/act';
import parts from '../../../ui/blocks.module.css';
import { ProblemNote } from '../../../ui/ProblemNote';
import classes from '../shop.module.css';
import { Adjust } from './Adjust';
import own from './inventory.module.css';
import { MovementTable } from './MovementTable';
import { VariantCell } from './VariantCell';

interface LevelDetailProps {
  shop: Shop;
  level: Level;
  variant: VariantSummary | undefined;
  locations: readonly Location[];
}

/** One level: its figures, a way to correct them, and its part of the ledger. */
export function LevelDetail({ shop, level, variant, locations }: LevelDetailProps) {
  const filter = { kind: null, level: level.id, location: null, variant: null, cursor: null };
  const movements = useMovements(shop.slug, filter, 30);
  const mayMove = useMay('inventory:move');
  const mayManage = useMay('inventory:manage');
  return (
    <div className={parts.stack}>
      <div className={own.levelHead}>
        <VariantCell id={level.variant_id} variant={variant} />
        <span className="dim">{locations.find(({ id }) => id === level.location_id)?.name}</span>
      </div>
      <dl className={classes.figures}>
        <div>
          <dt>There</dt>
          <dd>{level.on_hand}</dd>
        </div>
        <div>
          <dt>Promised</dt>
          <dd>{level.reserved}</dd>
        </div>
        <div>
          <dt>Left</dt>
          <dd>{level.available}</dd>
        </div>
      </dl>
      {mayMove ? (
        // Another number of units means another correction.
        <Adjust key={level.on_hand} shop={shop} level={level} locations={locations} />
      ) : null}
      {mayManage ? <Thresholds key={level.version} shop={shop} level={level} /> : null}
      <h3 className={own.sub}>Ledger of this level</h3>
      {movements.error ? <ProblemNote error={movements.error} /> : null}
      {movements.data ? <MovementTable items={movements.data.items} /> : null}
    </div>
  );
}

function Thresholds({ shop, level }: { shop: Shop; level: Level }) {
  const [low, setLow] = useState(level.low_stock_at === null ? '' : String(level.low_stock_at));
  const [backorder, setBackorder] = useState(String(level.backorder_limit));
  const set = useSetThresholds(shop.slug);
  const lowNumber = low.trim() === '' ? null : Number(low);
  function submit(event: FormEvent) {
    event.preventDefault();
    const body = { low_stock_at: lowNumber, backorder_limit: Number(backorder) };
    act(set, { level, body }, { told: 'The thresholds are set' });
  }
  const changed = lowNumber !== level.low_stock_at || Number(backorder) !== level.backorder_limit;
  return (
    <form className={own.threshold} onSubmit={submit}>
      <TextInput
        label="Low from"
        description="Empty: never"
        type="number"
        min={0}
        value={low}
        onChange={(event) => setLow(event.currentTarget.value)}
      />
      <TextInput
        label="Back orders"
        description="Beyond what is there"
        type="number"
        min={0}
        required
        withAsterisk={false}
        value={backorder}
        onChange={(event) => setBackorder(event.currentTarget.value)}
      />
      <Button type="submit" variant="default" loading={set.isPending} disabled={!changed}>
        Set
      </Button>
      {set.error ? <ProblemNote error={set.error} /> : null}
    </form>
  );
}
