import { Button, SegmentedControl, Select } from '@mantine/core';
import { IconSearch, IconTags } from '@tabler/icons-react';
import { type ProductFilter, type ProductSort, useProducts, useTerms } from '../../../api/catalog';
import type { Shop } from '../../../api/shops';
import { Empty } from '../../../ui/Empty';
import { FilterText } from '../../../ui/FilterText';
import { useAddress } from '../../../ui/useAddress';
import { Listed } from '../Listed';
import classes from '../shop.module.css';
import { choices, stateOf } from '../words';
import { ProductTable } from './ProductTable';
import { PUBLICATION } from './words';

const SORTS: { value: ProductSort; label: string }[] = [
  { value: '-updated_at', label: 'Latest change first' },
  { value: 'title', label: 'By title' },
  { value: '-created_at', label: 'Newest first' },
];

/** Every product, published or not; titles, prices and states change where they stand. */
export function ProductsSection({ shop }: { shop: Shop }) {
  const [search, change] = useAddress();
  const filter: ProductFilter = {
    words: search.get('q') ?? '',
    state: stateOf(PUBLICATION, search.get('state')),
    term: search.get('term'),
    deleted: search.get('bin') === 'true',
    sort: SORTS.find(({ value }) => value === search.get('sort'))?.value ?? null,
    cursor: search.get('cursor'),
  };
  const products = useProducts(shop.slug, filter);
  const terms = useTerms(shop.slug);
  const narrowed = Boolean(filter.words || filter.state || filter.term);
  const named = (items: readonly { slug: string; name: string }[] | undefined) =>
    (items ?? []).map(({ slug, name }) => ({ value: slug, label: name }));
  return (
    <>
      <search className={classes.filters}>
        <FilterText
          label="Search"
          placeholder="Title"
          icon={<IconSearch size={15} />}
          value={filter.words}
          change={(q) => change({ q, cursor: null })}
        />
        <Select
          aria-label="State"
          placeholder="Any state"
          clearable
          data={choices(PUBLICATION)}
          value={filter.state}
          onChange={(state) => change({ state, cursor: null })}
        />
        <Select
          aria-label="Category or brand"
          placeholder="Any category or brand"
          clearable
          searchable
          data={[
            { group: 'Categories', items: named(terms.data?.categories) },
            { group: 'Brands', items: named(terms.data?.brands) },
          ]}
          value={filter.term}
          onChange={(term) => change({ term, cursor: null })}
        />
        <Select
          aria-label="Order"
          allowDeselect={false}
          data={SORTS}
          value={filter.sort ?? '-updated_at'}
          onChange={(sort) => change({ sort: sort === '-updated_at' ? null : sort, cursor: null })}
        />
        <SegmentedControl
          aria-label="Which"
          data={[
            { value: 'living', label: 'In the shop' },
            { value: 'deleted', label: 'Deleted' },
          ]}
          value={filter.deleted ? 'deleted' : 'living'}
          onChange={(value) => change({ bin: value === 'deleted' ? 'true' : null, cursor: null })}
        />
      </search>
      <Listed
        query={products}
        empty={
          <Empty
            icon={<IconTags size={40} stroke={1.3} />}
            title={narrowed ? 'No product matches' : filter.deleted ? 'Nothing is deleted' : 'No product yet'}
            actions={
              narrowed ? (
                <Button
                  variant="default"
                  onClick={() => change({ q: null, state: null, term: null, cursor: null })}
                >
                  Show every product
                </Button>
              ) : null
            }
          >
            {filter.deleted
              ? 'What is deleted can be restored here.'
              : 'Import a file under Files, or make products with POST /v1/shops/…/products.'}
          </Empty>
        }
      >
        {(items) => <ProductTable shop={shop} items={items} deleted={filter.deleted} />}
      </Listed>
    </>
  );
}
