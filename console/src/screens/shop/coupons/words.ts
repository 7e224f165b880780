import type { Coupon } from '../../../api/coupons';
import { plural } from '../../../lib/format';
import { money, percentOf } from '../../../lib/money';
import type { Tone } from '../../../ui/tone';

/** `10 % off`, `€5.00 or £4.00 off shipping`. */
export function offWords({ off, on }: Pick<Coupon, 'off' | 'on'>): string {
  const size =
    off.kind === 'percent'
      ? percentOf(off.ppm)
      : Object.entries(off.amounts)
          .map(([currency, minor]) => money(minor, currency))
          .join(' or ');
  if (on === 'shipping')
    return off.kind === 'percent' && off.ppm === 1_000_000 ? 'free shipping' : `${size} off shipping`;
  return `${size} off`;
}

type Standing = 'paused' | 'waiting' | 'over' | 'used' | 'live';

export const STANDING: Record<Standing, readonly [Tone, string]> = {
  paused: ['warn', 'Paused'],
  waiting: ['accent', 'Not yet'],
  over: ['rest', 'Over'],
  used: ['rest', 'Used up'],
  live: ['good', 'Live'],
};

export function standingOf(coupon: Coupon, now: Date): Standing {
  if (coupon.paused) return 'paused';
  if (coupon.redeem_by !== null && new Date(coupon.redeem_by) <= now) return 'over';
  if (coupon.starts_at !== null && new Date(coupon.starts_at) > now) return 'waiting';
  return coupon.limit !== null && coupon.used >= coupon.limit ? 'used' : 'live';
}

/** For whom and from how much on, in a few words each. */
export function termsOf(coupon: Coupon): string[] {
  const minimum = Object.entries(coupon.minimum).map(([currency, minor]) => money(minor, currency));
  return [
    coupon.automatic ? 'needs no code' : null,
    minimum.length ? `from ${minimum.join(' or ')}` : null,
    coupon.first_order ? 'first order only' : null,
    coupon.only ? 'for some goods' : null,
    coupon.customers.length + coupon.emails.length > 0
      ? `for ${plural(coupon.customers.length + coupon.emails.length, 'customer')}`
      : null,
    coupon.per_customer === null ? null : `${plural(coupon.per_customer, 'time')} a customer`,
    coupon.stacking === 'exclusive' ? 'stands alone' : null,
  ].filter((words) => words !== null);
}

const REFUSALS: Record<string, string> = {
  paused: 'it is paused',
  not_yet: 'it has not begun',
  expired: 'it is over',
  used_up: 'it was used up by then',
  used_by_you: 'the customer had used it',
  buyer_unknown: 'nobody said who buys',
  not_for_you: 'it is not for this customer',
  not_first_order: 'it was not their first order',
  currency: 'another currency',
  no_goods: 'nothing in it was what it is for',
  minimum: 'it came to less than the minimum',
  not_combinable: 'another coupon stood alone',
};

export function refusalWords(reason: string): string {
  return REFUSALS[reason] ?? reason;
}
