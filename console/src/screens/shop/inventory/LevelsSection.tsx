import { Button, Drawer, SegmentedControl, Select } from '@mantine/core';
import { IconBuildingWarehouse, IconPlus } from '@tabler/icons-react';
import { useState } from 'react';
import { useVariantNames, type VariantSummary } from '../../../api/catalog';
import { type Level, type LevelFilter, type Location, useLevels, useLocations } from '../../../api/inventory';
import { useMay } from '../../../api/session';
import type { Shop } from '../../../api/shops';
import { count } from '../../../lib/format';
import { Ago } from '../../../ui/Ago';
import parts from '../../../ui/blocks.module.css';
import { Empty } from '../../../ui/Empty';
import uiClasses from '../../../ui/ui.module.css';
import { useAddress } from '../../../ui/useAddress';
import { Listed } from '../Listed';
import { PickVariant } from '../PickVariant';
import { State } from '../State';
import classes from '../shop.module.css';
import { stateOf } from '../words';
import own from './inventory.module.css';
import { LevelDetail } from './LevelDetail';
import { NewLevel } from './NewLevel';
import { VariantCell } from './VariantCell';
import { LEVEL, levelState } from './words';

/** How much lies where, what of it is promised, and what is running out. */
export function LevelsSection({ shop }: { shop: Shop }) {
  const [search, change] = useAddress();
  const [adding, setAdding] = useState(false);
  const filter: LevelFilter = {
    state: stateOf(LEVEL, search.get('state')),
    location: search.get('location'),
    variant: search.get('variant'),
    cursor: search.get('cursor'),
  };
  const levels = useLevels(shop.slug, filter);
  const locations = useLocations(shop.slug);
  const ids = levels.data?.items.map(({ variant_id }) => variant_id) ?? [];
  const names = useVariantNames(shop.slug, filter.variant ? [...ids, filter.variant] : ids);
  const mayMove = useMay('inventory:move');
  const opened = levels.data?.items.find(({ id }) => id === search.get('level')) ?? null;
  const narrowed = Boolean(filter.state || filter.location || filter.variant);
  const close = () => change({ level: null });
  return (
    <>
      <search className={classes.filters} data-end={mayMove}>
        <div className={own.picker}>
          <PickVariant
            shop={shop}
            label="Variant"
            pick={(variant) => change({ variant: variant.id, cursor: null })}
          />
        </div>
        <Select
          aria-label="Location"
          placeholder="Every location"
          clearable
          data={(locations.data ?? []).map(({ id, name }) => ({ value: id, label: name }))}
          value={filter.location}
          onChange={(location) => change({ location, cursor: null })}
        />
        <SegmentedControl
          aria-label="Which"
          data={[
            { value: '', label: 'All' },
            { value: 'low', label: 'Low' },
            { value: 'out', label: 'Nothing left' },
          ]}
          value={filter.state ?? ''}
          onChange={(state) => change({ state, cursor: null })}
        />
        {mayMove ? (
          <Button variant="default" leftSection={<IconPlus size={16} />} onClick={() => setAdding(true)}>
            Take goods in
          </Button>
        ) : null}
      </search>
      {filter.variant ? (
        <div className={own.chips}>
          <Button size="compact-sm" variant="light" onClick={() => change({ variant: null, cursor: null })}>
            {names.data?.get(filter.variant)?.sku ?? 'One variant'} ✕
          </Button>
        </div>
      ) : null}
      <Listed
        query={levels}
        empty={
          <Empty
            icon={<IconBuildingWarehouse size={40} stroke={1.3} />}
            title={narrowed ? 'No level matches' : 'No stock is kept yet'}
            actions={
              narrowed ? (
                <Button
                  variant="default"
                  onClick={() => change({ state: null, location: null, variant: null, cursor: null })}
                >
                  Show every level
                </Button>
              ) : null
            }
          >
            {narrowed
              ? 'A level that matches appears here.'
              : 'A variant without any level is not limited. Take goods in, and it is counted from then on.'}
          </Empty>
        }
      >
        {(items) => (
          <Table
            items={items}
            opened={opened}
            open={(level) => change({ level })}
            names={names.data}
            locations={locations.data ?? []}
          />
        )}
      </Listed>
      <Drawer opened={opened !== null} onClose={close} size={720} title="Level">
        {opened ? (
          <LevelDetail
            key={opened.id}
            shop={shop}
            level={opened}
            variant={names.data?.get(opened.variant_id)}
            locations={locations.data ?? []}
          />
        ) : null}
      </Drawer>
      <Drawer opened={adding} onClose={() => setAdding(false)} size={560} title="Take goods in">
        {adding ? (
          <NewLevel shop={shop} locations={locations.data ?? []} close={() => setAdding(false)} />
        ) : null}
      </Drawer>
    </>
  );
}

interface TableProps {
  items: readonly Level[];
  opened: Level | null;
  open: (id: string) => void;
  names: Map<string, VariantSummary> | undefined;
  locations: readonly Location[];
}

function Table({ items, opened, open, names, locations }: TableProps) {
  return (
    <table className={`${uiClasses.table} ${parts.rows} ${own.levels}`}>
      <thead>
        <tr>
          <th>Variant</th>
          <th>Location</th>
          <th data-align="right">There</th>
          <th data-align="right">Promised</th>
          <th data-align="right">Left</th>
          <th>
            <span className="visually-hidden">State</span>
          </th>
          <th data-align="right">Moved</th>
        </tr>
      </thead>
      <tbody>
        {items.map((level) => {
          const state = levelState(level);
          return (
            <tr key={level.id} data-opened={level === opened}>
              <td data-cell="main">
                <button type="button" className={parts.open} onClick={() => open(level.id)}>
                  <VariantCell id={level.variant_id} variant={names?.get(level.variant_id)} />
                </button>
              </td>
              <td data-cell="line">{locations.find(({ id }) => id === level.location_id)?.name}</td>
              <td data-cell="wide" data-align="right">
                {count(level.on_hand)}
              </td>
              <td data-cell="wide" data-align="right">
                {level.reserved || <span className="dim">0</span>}
              </td>
              <td data-cell="second" data-align="right" data-name="left">
                <b>{count(level.available)}</b>
                <span className={classes.narrow}>
                  {' '}
                  of {count(level.on_hand)}, {count(level.reserved)} promised
                </span>
              </td>
              <td data-cell="state">{state ? <State words={LEVEL} state={state} /> : null}</td>
              <td data-cell="wide" data-align="right" className="dim">
                <Ago time={level.updated_at} />
              </td>
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}
