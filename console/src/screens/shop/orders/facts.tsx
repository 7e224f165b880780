import type { Order, OrderEvent } from '../../../api/orders';
import { plural } from '../../../lib/format';
import { money, signed } from '../../../lib/money';
import type { Tone } from '../../../ui/tone';

interface Told {
  tone: Tone;
  title: string;
  body?: string | null;
}

/** What an event of an order says to people. */
export function tellFact({ fact }: OrderEvent, order: Order): Told {
  const sum = (minor: number) => money(minor, order.currency);
  switch (fact.type) {
    case 'placed':
      return { tone: 'accent', title: 'Placed', body: sum(fact.totals.total) };
    case 'payment_asked':
      return { tone: 'rest', title: `Asked for ${sum(fact.amount)}` };
    case 'payment_received':
      return { tone: 'good', title: `${sum(fact.amount)} came` };
    case 'payment_failed':
      return { tone: 'warn', title: 'Paying did not work', body: fact.reason };
    case 'payment_doubted':
      return { tone: 'bad', title: 'The provider’s word does not fit', body: fact.reason };
    case 'late_money_taken':
      return { tone: 'warn', title: `${sum(fact.amount)} came too late, and goes back`, body: fact.why };
    case 'reinstated':
      return { tone: 'good', title: `${sum(fact.amount)} came late, and the order stands again` };
    case 'edited':
      return {
        tone: 'accent',
        title: `Changed: ${signed(fact.difference, order.currency)}`,
        body: fact.reason,
      };
    case 'fulfilled':
      return {
        tone: 'accent',
        title: `Parcel with ${unitsOf(fact.fulfilment.lines)} sent`,
        body: [fact.fulfilment.carrier, fact.fulfilment.tracking_number].filter(Boolean).join(' · ') || null,
      };
    case 'delivered':
      return { tone: 'good', title: 'Parcel arrived' };
    case 'completed':
      return { tone: 'good', title: 'Everything arrived' };
    case 'goods_returned':
      return {
        tone: 'warn',
        title: `${unitsOf(fact.returned.lines)} came back`,
        body: `${fact.returned.reason}. Into stock again: ${unitsOf(fact.returned.restocked)}.`,
      };
    case 'refund_begun':
      return { tone: 'warn', title: `${sum(fact.refund.amount)} is going back`, body: fact.refund.reason };
    case 'refund_succeeded':
      return { tone: 'good', title: 'The refund arrived' };
    case 'refund_failed':
      return { tone: 'bad', title: 'The refund failed', body: fact.reason };
    case 'canceled':
      return { tone: 'bad', title: 'Canceled', body: fact.reason };
    case 'expired':
      return { tone: 'rest', title: 'Expired: nobody paid in time' };
    case 'noted':
      return { tone: 'rest', title: fact.visible ? 'Note, also for the customer' : 'Note', body: fact.text };
  }
}

function unitsOf(lines: readonly { quantity: number }[]): string {
  return plural(
    lines.reduce((all, line) => all + line.quantity, 0),
    'unit',
  );
}
