import type { LevelState, MovementKind } from '../../../api/inventory';
import type { Tone } from '../../../ui/tone';

export const KIND: Record<MovementKind, readonly [Tone, string]> = {
  reserved: ['accent', 'Reserved'],
  released: ['rest', 'Released'],
  lapsed: ['rest', 'Lapsed'],
  shipped: ['good', 'Sent'],
  returned: ['warn', 'Came back'],
  adjusted: ['accent', 'Adjusted'],
  transferred: ['accent', 'Moved'],
  counted: ['accent', 'Counted'],
};

export const LEVEL: Record<LevelState, readonly [Tone, string]> = {
  low: ['warn', 'Low'],
  out: ['bad', 'Nothing left'],
};

/** What is worth a word about a level, if anything is. */
export function levelState(level: {
  available: number;
  backorder_limit: number;
  low_stock_at: number | null;
}): LevelState | null {
  if (level.available + level.backorder_limit <= 0) return 'out';
  return level.low_stock_at !== null && level.available <= level.low_stock_at ? 'low' : null;
}
