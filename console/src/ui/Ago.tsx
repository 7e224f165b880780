import { Tooltip } from '@mantine/core';
import { useSyncExternalStore } from 'react';
import { dateTime, fromNow } from '../lib/format';

const TICK = 10_000;
let ticks = 0;
const listeners = new Set<() => void>();
let timer: ReturnType<typeof setInterval> | undefined;

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  timer ??= setInterval(() => {
    ticks += 1;
    for (const each of listeners) each();
  }, TICK);
  return () => {
    listeners.delete(listener);
    if (listeners.size === 0) {
      clearInterval(timer);
      timer = undefined;
    }
  };
}

/** The present moment; the component draws itself anew every ten seconds, on one timer that all share. */
export function useNow(): Date {
  useSyncExternalStore(subscribe, () => ticks);
  return new Date();
}

/** A moment as people say it, with the exact time on hover. */
export function Ago({ time }: { time: string }) {
  const now = useNow();
  const moment = new Date(time);
  return (
    <Tooltip label={dateTime(moment)}>
      <time dateTime={time} className="nowrap">
        {fromNow(moment, now)}
      </time>
    </Tooltip>
  );
}
