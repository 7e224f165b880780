import type { Coupon, NewCoupon } from '../api/coupons';
import { percentOf, readMoney, readPercent, typedMoney } from './money';

/** A coupon as it stands in a form: everything as it is typed. */
export interface CouponDraft {
  name: string;
  kind: 'percent' | 'fixed';
  percent: string;
  /** By currency. */
  amounts: Record<string, string>;
  on: NonNullable<NewCoupon['on']>;
  minimum: Record<string, string>;
  firstOrder: boolean;
  limit: string;
  perCustomer: string;
  /** Local, as the browser's field has it; empty for none. */
  startsAt: string;
  redeemBy: string;
  automatic: boolean;
  exclusive: boolean;
  giveBack: boolean;
  paused: boolean;
}

export function emptyDraft(): CouponDraft {
  return {
    name: '',
    kind: 'percent',
    percent: '10',
    amounts: {},
    on: 'lines',
    minimum: {},
    firstOrder: false,
    limit: '',
    perCustomer: '',
    startsAt: '',
    redeemBy: '',
    automatic: false,
    exclusive: false,
    giveBack: true,
    paused: false,
  };
}

export function draftOfCoupon(coupon: Coupon): CouponDraft {
  const typed = (sums: Record<string, number>) =>
    Object.fromEntries(
      Object.entries(sums).map(([currency, minor]) => [currency, typedMoney(minor, currency)]),
    );
  return {
    name: coupon.name,
    kind: coupon.off.kind,
    percent: coupon.off.kind === 'percent' ? percentOf(coupon.off.ppm).replace(' %', '') : '',
    amounts: coupon.off.kind === 'fixed' ? typed(coupon.off.amounts) : {},
    on: coupon.on,
    minimum: typed(coupon.minimum),
    firstOrder: coupon.first_order,
    limit: coupon.limit === null ? '' : String(coupon.limit),
    perCustomer: coupon.per_customer === null ? '' : String(coupon.per_customer),
    startsAt: localOf(coupon.starts_at),
    redeemBy: localOf(coupon.redeem_by),
    automatic: coupon.automatic,
    exclusive: coupon.stacking === 'exclusive',
    giveBack: coupon.give_back,
    paused: coupon.paused,
  };
}

/** What is sent of a draft; null while something in it is no amount, no share or no number. */
export function couponOf(draft: CouponDraft): NewCoupon | null {
  const off = offOf(draft);
  const minimum = sumsOf(draft.minimum);
  const limit = wholeOf(draft.limit);
  const perCustomer = wholeOf(draft.perCustomer);
  if (!draft.name.trim() || !off || !minimum || limit === undefined || perCustomer === undefined) return null;
  return {
    name: draft.name.trim(),
    off,
    on: draft.on,
    minimum,
    first_order: draft.firstOrder,
    starts_at: instantOf(draft.startsAt),
    redeem_by: instantOf(draft.redeemBy),
    limit,
    per_customer: perCustomer,
    stacking: draft.exclusive ? 'exclusive' : 'combinable',
    automatic: draft.automatic,
    give_back: draft.giveBack,
    paused: draft.paused,
  };
}

function offOf(draft: CouponDraft): NewCoupon['off'] | null {
  if (draft.kind === 'percent') {
    const ppm = readPercent(draft.percent);
    return ppm === null ? null : { kind: 'percent', ppm };
  }
  const amounts = sumsOf(draft.amounts);
  return amounts && Object.keys(amounts).length > 0 ? { kind: 'fixed', amounts } : null;
}

/** Minor units by currency, without the empty ones; null where one is no amount. */
function sumsOf(typed: Record<string, string>): Record<string, number> | null {
  const sums: Record<string, number> = {};
  for (const [currency, text] of Object.entries(typed)) {
    if (!text.trim()) continue;
    const minor = readMoney(text, currency);
    if (minor === null) return null;
    sums[currency] = minor;
  }
  return sums;
}

/** A count of one or more; null for none, undefined for what is neither. */
function wholeOf(text: string): number | null | undefined {
  if (!text.trim()) return null;
  return /^[1-9]\d{0,8}$/.test(text.trim()) ? Number(text) : undefined;
}

function instantOf(local: string): string | null {
  return local ? new Date(local).toISOString() : null;
}

function localOf(instant: string | null): string {
  if (!instant) return '';
  const moment = new Date(instant);
  return new Date(moment.getTime() - moment.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}
