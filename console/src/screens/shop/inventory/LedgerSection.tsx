import { Button, Select } from '@mantine/core';
import { IconListDetails } from '@tabler/icons-react';
import { useVariantNames } from '../../../api/catalog';
import { type MovementFilter, useLocations, useMovements } from '../../../api/inventory';
import type { Shop } from '../../../api/shops';
import { Empty } from '../../../ui/Empty';
import { useAddress } from '../../../ui/useAddress';
import { Listed } from '../Listed';
import { PickVariant } from '../PickVariant';
import classes from '../shop.module.css';
import { choices, stateOf } from '../words';
import own from './inventory.module.css';
import { MovementTable } from './MovementTable';
import { KIND } from './words';

/** Every movement of every variant; nothing is ever taken out of it. */
export function LedgerSection({ shop }: { shop: Shop }) {
  const [search, change] = useAddress();
  const filter: MovementFilter = {
    kind: stateOf(KIND, search.get('kind')),
    level: null,
    location: search.get('location'),
    variant: search.get('variant'),
    cursor: search.get('cursor'),
  };
  const movements = useMovements(shop.slug, filter);
  const locations = useLocations(shop.slug);
  const ids = movements.data?.items.map(({ variant_id }) => variant_id) ?? [];
  const names = useVariantNames(shop.slug, filter.variant ? [...ids, filter.variant] : ids);
  const narrowed = Boolean(filter.kind || filter.location || filter.variant);
  return (
    <>
      <search className={classes.filters}>
        <div className={own.picker}>
          <PickVariant
            shop={shop}
            label="Variant"
            pick={(variant) => change({ variant: variant.id, cursor: null })}
          />
        </div>
        <Select
          aria-label="What"
          placeholder="Every movement"
          clearable
          data={choices(KIND)}
          value={filter.kind}
          onChange={(kind) => change({ kind, cursor: null })}
        />
        <Select
          aria-label="Location"
          placeholder="Every location"
          clearable
          data={(locations.data ?? []).map(({ id, name }) => ({ value: id, label: name }))}
          value={filter.location}
          onChange={(location) => change({ location, cursor: null })}
        />
      </search>
      {filter.variant ? (
        <div className={own.chips}>
          <Button size="compact-sm" variant="light" onClick={() => change({ variant: null, cursor: null })}>
            {names.data?.get(filter.variant)?.sku ?? 'One variant'} ✕
          </Button>
        </div>
      ) : null}
      <Listed
        query={movements}
        empty={
          <Empty
            icon={<IconListDetails size={40} stroke={1.3} />}
            title={narrowed ? 'No movement matches' : 'Nothing has moved yet'}
          >
            Each time goods come, are promised, leave or are counted, a line is added here.
          </Empty>
        }
      >
        {(items) => <MovementTable items={items} names={names.data} locations={locations.data ?? []} />}
      </Listed>
    </>
  );
}
