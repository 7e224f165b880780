import { Button, Drawer, SegmentedControl } from '@mantine/core';
import { IconGift, IconPlus } from '@tabler/icons-react';
import { useState } from 'react';
import { type GiftCard, useGiftCards } from '../../../api/giftCards';
import { useMay } from '../../../api/session';
import type { Shop } from '../../../api/shops';
import { dateTime } from '../../../lib/format';
import { money } from '../../../lib/money';
import { useNow } from '../../../ui/Ago';
import parts from '../../../ui/blocks.module.css';
import { Empty } from '../../../ui/Empty';
import uiClasses from '../../../ui/ui.module.css';
import { useAddress } from '../../../ui/useAddress';
import own from '../coupons/coupons.module.css';
import { Listed } from '../Listed';
import { State } from '../State';
import { GiftCardDetail } from './GiftCardDetail';
import { IssueForm } from './IssueForm';
import { STANDING, standingOf } from './words';

const FILTERS: Record<string, boolean> = { active: true, idle: false };

/** The shop's gift cards: what is on them, and what purchases hold of them. Nobody sees their codes here. */
export function GiftCardsSection({ shop }: { shop: Shop }) {
  const [search, change] = useAddress();
  const [issuing, setIssuing] = useState(false);
  const which = search.get('which') ?? '';
  const cards = useGiftCards(shop.slug, FILTERS[which] ?? null, search.get('cursor'));
  const mayManage = useMay('giftcards:manage');
  const opened = cards.data?.items.find(({ id }) => id === search.get('card')) ?? null;
  return (
    <>
      <div className={own.bar}>
        <SegmentedControl
          aria-label="Which"
          data={[
            { value: '', label: 'All' },
            { value: 'active', label: 'Active' },
            { value: 'idle', label: 'Not active' },
          ]}
          value={which}
          onChange={(value) => change({ which: value || null, cursor: null })}
        />
        {mayManage ? (
          <Button leftSection={<IconPlus size={16} />} onClick={() => setIssuing(true)}>
            Issue gift cards
          </Button>
        ) : null}
      </div>
      <Listed
        query={cards}
        empty={
          <Empty icon={<IconGift size={40} stroke={1.3} />} title="There is no gift card">
            Issue one: its code is shown once, and whoever has it can pay with it.
          </Empty>
        }
      >
        {(items) => <Table items={items} opened={opened} open={(card) => change({ card })} />}
      </Listed>
      <Drawer
        opened={opened !== null}
        onClose={() => change({ card: null })}
        size={620}
        title={opened ? `Card …${opened.last_four}` : ''}
      >
        {opened ? <GiftCardDetail key={opened.id} shop={shop} card={opened} /> : null}
      </Drawer>
      <Drawer opened={issuing} onClose={() => setIssuing(false)} size={520} title="New gift cards">
        {issuing ? <IssueForm shop={shop} close={() => setIssuing(false)} /> : null}
      </Drawer>
    </>
  );
}

interface TableProps {
  items: readonly GiftCard[];
  opened: GiftCard | null;
  open: (id: string) => void;
}

function Table({ items, opened, open }: TableProps) {
  const now = useNow();
  return (
    <table className={`${uiClasses.table} ${parts.rows}`}>
      <thead>
        <tr>
          <th>Card</th>
          <th>State</th>
          <th>Note</th>
          <th data-align="right">On it</th>
          <th data-align="right">Held by orders</th>
          <th data-align="right">Until</th>
        </tr>
      </thead>
      <tbody>
        {items.map((card) => (
          <tr key={card.id} data-opened={card === opened}>
            <td data-cell="main">
              <button type="button" className={parts.open} onClick={() => open(card.id)}>
                …{card.last_four}
              </button>
            </td>
            <td data-cell="state">
              <State words={STANDING} state={standingOf(card, now)} />
            </td>
            <td data-cell="line" className="dim">
              {[card.note, card.email].filter(Boolean).join(', ')}
            </td>
            <td data-cell="second" data-align="right" data-name="on it" className="nowrap">
              {money(card.balance, card.currency)}
              <span className="dim"> of {money(card.initial, card.currency)}</span>
            </td>
            <td data-cell="second" data-align="right" data-name="held" className="nowrap">
              {money(card.spent, card.currency)}
            </td>
            <td data-cell="action" data-align="right" className="dim">
              {card.expires_at ? dateTime(new Date(card.expires_at)) : 'no end'}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
