import { UnstyledButton } from '@mantine/core';
import { IconChevronDown } from '@tabler/icons-react';
import { Fragment, useState } from 'react';
import type { Order, OrderLine } from '../../../api/orders';
import { money } from '../../../lib/money';
import parts from '../../../ui/blocks.module.css';
import { Tag } from '../../../ui/signs';
import uiClasses from '../../../ui/ui.module.css';
import classes from '../shop.module.css';
import own from './orders.module.css';
import { Waterfall } from './Waterfall';

/** What was bought; each line opens to show how its total came to be. */
export function OrderLines({ order }: { order: Order }) {
  const [opened, setOpened] = useState<string | null>(null);
  return (
    <table className={`${uiClasses.table} ${parts.rows} ${own.lines}`}>
      <thead>
        <tr>
          <th>Goods</th>
          <th>So far</th>
          <th data-align="right">Price</th>
          <th data-align="right">Units</th>
          <th data-align="right">Total</th>
        </tr>
      </thead>
      <tbody>
        {order.lines.map((line) => (
          <Fragment key={line.id}>
            <tr data-opened={line.id === opened}>
              <td data-cell="main">
                <b>{line.title}</b>
                <small>
                  <span className="mono">{line.sku}</span>
                  {Object.values(line.options).map((value) => ` · ${value}`)}
                </small>
              </td>
              <td data-cell="line">
                <SoFar line={line} />
              </td>
              <td data-cell="second" data-align="right" className="nowrap">
                {money(line.unit_price, order.currency)}
                <span className={classes.narrow}> × {line.quantity}</span>
              </td>
              <td data-cell="wide" data-align="right">
                {line.quantity}
              </td>
              <td data-cell="state" data-align="right">
                <UnstyledButton
                  className={classes.opener}
                  aria-expanded={line.id === opened}
                  aria-label={`How ${money(line.priced.total, order.currency)} for ${line.title} came to be`}
                  onClick={() => setOpened(line.id === opened ? null : line.id)}
                >
                  {money(line.priced.total, order.currency)}
                  <IconChevronDown size={14} aria-hidden />
                </UnstyledButton>
              </td>
            </tr>
            {line.id === opened ? (
              <tr className={own.under}>
                <td colSpan={5} data-cell="line">
                  <Waterfall
                    label={`How the total of ${line.title} came to be`}
                    order={order}
                    steps={line.priced.steps}
                    total={line.priced.total}
                  />
                </td>
              </tr>
            ) : null}
          </Fragment>
        ))}
      </tbody>
    </table>
  );
}

function SoFar({ line }: { line: OrderLine }) {
  return (
    <span className={parts.scopes}>
      {line.fulfilled > 0 ? <Tag tone="good">{line.fulfilled} sent</Tag> : null}
      {line.fulfilled < line.quantity ? <Tag>{line.quantity - line.fulfilled} to send</Tag> : null}
      {line.returned > 0 ? <Tag tone="warn">{line.returned} back</Tag> : null}
      {line.refunded > 0 ? <Tag tone="warn">{line.refunded} refunded</Tag> : null}
    </span>
  );
}
