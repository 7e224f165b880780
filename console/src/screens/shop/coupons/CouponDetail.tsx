import { Button, Skeleton, Switch, Tabs, TextInput } from '@mantine/core';
import { useState } from 'react';
import {
  type Coupon,
  useAddCode,
  useChangeCoupon,
  useClaims,
  useCodes,
  useGenerateCodes,
  useRemoveCoupon,
  useRetireCode,
} from '../../../api/coupons';
import { useMay } from '../../../api/session';
import type { Shop } from '../../../api/shops';
import { plural } from '../../../lib/format';
import { Ago, useNow } from '../../../ui/Ago';
import { act } from '../../../ui/act';
import parts from '../../../ui/blocks.module.css';
import { Confirm } from '../../../ui/Confirm';
import { Copy } from '../../../ui/Copy';
import { ProblemNote } from '../../../ui/ProblemNote';
import { Tag } from '../../../ui/signs';
import { tellProblem } from '../../../ui/toasts';
import { Subject } from '../payments/PaymentsSection';
import { State } from '../State';
import classes from '../shop.module.css';
import { CouponForm } from './CouponForm';
import { offWords, STANDING, standingOf, termsOf } from './words';

interface CouponDetailProps {
  shop: Shop;
  coupon: Coupon;
  close: () => void;
}

/** One coupon: its terms, its codes, and every use of it. */
export function CouponDetail({ shop, coupon, close }: CouponDetailProps) {
  const mayManage = useMay('coupons:manage');
  const now = useNow();
  return (
    <div className={parts.stack}>
      <div className={classes.head}>
        <State words={STANDING} state={standingOf(coupon, now)} />
        <b>{offWords(coupon)}</b>
        <span className="dim">{termsOf(coupon).join(', ')}</span>
      </div>
      {mayManage ? <Steer shop={shop} coupon={coupon} close={close} /> : null}
      <Tabs defaultValue={coupon.automatic ? 'uses' : 'codes'} keepMounted={false}>
        <Tabs.List>
          {coupon.automatic ? null : <Tabs.Tab value="codes">Codes</Tabs.Tab>}
          <Tabs.Tab value="uses">Uses</Tabs.Tab>
          {mayManage ? <Tabs.Tab value="terms">Terms and simulator</Tabs.Tab> : null}
        </Tabs.List>
        <Tabs.Panel value="codes" pt="md">
          <Codes shop={shop} coupon={coupon} mayManage={mayManage} />
        </Tabs.Panel>
        <Tabs.Panel value="uses" pt="md">
          <Uses shop={shop} coupon={coupon} />
        </Tabs.Panel>
        <Tabs.Panel value="terms" pt="md">
          <CouponForm shop={shop} coupon={coupon} close={close} done={() => {}} />
        </Tabs.Panel>
      </Tabs>
    </div>
  );
}

function Steer({ shop, coupon, close }: CouponDetailProps) {
  const [asking, setAsking] = useState(false);
  const change = useChangeCoupon(shop.slug);
  const remove = useRemoveCoupon(shop.slug);
  return (
    <div className={parts.actions}>
      <Switch
        label="Paused"
        checked={coupon.paused}
        disabled={change.isPending}
        onChange={(event) =>
          act(
            change,
            { coupon, changes: { paused: event.currentTarget.checked } },
            {
              told: ({ paused }) => (paused ? 'Nobody can use it for now' : 'It can be used again'),
              failed: tellProblem,
            },
          )
        }
      />
      <Button size="compact-sm" variant="default" onClick={() => setAsking(true)}>
        Delete
      </Button>
      <Confirm
        opened={asking}
        title={`Delete ${coupon.name}`}
        words="Delete it"
        danger
        pending={remove.isPending}
        error={remove.error}
        close={() => setAsking(false)}
        act={() => act(remove, coupon, { told: `${coupon.name} is deleted`, after: close })}
      >
        <p>Its codes can be used no more. Orders that used it keep what they got.</p>
      </Confirm>
    </div>
  );
}

function Codes({ shop, coupon, mayManage }: { shop: Shop; coupon: Coupon; mayManage: boolean }) {
  const [code, setCode] = useState('');
  const { data, error } = useCodes(shop.slug, coupon.id);
  const add = useAddCode(shop.slug);
  const generate = useGenerateCodes(shop.slug);
  const retire = useRetireCode(shop.slug);
  return (
    <div className={parts.stack}>
      {mayManage ? (
        <form
          className={parts.actions}
          onSubmit={(event) => {
            event.preventDefault();
            act(
              add,
              { id: coupon.id, code: code.trim() },
              { told: `${code} can be used`, after: () => setCode('') },
            );
          }}
        >
          <TextInput
            aria-label="Code"
            placeholder="Another code"
            value={code}
            onChange={(event) => setCode(event.currentTarget.value)}
          />
          <Button type="submit" variant="default" loading={add.isPending} disabled={code.trim().length < 3}>
            Add
          </Button>
          <Button
            variant="default"
            loading={generate.isPending}
            onClick={() =>
              act(
                generate,
                { id: coupon.id, count: 10, prefix: '' },
                { told: 'Ten codes for one use each are being made', failed: tellProblem },
              )
            }
          >
            Make ten up
          </Button>
        </form>
      ) : null}
      {add.error ? <ProblemNote error={add.error} /> : null}
      {error ? <ProblemNote error={error} /> : null}
      {!data && !error ? <Skeleton height={120} /> : null}
      {data?.items.length === 0 ? <p className="dim">Nobody can use it yet: it has no code.</p> : null}
      {data?.items.length ? (
        <ul className={classes.small} aria-label="Codes">
          {data.items.map((one) => (
            <li key={one.id}>
              <Copy text={one.code} label="code" shown={one.code} />
              <span className="dim">
                {plural(one.used, 'use')}
                {one.limit === null ? '' : ` of ${one.limit}`}
              </span>
              {one.active ? null : <Tag>Retired</Tag>}
              {mayManage && one.active ? (
                <Button
                  size="compact-xs"
                  variant="subtle"
                  color="gray"
                  aria-label={`Retire ${one.code}`}
                  loading={retire.isPending && retire.variables.code === one.id}
                  onClick={() =>
                    act(
                      retire,
                      { id: coupon.id, code: one.id },
                      { told: `${one.code} can be used no more`, failed: tellProblem },
                    )
                  }
                >
                  Retire
                </Button>
              ) : null}
            </li>
          ))}
        </ul>
      ) : null}
    </div>
  );
}

function Uses({ shop, coupon }: { shop: Shop; coupon: Coupon }) {
  const { data, error, refetch } = useClaims(shop.slug, coupon.id);
  if (error) return <ProblemNote error={error} retry={() => void refetch()} />;
  if (!data) return <Skeleton height={120} />;
  if (data.items.length === 0) return <p className="dim">Nobody has used it yet.</p>;
  return (
    <ul className={classes.small} aria-label="Uses">
      {data.items.map((one) => (
        <li key={one.id}>
          <Subject shop={shop} kind="order" id={one.holder} />
          {one.code ? <span className="mono">{one.code}</span> : null}
          <span className="dim truncate">
            {one.email ?? 'a customer who was forgotten'}, <Ago time={one.claimed_at} />
          </span>
          {one.released_at ? <Tag>Given back</Tag> : null}
        </li>
      ))}
    </ul>
  );
}
