import { Button } from '@mantine/core';
import {
  type Difference,
  type ProviderEvent,
  useBalances,
  useDifferences,
  useParked,
  useReplayEvent,
} from '../../../api/payments';
import { useMay } from '../../../api/session';
import { plural } from '../../../lib/format';
import { money } from '../../../lib/money';
import { Ago } from '../../../ui/Ago';
import { act } from '../../../ui/act';
import parts from '../../../ui/blocks.module.css';
import { Panel } from '../../../ui/Panel';
import partClasses from '../../../ui/parts.module.css';
import { Tile } from '../../../ui/Tile';
import { tellProblem } from '../../../ui/toasts';
import classes from '../shop.module.css';
import own from './payments.module.css';

const ACCOUNTS: Record<string, string> = {
  customers: 'From customers',
  held: 'Held at',
  refunding: 'Going back through',
};

/** Where the money is by the double-entry books, and what does not agree with the provider. */
export function Books() {
  const balances = useBalances();
  const differences = useDifferences();
  const parked = useParked(useMay('payments:operate'));
  return (
    <div className={own.booksTop}>
      {balances.data?.length ? (
        <div className={partClasses.tiles}>
          {balances.data.map(({ account, currency, balance }) => (
            <Tile
              key={`${account} ${currency}`}
              label={wordsOf(account)}
              // A customer's account is credited as they pay: its sign is the other way round.
              value={money(account === 'customers' ? -balance : balance, currency)}
            />
          ))}
        </div>
      ) : null}
      {differences.data?.length ? <Differences items={differences.data} /> : null}
      {parked.data?.length ? <Parked items={parked.data} /> : null}
    </div>
  );
}

function wordsOf(account: string): string {
  const [kind = '', provider] = account.split(':');
  return [ACCOUNTS[kind] ?? kind, provider].filter(Boolean).join(' ');
}

function Differences({ items }: { items: readonly Difference[] }) {
  return (
    <Panel className={parts.section}>
      <h2>{plural(items.length, 'difference')} from what the provider says</h2>
      <ul className={classes.small}>
        {items.map((one) => (
          <li key={`${one.payment_id} ${one.what}`}>
            <b>{one.what}</b>
            <span>
              ours {one.ours}, theirs {one.theirs}
            </span>
            <span className="dim">
              payment …{one.payment_id.slice(-12)}, <Ago time={one.found_at} />
            </span>
          </li>
        ))}
      </ul>
    </Panel>
  );
}

function Parked({ items }: { items: readonly ProviderEvent[] }) {
  const replay = useReplayEvent();
  return (
    <Panel className={parts.section}>
      <h2>{plural(items.length, 'piece')} of news that no payment is known for</h2>
      <ul className={classes.small}>
        {items.map((one) => (
          <li key={one.id}>
            <b className="mono">{one.type}</b>
            <span className="dim">
              {one.note}, tried {plural(one.tries, 'time')}, <Ago time={one.created_at} />
            </span>
            <Button
              size="compact-xs"
              variant="default"
              loading={replay.isPending && replay.variables === one.id}
              onClick={() =>
                act(replay, one.id, {
                  told: ({ status }) =>
                    status === 'parked' ? 'It still speaks of nothing known' : 'It found its payment',
                  failed: tellProblem,
                })
              }
            >
              Try again
            </Button>
          </li>
        ))}
      </ul>
    </Panel>
  );
}
