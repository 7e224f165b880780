import { describe, expect, it } from 'vitest';
import { hourOf, idleQueues } from './hour';

const NOW = new Date('2026-05-01T12:30:20Z');
const minute = (time: string, completed: number, failed: number, wait: number, run: number, queue = 'a') => ({
  minute: `2026-05-01T${time}:00Z`,
  queue,
  completed,
  failed,
  wait,
  run,
});

describe('the last hour', () => {
  it('has sixty places and puts queues together', () => {
    const hour = hourOf(
      [minute('12:30', 1, 0, 1, 2), minute('12:29', 3, 1, 8, 4), minute('12:29', 2, 0, 4, 2, 'b')],
      NOW,
    );
    expect(hour.completed).toHaveLength(60);
    expect(hour.completed.slice(-3)).toEqual([0, 5, 1]);
    expect(hour.failed.slice(-2)).toEqual([1, 0]);
    expect(hour.wait.slice(-2)).toEqual([2, 1]);
    expect([hour.total, hour.totalFailed, hour.lastMinute, hour.most]).toEqual([6, 1, 5, 5]);
    expect(hour.averageWait).toBeCloseTo(13 / 7);
    expect(hour.averageRun).toBeCloseTo(8 / 7);
  });

  it('leaves out what is older, and what a skewed clock puts into the future', () => {
    const hour = hourOf([minute('11:30', 5, 0, 0, 0), minute('12:31', 5, 0, 0, 0)], NOW);
    expect([hour.total, hour.averageWait]).toEqual([0, 0]);
    expect(hourOf([minute('11:31', 5, 0, 0, 0)], NOW).completed[0]).toBe(5);
  });
});

describe('queues at rest', () => {
  it('are those in which something ended and nothing is left', () => {
    const minutes = [
      minute('12:29', 1, 0, 0, 0, 'b'),
      minute('12:30', 1, 0, 0, 0),
      minute('12:30', 1, 0, 0, 0, 'b'),
    ];
    expect(idleQueues(minutes, ['a'])).toEqual(['b']);
  });
});
