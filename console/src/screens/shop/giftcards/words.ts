import type { GiftCard } from '../../../api/giftCards';
import type { Tone } from '../../../ui/tone';

type Standing = 'active' | 'empty' | 'over' | 'idle';

export const STANDING: Record<Standing, readonly [Tone, string]> = {
  active: ['good', 'Active'],
  empty: ['rest', 'Empty'],
  over: ['rest', 'Over'],
  idle: ['warn', 'Not active'],
};

export function standingOf(card: GiftCard, now: Date): Standing {
  if (!card.active) return 'idle';
  if (card.expires_at && new Date(card.expires_at) <= now) return 'over';
  return card.balance > 0 ? 'active' : 'empty';
}

export const ENTRY = {
  issued: 'Issued',
  taken: 'Paid an order',
  given_back: 'Given back',
  adjusted: 'Put right by hand',
} as const;
