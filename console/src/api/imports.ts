import { keepPreviousData, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import {
  catalogExportsAsk,
  catalogExportsRead,
  catalogImportsAsk,
  catalogImportsList,
  catalogImportsListFaults,
  catalogImportsUndo,
  catalogPriceEditsEdit,
  catalogPriceEditsList,
  catalogPriceEditsUndo,
  type EditRow,
  type Exported,
  type Fault,
  type FileFormat,
  type Import,
  type ImportDraft,
  type ImportPage,
  type PriceEdit,
  type PriceEditDraft,
  type PriceUndo,
} from './generated';
import { onceKey, SHOP } from './shops';

export type { EditRow, Exported, Fault, FileFormat, Import, ImportDraft, PriceEdit, PriceEditDraft };

const MOVING: ReadonlySet<Import['state']> = new Set(['waiting', 'running', 'undoing']);

export function isMoving({ state }: Import): boolean {
  return MOVING.has(state);
}

export function useImports(shop: string, cursor: string | null) {
  return useQuery({
    queryKey: [SHOP, shop, 'imports', cursor],
    queryFn: async (): Promise<ImportPage> =>
      (await catalogImportsList({ path: { shop }, query: { limit: 20, cursor: cursor ?? undefined } })).data,
    placeholderData: keepPreviousData,
    refetchInterval: ({ state }) => (state.data?.items.some(isMoving) ? 700 : 15_000),
  });
}

export function useFaults(shop: string, { id, faults }: Import) {
  return useQuery({
    enabled: faults > 0,
    queryKey: [SHOP, shop, 'imports', id, 'faults', faults],
    queryFn: async (): Promise<Fault[]> =>
      (await catalogImportsListFaults({ path: { shop, import_id: id }, query: { limit: 100 } })).data.items,
  });
}

function useChange<Given, Made>(shop: string, change: (given: Given) => Promise<Made>) {
  const cache = useQueryClient();
  return useMutation({
    mutationFn: change,
    onSettled: () => void cache.invalidateQueries({ queryKey: [SHOP, shop] }),
  });
}

export function useImport(shop: string) {
  return useChange(shop, async (body: ImportDraft): Promise<Import> => {
    const headers = { 'Idempotency-Key': onceKey() };
    return (await catalogImportsAsk({ path: { shop }, headers, body })).data;
  });
}

export function useUndoImport(shop: string) {
  return useChange(
    shop,
    async ({ id }: Import): Promise<Import> =>
      (await catalogImportsUndo({ path: { shop, import_id: id } })).data,
  );
}

export function useExport(shop: string) {
  return useMutation({
    mutationFn: async (format: FileFormat): Promise<Exported> =>
      (await catalogExportsAsk({ path: { shop }, body: { format } })).data,
  });
}

/** Whether a file that was asked for is ready. */
export function useExported(shop: string, id: string | null) {
  return useQuery({
    enabled: id !== null,
    queryKey: [SHOP, shop, 'exports', id],
    queryFn: async (): Promise<Exported> =>
      (await catalogExportsRead({ path: { shop, export_id: id ?? '' } })).data,
    refetchInterval: ({ state }) => (state.data?.finished_at ? false : 700),
  });
}

export function usePriceEdits(shop: string) {
  return useQuery({
    queryKey: [SHOP, shop, 'price edits'],
    queryFn: async (): Promise<EditRow[]> =>
      (await catalogPriceEditsList({ path: { shop }, query: { limit: 20 } })).data.items,
  });
}

export function useEditPrices(shop: string) {
  return useChange(shop, async (body: PriceEditDraft): Promise<PriceEdit> => {
    const headers = { 'Idempotency-Key': onceKey() };
    return (await catalogPriceEditsEdit({ path: { shop }, headers, body })).data;
  });
}

export function useUndoPrices(shop: string) {
  return useChange(
    shop,
    async (id: string): Promise<PriceUndo> =>
      (await catalogPriceEditsUndo({ path: { shop, edit_id: id } })).data,
  );
}
