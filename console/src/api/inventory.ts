import { keepPreviousData, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import {
  type Adjustment,
  inventoryAdjust,
  inventoryListLevels,
  inventoryListLocations,
  inventoryListMovements,
  inventoryOpenLocation,
  inventorySetThresholds,
  inventoryTransfer,
  type Level,
  type LevelPage,
  type LevelState,
  type Location,
  type Movement,
  type MovementKind,
  type MovementPage,
  type Thresholds,
  type Transfer,
} from './generated';
import { onceKey, SHOP, versioned } from './shops';

export type { Level, LevelState, Location, Movement, MovementKind };

export function useLocations(shop: string) {
  return useQuery({
    queryKey: [SHOP, shop, 'locations'],
    queryFn: async (): Promise<Location[]> =>
      (await inventoryListLocations({ path: { shop }, query: { limit: 100 } })).data.items,
    staleTime: 60_000,
  });
}

export interface LevelFilter {
  state: LevelState | null;
  location: string | null;
  variant: string | null;
  cursor: string | null;
}

export function useLevels(shop: string, filter: LevelFilter) {
  return useQuery({
    queryKey: [SHOP, shop, 'levels', filter],
    queryFn: async (): Promise<LevelPage> => {
      const query = {
        limit: 50,
        state: filter.state ?? undefined,
        location_id: filter.location ?? undefined,
        variant_id: filter.variant ?? undefined,
        cursor: filter.cursor ?? undefined,
      };
      return (await inventoryListLevels({ path: { shop }, query })).data;
    },
    placeholderData: keepPreviousData,
  });
}

export interface MovementFilter {
  kind: MovementKind | null;
  level: string | null;
  location: string | null;
  variant: string | null;
  cursor: string | null;
}

export function useMovements(shop: string, filter: MovementFilter, limit = 30) {
  return useQuery({
    queryKey: [SHOP, shop, 'movements', filter, limit],
    queryFn: async (): Promise<MovementPage> => {
      const query = {
        limit,
        kind: filter.kind ?? undefined,
        level_id: filter.level ?? undefined,
        location_id: filter.location ?? undefined,
        variant_id: filter.variant ?? undefined,
        cursor: filter.cursor ?? undefined,
      };
      return (await inventoryListMovements({ path: { shop }, query })).data;
    },
    placeholderData: keepPreviousData,
  });
}

function useChange<Given, Made>(shop: string, change: (given: Given) => Promise<Made>) {
  const cache = useQueryClient();
  return useMutation({
    mutationFn: change,
    onSettled: () => void cache.invalidateQueries({ queryKey: [SHOP, shop] }),
  });
}

/** The key belongs to the form: sent twice, whatever became of the first answer, stock moves once. */
export function useAdjust(shop: string) {
  return useChange(
    shop,
    async ({ key, body }: { key: string; body: Adjustment }): Promise<Level> =>
      (await inventoryAdjust({ path: { shop }, headers: { 'Idempotency-Key': key }, body })).data,
  );
}

export function useTransfer(shop: string) {
  return useChange(
    shop,
    async ({ key, body }: { key: string; body: Transfer }): Promise<Level[]> =>
      (await inventoryTransfer({ path: { shop }, headers: { 'Idempotency-Key': key }, body })).data,
  );
}

export function useSetThresholds(shop: string) {
  return useChange(shop, async ({ level, body }: { level: Level; body: Thresholds }): Promise<Level> => {
    const path = { shop, level_id: level.id };
    return (await inventorySetThresholds({ path, headers: versioned(level.version), body })).data;
  });
}

export function useOpenLocation(shop: string) {
  return useChange(shop, async (name: string): Promise<Location> => {
    const headers = { 'Idempotency-Key': onceKey() };
    return (await inventoryOpenLocation({ path: { shop }, headers, body: { name } })).data;
  });
}
