import type { Order, PriceStep } from '../../../api/orders';
import { money, percentOf, signed } from '../../../lib/money';
import { laySteps } from '../../../lib/steps';
import own from './orders.module.css';

interface WaterfallProps {
  label: string;
  order: Order;
  steps: readonly PriceStep[];
  total: number;
}

/** How a total came to be: price, what promotions took off, shipping, taxes, and what rounding did. */
export function Waterfall({ label, order, steps, total }: WaterfallProps) {
  const laid = laySteps(steps);
  return (
    <table className={own.waterfall} aria-label={label}>
      <tbody>
        {laid.map(({ step, left, width, rounded }, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: a place in the sum is what a step is
          <tr key={index} data-kind={step.kind} data-included={step.included}>
            <th scope="row">
              {wordsOf(step, order)}
              {step.included ? <small>in the price already</small> : null}
            </th>
            <td aria-hidden>
              <span style={{ left: `${left * 100}%`, width: `${width * 100}%` }} />
            </td>
            <td data-align="right">
              {step.amount < 0 ? signed(step.amount, order.currency) : money(step.amount, order.currency)}
              {rounded ? (
                <small title={`Exactly ${step.exact} of the smallest unit`}>rounded by {rounded}</small>
              ) : null}
            </td>
          </tr>
        ))}
        <tr data-kind="total">
          <th scope="row">Total</th>
          <td aria-hidden />
          <td data-align="right">{money(total, order.currency)}</td>
        </tr>
      </tbody>
    </table>
  );
}

function wordsOf(step: PriceStep, order: Order): string {
  if (step.kind === 'price') return step.id === 'lines' ? 'Goods' : 'Price';
  if (step.kind === 'shipping') return order.shipping_name ?? 'Shipping';
  if (step.kind === 'tax') return step.ppm === null ? step.id : `${step.id} ${percentOf(step.ppm)}`;
  const coupon = order.coupons.find(({ discount_id }) => discount_id === step.id);
  if (!coupon) return 'Promotion';
  return coupon.code ? `${coupon.name} (${coupon.code})` : coupon.name;
}
