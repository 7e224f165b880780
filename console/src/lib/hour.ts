/** What ended in each minute of the last hour, as the tiles and sparklines show it. */

export interface MinuteOf {
  /** ISO 8601, the beginning of the minute. */
  minute: string;
  queue: string;
  completed: number;
  failed: number;
  /** Seconds, summed over the jobs that ended. */
  wait: number;
  run: number;
}

export interface Hour {
  /** 60 figures, oldest first; the last is the minute that is not over. */
  completed: number[];
  failed: number[];
  /** Seconds on average; 0 where nothing ended. */
  wait: number[];
  run: number[];
  total: number;
  totalFailed: number;
  averageWait: number;
  averageRun: number;
  /** Jobs in the last minute that is over. */
  lastMinute: number;
  most: number;
}

/** Names of queues in which something ended, although nothing of them is left to be counted. */
export function idleQueues(minutes: readonly MinuteOf[], counted: readonly string[]): string[] {
  const known = new Set(counted);
  return [...new Set(minutes.map(({ queue }) => queue))].filter((queue) => !known.has(queue)).sort();
}

const MINUTES = 60;

/** Gives every minute its place, whether anything ended in it or not. */
export function hourOf(minutes: readonly MinuteOf[], now: Date): Hour {
  const blank = () => new Array<number>(MINUTES).fill(0);
  const [completed, failed, waited, ran] = [blank(), blank(), blank(), blank()];
  const current = Math.floor(now.getTime() / 60_000);
  for (const each of minutes) {
    const place = MINUTES - 1 - (current - Math.floor(new Date(each.minute).getTime() / 60_000));
    if (place < 0 || place >= MINUTES) continue;
    completed[place] = (completed[place] ?? 0) + each.completed;
    failed[place] = (failed[place] ?? 0) + each.failed;
    waited[place] = (waited[place] ?? 0) + each.wait;
    ran[place] = (ran[place] ?? 0) + each.run;
  }
  const ended = completed.map((value, place) => value + (failed[place] ?? 0));
  const average = (sums: readonly number[]) => sums.map((value, place) => ratio(value, ended[place] ?? 0));
  const all = sum(ended);
  return {
    completed,
    failed,
    wait: average(waited),
    run: average(ran),
    total: sum(completed),
    totalFailed: sum(failed),
    averageWait: ratio(sum(waited), all),
    averageRun: ratio(sum(ran), all),
    lastMinute: completed[MINUTES - 2] ?? 0,
    most: Math.max(...completed),
  };
}

function sum(values: readonly number[]): number {
  return values.reduce((all, value) => all + value, 0);
}

function ratio(value: number, by: number): number {
  return by === 0 ? 0 : value / by;
}
