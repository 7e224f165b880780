import { describe, expect, it } from 'vitest';
import type { Coupon } from '../api/coupons';
import { couponOf, draftOfCoupon, emptyDraft } from './couponDraft';

const draft = { ...emptyDraft(), name: ' Spring ' };

describe('a coupon as it is typed', () => {
  it('is sent as it is meant', () => {
    const fixed = {
      ...draft,
      kind: 'fixed' as const,
      amounts: { EUR: '5', GBP: '' },
      minimum: { EUR: '30.00' },
      limit: '100',
    };
    expect(couponOf(fixed)).toMatchObject({
      name: 'Spring',
      off: { kind: 'fixed', amounts: { EUR: 500 } },
      minimum: { EUR: 3000 },
      limit: 100,
      per_customer: null,
      stacking: 'combinable',
    });
    expect(couponOf({ ...draft, percent: '12,5' })?.off).toEqual({ kind: 'percent', ppm: 125_000 });
  });

  it('is not sent while something in it is not what it should be', () => {
    const wrong = [
      { ...draft, name: ' ' },
      { ...draft, percent: '101' },
      { ...draft, kind: 'fixed' as const },
      { ...draft, minimum: { EUR: 'much' } },
      { ...draft, limit: '0' },
      { ...draft, perCustomer: '1.5' },
    ];
    expect(wrong.map(couponOf)).toEqual(wrong.map(() => null));
  });

  it('comes back as it was', () => {
    const coupon = {
      ...couponOf({ ...draft, percent: '8.875', redeemBy: '2026-02-01T12:30', limit: '5', exclusive: true }),
      only: null,
      customers: [],
      emails: [],
      position: 0,
    } as unknown as Coupon;
    const again = draftOfCoupon(coupon);
    expect([again.percent, again.redeemBy, again.limit, again.exclusive]).toEqual([
      '8.875',
      '2026-02-01T12:30',
      '5',
      true,
    ]);
    expect(couponOf(again)).toEqual(couponOf(draftOfCoupon(coupon)));
  });
});
