import type { MoneyStatus, OrderStatus } from '../../api/orders';
import type { PaymentStatus, RefundStatus } from '../../api/payments';
import type { Tone } from '../../ui/tone';

/** What states are called, and in which tone; one table each. */
type Words<State extends string> = Record<State, readonly [Tone, string]>;

const ORDER: Words<OrderStatus> = {
  pending: ['warn', 'Awaits payment'],
  paid: ['accent', 'To be sent'],
  partly_fulfilled: ['accent', 'Partly sent'],
  fulfilled: ['good', 'Sent'],
  completed: ['good', 'Completed'],
  canceled: ['rest', 'Canceled'],
  expired: ['rest', 'Expired'],
};

const MONEY: Words<MoneyStatus> = {
  unpaid: ['rest', 'Unpaid'],
  partly_paid: ['warn', 'Partly paid'],
  paid: ['good', 'Paid'],
  partly_refunded: ['warn', 'Partly refunded'],
  refunded: ['rest', 'Refunded'],
};

const PAYMENT: Words<PaymentStatus> = {
  pending: ['rest', 'Awaits payment'],
  processing: ['accent', 'On its way'],
  authorized: ['accent', 'Reserved'],
  failed: ['bad', 'Failed'],
  expired: ['rest', 'Expired'],
  canceled: ['rest', 'Canceled'],
  succeeded: ['good', 'Captured'],
  in_review: ['bad', 'To be looked at'],
};

const REFUND: Words<RefundStatus> = {
  pending: ['accent', 'On its way'],
  succeeded: ['good', 'Given back'],
  failed: ['bad', 'Failed'],
};

export const WORDS = { order: ORDER, money: MONEY, payment: PAYMENT, refund: REFUND };

/** The states as a choice. */
export function choices<State extends string>(words: Words<State>): { value: State; label: string }[] {
  return (Object.keys(words) as State[]).map((value) => ({ value, label: words[value][1] }));
}

/** A word of the address, if it is one of these states. */
export function stateOf<State extends string>(words: Words<State>, word: string | null): State | null {
  return word !== null && Object.hasOwn(words, word) ? (word as State) : null;
}
