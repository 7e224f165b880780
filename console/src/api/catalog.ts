import { keepPreviousData, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import {
  type CatalogProductsListData,
  catalogBrandsList,
  catalogCategoriesList,
  catalogPriceListsList,
  catalogPriceListsListPrices,
  catalogProductsChange,
  catalogProductsList,
  catalogProductsRead,
  catalogProductsRemove,
  catalogProductsRestore,
  catalogVariantsList,
  type ListedProduct,
  type ListedProductPage,
  type PriceList,
  type Product,
  type ProductChanges,
  type Publication,
  type Term,
  type Variant,
  type VariantDraft,
  type VariantSummary,
} from './generated';
import { SHOP, versioned } from './shops';

export type { ListedProduct, PriceList, Product, ProductChanges, Publication, Term, Variant, VariantSummary };

export type ProductSort = NonNullable<NonNullable<CatalogProductsListData['query']>['sort']>[number];

export interface ProductFilter {
  words: string;
  state: Publication | null;
  term: string | null;
  deleted: boolean;
  sort: ProductSort | null;
  cursor: string | null;
}

export function useProducts(shop: string, filter: ProductFilter) {
  return useQuery({
    queryKey: [SHOP, shop, 'products', filter],
    queryFn: async (): Promise<ListedProductPage> => {
      const query = {
        limit: 30,
        title: filter.words || undefined,
        state: filter.state ?? undefined,
        term: filter.term ?? undefined,
        deleted: filter.deleted || undefined,
        sort: filter.sort === null ? undefined : [filter.sort],
        cursor: filter.cursor ?? undefined,
      };
      return (await catalogProductsList({ path: { shop }, query })).data;
    },
    placeholderData: keepPreviousData,
  });
}

export function useProduct(shop: string, id: string) {
  return useQuery({
    queryKey: [SHOP, shop, 'product', id],
    queryFn: async (): Promise<Product> =>
      (await catalogProductsRead({ path: { shop, product_id: id } })).data,
  });
}

/** Categories and brands by which a shop's products are narrowed. */
export function useTerms(shop: string) {
  return useQuery({
    queryKey: [SHOP, shop, 'terms'],
    queryFn: async (): Promise<{ categories: Term[]; brands: Term[] }> => {
      const [categories, brands] = await Promise.all([
        catalogCategoriesList({ path: { shop }, query: { limit: 100 } }),
        catalogBrandsList({ path: { shop }, query: { limit: 100 } }),
      ]);
      return { categories: categories.data.items, brands: brands.data.items };
    },
    staleTime: 60_000,
  });
}

/** Variants that are known only by their ids: what people call them, by id. */
export function useVariantNames(shop: string, ids: readonly string[]) {
  const wanted = [...new Set(ids)].toSorted();
  return useQuery({
    enabled: wanted.length > 0,
    queryKey: [SHOP, shop, 'variants', wanted],
    queryFn: async (): Promise<Map<string, VariantSummary>> => {
      const query = { ids: wanted.slice(0, 100), limit: 100 };
      const { items } = (await catalogVariantsList({ path: { shop }, query })).data;
      return new Map(items.map((one) => [one.id, one]));
    },
    placeholderData: keepPreviousData,
  });
}

/** Variants in whose SKU or title the words stand. */
export function useVariants(shop: string, words: string) {
  return useQuery({
    queryKey: [SHOP, shop, 'variants', 'found', words],
    queryFn: async (): Promise<VariantSummary[]> =>
      (await catalogVariantsList({ path: { shop }, query: { q: words || undefined, limit: 20 } })).data.items,
    placeholderData: keepPreviousData,
  });
}

function useSettle(shop: string) {
  const cache = useQueryClient();
  return () => void cache.invalidateQueries({ queryKey: [SHOP, shop] });
}

/** Changes the version that was seen; a 412 means that somebody changed the product since. */
export function useChangeProduct(shop: string) {
  return useMutation({
    mutationFn: async ({ id, version, changes }: Seen & { changes: ProductChanges }): Promise<Product> => {
      const path = { shop, product_id: id };
      return (await catalogProductsChange({ path, headers: versioned(version), body: changes })).data;
    },
    onSuccess: useSettle(shop),
  });
}

interface Seen {
  id: string;
  version: number;
}

/** Sets the price of the only variant of a product in a list, if the product is still as it was listed. */
export function useChangePrice(shop: string, currency: string) {
  return useMutation({
    mutationFn: async ({ id, version, amount }: Seen & { amount: number }): Promise<Product> => {
      const path = { shop, product_id: id };
      const { data } = await catalogProductsRead({ path });
      const variants = data.variants.map((one) => priced(one, currency, amount));
      const headers = versioned(version);
      return (await catalogProductsChange({ path, headers, body: { variants } })).data;
    },
    onSuccess: useSettle(shop),
  });
}

/** A variant as it is written, with another price. A list of variants replaces what was there. */
export function priced(variant: Variant, currency: string, amount: number): VariantDraft {
  const others = variant.prices.filter((price) => price.currency !== currency);
  const before = variant.prices.find((price) => price.currency === currency);
  const was = before?.compare_at ?? null;
  return {
    ...draftOf(variant),
    // What is crossed out must be more than the price.
    prices: [...others, { currency, amount, compare_at: was !== null && was > amount ? was : null }],
  };
}

export function draftOf({ sku, options, prices, barcode, weight, image }: Variant): VariantDraft {
  return { sku, options, prices, barcode, weight, image };
}

export function useRemoveProduct(shop: string) {
  return useMutation({
    mutationFn: ({ id, version }: Seen) =>
      catalogProductsRemove({ path: { shop, product_id: id }, headers: versioned(version) }),
    onSuccess: useSettle(shop),
  });
}

export function useRestoreProduct(shop: string) {
  return useMutation({
    mutationFn: ({ id }: { id: string }) => catalogProductsRestore({ path: { shop, product_id: id } }),
    onSuccess: useSettle(shop),
  });
}

export function usePriceLists(shop: string) {
  return useQuery({
    queryKey: [SHOP, shop, 'price lists'],
    queryFn: async (): Promise<PriceList[]> =>
      (await catalogPriceListsList({ path: { shop }, query: { limit: 50 } })).data.items,
  });
}

/** The lists in which a product has prices, with those prices by SKU. */
export function useListedPrices(shop: string, id: string) {
  const lists = usePriceLists(shop);
  return useQuery({
    enabled: lists.data !== undefined,
    queryKey: [SHOP, shop, 'price lists', lists.data?.map(({ id, version }) => [id, version]), id],
    queryFn: async () => {
      const found: { list: PriceList; prices: Map<string, number> }[] = [];
      for (const list of lists.data ?? []) {
        const path = { shop, list_id: list.id };
        const { items } = (await catalogPriceListsListPrices({ path, query: { product_id: id, limit: 100 } }))
          .data;
        if (items.length > 0)
          found.push({ list, prices: new Map(items.map((one) => [one.sku, one.amount])) });
      }
      return found;
    },
  });
}
