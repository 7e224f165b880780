import { UnstyledButton } from '@mantine/core';
import { type Order, type OrderEvent, useTimeline } from '../../../api/orders';
import type { Shop } from '../../../api/shops';
import { ProblemNote } from '../../../ui/ProblemNote';
import { Timeline } from '../../../ui/Timeline';
import { useNames } from '../../access/names';
import { tellFact } from './facts';
import own from './orders.module.css';

interface OrderTimelineProps {
  shop: Shop;
  /** As it is now. */
  order: Order;
  /** The moment that is looked at; null for now. */
  at: string | null;
  look: (at: string | null) => void;
}

const day = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short' });
const ACTORS: Record<string, string> = {
  anonymous: 'the customer',
  system: 'by itself',
  user: 'the customer',
  service: 'a program',
};

/** Everything that happened, and a way to see the order as it was after each of it. */
export function OrderTimeline({ shop, order, at, look }: OrderTimelineProps) {
  const { data, error, refetch } = useTimeline(shop.slug, order.id, order.version);
  const nameOf = useNames();
  if (error && !data) return <ProblemNote error={error} retry={() => void refetch()} />;
  if (!data) return null;
  const moments = [...new Set(data.map((event) => event.at))];
  const step = at === null ? moments.length : moments.filter((moment) => moment <= at).length;
  const go = (to: number) => look(to >= moments.length ? null : (moments[to - 1] ?? null));
  return (
    <>
      {moments.length > 1 ? (
        <label className={own.machine}>
          <span>
            <b>Time machine</b>
            <span className="dim">{at === null ? 'now' : `moment ${step} of ${moments.length}`}</span>
          </span>
          <input
            type="range"
            min={1}
            max={moments.length}
            value={step}
            onChange={(event) => go(Number(event.currentTarget.value))}
          />
        </label>
      ) : null}
      <Timeline
        label="What happened"
        steps={data.map((event) => {
          const { tone, title, body } = tellFact(event, order);
          return {
            at: event.at,
            tone,
            title,
            aside: (
              <>
                {day.format(new Date(event.at))} · {who(event, order, nameOf)}
                {at === event.at ? null : (
                  <>
                    {' · '}
                    <UnstyledButton className={own.then} onClick={() => look(event.at)}>
                      as it was then
                    </UnstyledButton>
                  </>
                )}
              </>
            ),
            body,
          };
        })}
      />
    </>
  );
}

function who({ actor, actor_id }: OrderEvent, order: Order, nameOf: (id: string) => string): string {
  if (actor_id !== null && actor_id !== order.customer_id) return nameOf(actor_id);
  return ACTORS[actor] ?? actor;
}
