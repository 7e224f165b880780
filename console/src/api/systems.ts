import { queryOptions, useQuery, useQueryClient } from '@tanstack/react-query';
import {
  consoleSystemsList,
  consoleSystemsRead,
  type House,
  type System,
  type SystemDetail,
} from './generated';
import { type Connection, useEventStream } from './stream';

export type { Check, GuaranteeCounts, Health, Part, Route, SettingInfo } from './generated';
export type { House, System, SystemDetail };

/** The part of a system that changes while one looks. */
export type Pulse = Pick<System, 'name' | 'health' | 'card'>;

const KEY = ['systems'] as const;

export const house = queryOptions({
  queryKey: KEY,
  queryFn: async (): Promise<House> => (await consoleSystemsList()).data,
  refetchInterval: 30_000,
});

export function useHouse() {
  return useQuery(house);
}

/** Folds what changed into the house that the screen shows. */
export function withPulses(house: House, pulses: readonly Pulse[]): House {
  const byName = new Map(pulses.map((pulse) => [pulse.name, pulse]));
  return {
    ...house,
    systems: house.systems.map((system) => ({ ...system, ...byName.get(system.name) })),
  };
}

/** Keeps the cached house moving for as long as a screen that shows it is open. */
export function usePulse(): Connection {
  const cache = useQueryClient();
  return useEventStream('/v1/console/systems/stream', {
    pulse: (data) =>
      cache.setQueryData<House>(KEY, (seen) => (seen ? withPulses(seen, data as Pulse[]) : undefined)),
  });
}

export function useSystem(name: string) {
  return useQuery({
    queryKey: [...KEY, name],
    queryFn: async (): Promise<SystemDetail> => (await consoleSystemsRead({ path: { name } })).data,
  });
}
