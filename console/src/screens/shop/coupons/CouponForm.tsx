import { Button, SegmentedControl, Switch, TextInput } from '@mantine/core';
import { type FormEvent, useState } from 'react';
import { type Coupon, useChangeCoupon, useCreateCoupon } from '../../../api/coupons';
import type { Shop } from '../../../api/shops';
import { type CouponDraft, couponOf, draftOfCoupon, emptyDraft } from '../../../lib/couponDraft';
import { act } from '../../../ui/act';
import parts from '../../../ui/blocks.module.css';
import { ProblemNote } from '../../../ui/ProblemNote';
import classes from '../shop.module.css';
import { Simulator } from './Simulator';

interface CouponFormProps {
  shop: Shop;
  /** Null for a new one. */
  coupon: Coupon | null;
  close: () => void;
  done: (coupon: Coupon) => void;
}

/** Makes or changes a coupon, with what it would have done to past orders beside it. */
export function CouponForm({ shop, coupon, close, done }: CouponFormProps) {
  const [draft, setDraft] = useState<CouponDraft>(() => (coupon ? draftOfCoupon(coupon) : emptyDraft()));
  const [code, setCode] = useState('');
  const create = useCreateCoupon(shop.slug);
  const change = useChangeCoupon(shop.slug);
  const wanted = couponOf(draft);
  const set = (changes: Partial<CouponDraft>) => setDraft({ ...draft, ...changes });

  function submit(event: FormEvent) {
    event.preventDefault();
    if (!wanted) return;
    if (coupon) act(change, { coupon, changes: wanted }, { told: 'The coupon is changed', after: done });
    else {
      const given = { coupon: wanted, code: draft.automatic ? '' : code.trim() };
      act(create, given, { told: `${wanted.name} is there`, after: done });
    }
  }

  const error = create.error ?? change.error;
  return (
    <form className={parts.stack} onSubmit={submit}>
      <TextInput
        label="Name"
        description="On the cart and on the bill"
        required
        withAsterisk={false}
        value={draft.name}
        onChange={(event) => set({ name: event.currentTarget.value })}
      />
      <Off shop={shop} draft={draft} set={set} />
      {coupon ? null : (
        <Switch
          label="Needs no code"
          description="It is used by itself wherever it may be"
          checked={draft.automatic}
          onChange={(event) => set({ automatic: event.currentTarget.checked })}
        />
      )}
      {coupon || draft.automatic ? null : (
        <TextInput
          label="Code"
          description="Case does not count; more can be added later"
          placeholder="SPRING-25"
          value={code}
          onChange={(event) => setCode(event.currentTarget.value)}
        />
      )}
      <Limits shop={shop} draft={draft} set={set} />
      {error ? <ProblemNote error={error} /> : null}
      <div className={parts.actions}>
        <Button type="submit" loading={create.isPending || change.isPending} disabled={!wanted}>
          {coupon ? 'Change it' : 'Make it'}
        </Button>
        <Button variant="default" onClick={close}>
          Leave it
        </Button>
      </div>
      <Simulator shop={shop} coupon={wanted && coupon ? { ...wanted, only: coupon.only } : wanted} />
    </form>
  );
}

interface PartProps {
  shop: Shop;
  draft: CouponDraft;
  set: (changes: Partial<CouponDraft>) => void;
}

function Off({ shop, draft, set }: PartProps) {
  return (
    <>
      <div className={parts.actions}>
        <SegmentedControl
          aria-label="Kind"
          data={[
            { value: 'percent', label: 'A share' },
            { value: 'fixed', label: 'A sum' },
          ]}
          value={draft.kind}
          onChange={(kind) => set({ kind: kind as CouponDraft['kind'] })}
        />
        <SegmentedControl
          aria-label="Off what"
          data={[
            { value: 'lines', label: 'off the goods' },
            { value: 'shipping', label: 'off shipping' },
          ]}
          value={draft.on}
          onChange={(on) => set({ on: on as CouponDraft['on'] })}
        />
      </div>
      {draft.kind === 'percent' ? (
        <TextInput
          label="Per cent"
          inputMode="decimal"
          required
          withAsterisk={false}
          value={draft.percent}
          onChange={(event) => set({ percent: event.currentTarget.value })}
        />
      ) : (
        <Sums shop={shop} label="Off, in" sums={draft.amounts} change={(amounts) => set({ amounts })} />
      )}
    </>
  );
}

function Limits({ shop, draft, set }: PartProps) {
  return (
    <>
      <Sums shop={shop} label="From, in" sums={draft.minimum} change={(minimum) => set({ minimum })} />
      <div className={classes.three}>
        <TextInput
          label="Uses in all"
          placeholder="no limit"
          inputMode="numeric"
          value={draft.limit}
          onChange={(event) => set({ limit: event.currentTarget.value })}
        />
        <TextInput
          label="Uses a customer"
          placeholder="no limit"
          inputMode="numeric"
          value={draft.perCustomer}
          onChange={(event) => set({ perCustomer: event.currentTarget.value })}
        />
      </div>
      <div className={classes.three}>
        <TextInput
          label="From"
          type="datetime-local"
          value={draft.startsAt}
          onChange={(event) => set({ startsAt: event.currentTarget.value })}
        />
        <TextInput
          label="Until"
          type="datetime-local"
          value={draft.redeemBy}
          onChange={(event) => set({ redeemBy: event.currentTarget.value })}
        />
      </div>
      <Switch
        label="Only for a first order"
        checked={draft.firstOrder}
        onChange={(event) => set({ firstOrder: event.currentTarget.checked })}
      />
      <Switch
        label="Stands alone"
        description="No other coupon is used beside it"
        checked={draft.exclusive}
        onChange={(event) => set({ exclusive: event.currentTarget.checked })}
      />
      <Switch
        label="A canceled order gives its use back"
        checked={draft.giveBack}
        onChange={(event) => set({ giveBack: event.currentTarget.checked })}
      />
    </>
  );
}

interface SumsProps {
  shop: Shop;
  label: string;
  sums: Record<string, string>;
  change: (sums: Record<string, string>) => void;
}

function Sums({ shop, label, sums, change }: SumsProps) {
  return (
    <div className={classes.three}>
      {shop.currencies.map((currency) => (
        <TextInput
          key={currency}
          label={`${label} ${currency}`}
          inputMode="decimal"
          value={sums[currency] ?? ''}
          onChange={(event) => change({ ...sums, [currency]: event.currentTarget.value })}
        />
      ))}
    </div>
  );
}
