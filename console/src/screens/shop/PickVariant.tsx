import { Select } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { useState } from 'react';
import { useVariants, type VariantSummary } from '../../api/catalog';
import type { Shop } from '../../api/shops';

interface PickVariantProps {
  shop: Shop;
  label: string;
  pick: (variant: VariantSummary) => void;
}

/** Finds a variant by its SKU or its title. */
export function PickVariant({ shop, label, pick }: PickVariantProps) {
  const [words, setWords] = useState('');
  const [asked] = useDebouncedValue(words.trim(), 200);
  const { data } = useVariants(shop.slug, asked);
  return (
    <Select
      label={label}
      placeholder="SKU or title"
      searchable
      searchValue={words}
      onSearchChange={setWords}
      nothingFoundMessage="Nothing is called that"
      // The server has found them already.
      filter={({ options }) => options}
      data={(data ?? []).map((one) => ({ value: one.id, label: nameOf(one) }))}
      value={null}
      onChange={(id) => {
        const found = data?.find((one) => one.id === id);
        if (found) pick(found);
        setWords('');
      }}
    />
  );
}

/** A variant in one line: its title, its options, its SKU. */
export function nameOf({ title, options, sku }: VariantSummary): string {
  return [title, ...Object.values(options), sku].join(' · ');
}
