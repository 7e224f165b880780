import { Skeleton, Switch } from '@mantine/core';
import { type GiftCard, useActivateGiftCard, useGiftCardEntries } from '../../../api/giftCards';
import { useMay } from '../../../api/session';
import type { Shop } from '../../../api/shops';
import { money, signed } from '../../../lib/money';
import { Ago } from '../../../ui/Ago';
import { act } from '../../../ui/act';
import parts from '../../../ui/blocks.module.css';
import { ProblemNote } from '../../../ui/ProblemNote';
import { tellProblem } from '../../../ui/toasts';
import uiClasses from '../../../ui/ui.module.css';
import { ENTRY } from './words';

/** One card: whether it pays, and everything that moved its balance. */
export function GiftCardDetail({ shop, card }: { shop: Shop; card: GiftCard }) {
  const mayManage = useMay('giftcards:manage');
  const activate = useActivateGiftCard(shop.slug);
  return (
    <div className={parts.stack}>
      {mayManage ? (
        <Switch
          label="Active"
          description="What orders hold of it comes back to it either way"
          checked={card.active}
          disabled={activate.isPending}
          onChange={(event) =>
            act(
              activate,
              { card, active: event.currentTarget.checked },
              {
                told: ({ active }) => (active ? 'It pays again' : 'It pays nothing for now'),
                failed: tellProblem,
              },
            )
          }
        />
      ) : null}
      <Entries shop={shop} card={card} />
    </div>
  );
}

function Entries({ shop, card }: { shop: Shop; card: GiftCard }) {
  const { data, error } = useGiftCardEntries(shop.slug, card.id);
  if (error) return <ProblemNote error={error} />;
  if (!data) return <Skeleton height={160} radius={10} aria-busy="true" />;
  return (
    <table className={`${uiClasses.table} ${parts.rows}`}>
      <thead>
        <tr>
          <th>What</th>
          <th data-align="right">By</th>
          <th data-align="right">On it then</th>
          <th data-align="right">When</th>
        </tr>
      </thead>
      <tbody>
        {data.items.map((entry) => (
          <tr key={entry.sequence}>
            <td data-cell="main">
              {ENTRY[entry.kind]}
              {entry.reason ? <span className="dim"> {entry.reason}</span> : null}
            </td>
            <td data-cell="second" data-align="right" data-name="by" className="nowrap">
              {signed(entry.amount, card.currency)}
            </td>
            <td data-cell="second" data-align="right" data-name="then" className="nowrap">
              {money(entry.balance, card.currency)}
            </td>
            <td data-cell="action" data-align="right" className="dim">
              <Ago time={entry.at} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
