import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import {
  type Counter,
  counterDecrement,
  counterIncrement,
  counterListAll,
  counterReadV2,
  counterReset,
} from './generated';

export type { Counter };

const KEY = ['counters'] as const;

export function useCounters() {
  return useQuery({
    queryKey: KEY,
    queryFn: async (): Promise<Counter[]> => (await counterListAll({ query: { limit: 100 } })).data.items,
    refetchInterval: 1_000,
  });
}

function usePut() {
  const cache = useQueryClient();
  return (counter: Counter) =>
    cache.setQueryData<Counter[]>(KEY, (seen = []) => {
      const known = seen.find((each) => each.name === counter.name);
      if (!known) return [...seen, counter].toSorted((a, b) => a.name.localeCompare(b.name));
      // Answers may overtake each other; the higher version is the later truth.
      if (known.version >= counter.version) return seen;
      return seen.map((each) => (each.name === counter.name ? counter : each));
    });
}

/** Moves a counter up, or down by a negative number; the first move makes it. */
async function move(name: string, by: number): Promise<Counter> {
  const send = by < 0 ? counterDecrement : counterIncrement;
  return (await send({ path: { name }, body: { by: Math.abs(by) } })).data;
}

export function useMove() {
  const put = usePut();
  return useMutation({
    mutationFn: ({ name, by }: { name: string; by: number }) => move(name, by),
    onSuccess: put,
  });
}

export function useReset() {
  const put = usePut();
  const cache = useQueryClient();
  return useMutation({
    mutationFn: async ({ name, version }: Counter): Promise<Counter> => {
      const headers = { 'If-Match': `"${version}"` };
      return (await counterReset({ path: { name }, headers, body: { value: 0 } })).data;
    },
    onSuccess: put,
    onError: () => void cache.invalidateQueries({ queryKey: KEY }),
  });
}

export interface Race {
  sent: number;
  acknowledged: number;
  before: number;
  after: number;
  milliseconds: number;
}

/** Sends many increments at once and tells whether the counter moved by exactly what was acknowledged. */
export function useRace() {
  const put = usePut();
  return useMutation({
    mutationFn: async ({ name, times }: { name: string; times: number }): Promise<Race> => {
      const read = async () => (await counterReadV2({ path: { name } })).data;
      const { value: before } = await read();
      const began = performance.now();
      const outcomes = await Promise.allSettled(Array.from({ length: times }, () => move(name, 1)));
      const took = performance.now() - began;
      for (const outcome of outcomes) if (outcome.status === 'fulfilled') put(outcome.value);
      return {
        sent: times,
        acknowledged: outcomes.filter((outcome) => outcome.status === 'fulfilled').length,
        before,
        after: (await read()).value,
        milliseconds: took,
      };
    },
  });
}
