import { Skeleton, Tabs } from '@mantine/core';
import { type PaymentStory, usePayment } from '../../../api/payments';
import type { Shop } from '../../../api/shops';
import { dateTime } from '../../../lib/format';
import { money } from '../../../lib/money';
import { Ago } from '../../../ui/Ago';
import parts from '../../../ui/blocks.module.css';
import { Copy } from '../../../ui/Copy';
import { KeyValues } from '../../../ui/KeyValues';
import { ProblemNote } from '../../../ui/ProblemNote';
import { Tag } from '../../../ui/signs';
import { Timeline } from '../../../ui/Timeline';
import type { Tone } from '../../../ui/tone';
import uiClasses from '../../../ui/ui.module.css';
import { State } from '../State';
import classes from '../shop.module.css';
import { WORDS } from '../words';
import { PaymentActions } from './PaymentActions';
import { Subject } from './PaymentsSection';
import own from './payments.module.css';

/** A payment with all that is known of it: sessions, refunds, the provider's news and the books. */
export function PaymentDetail({ shop, id }: { shop: Shop; id: string }) {
  const { data: story, error, refetch } = usePayment(id);
  if (error && !story) return <ProblemNote error={error} retry={() => void refetch()} />;
  if (!story) return <Skeleton height={420} aria-busy="true" />;
  const { payment } = story;
  const sum = (minor: number) => money(minor, payment.currency);
  return (
    <div className={parts.stack}>
      <div className={classes.head}>
        <h2>{sum(payment.amount)}</h2>
        <State words={WORDS.payment} state={payment.status} />
        <span className="dim">
          asked for <Ago time={payment.created_at} />
        </span>
      </div>
      {payment.review_reason ? (
        <p className={classes.outcome}>To be looked at: {payment.review_reason}</p>
      ) : null}
      <PaymentActions payment={payment} />
      <KeyValues
        values={{
          For: <Subject shop={shop} kind={payment.subject_kind} id={payment.subject_id} />,
          Customer: payment.customer_email,
          Provider: payment.provider,
          'Taken off before':
            Object.entries(payment.discounts)
              .map(([code, off]) => `${code} ${sum(off)}`)
              .join(', ') || null,
          Taken: sum(payment.captured),
          'Going back': payment.refunding > 0 ? sum(payment.refunding) : null,
          'Went back': payment.refunded > 0 ? sum(payment.refunded) : null,
          'Last error': payment.last_error,
          'Can be paid until': payment.session_url ? dateTime(new Date(payment.expires_at)) : null,
          'Payment id': <Copy text={payment.id} label="payment id" shown={payment.id} />,
        }}
      />
      <Tabs defaultValue="news" keepMounted={false}>
        <Tabs.List>
          <Tabs.Tab value="news">News</Tabs.Tab>
          <Tabs.Tab value="refunds">Refunds ({story.refunds.length})</Tabs.Tab>
          <Tabs.Tab value="books">Books</Tabs.Tab>
          <Tabs.Tab value="sessions">Sessions</Tabs.Tab>
        </Tabs.List>
        <Tabs.Panel value="news" pt="md">
          <News story={story} />
        </Tabs.Panel>
        <Tabs.Panel value="refunds" pt="md">
          <Refunds story={story} />
        </Tabs.Panel>
        <Tabs.Panel value="books" pt="md">
          <Entries story={story} />
        </Tabs.Panel>
        <Tabs.Panel value="sessions" pt="md">
          <Sessions story={story} />
        </Tabs.Panel>
      </Tabs>
    </div>
  );
}

const NEWS: Record<string, Tone> = { applied: 'good', parked: 'warn', dropped: 'bad' };

function News({ story }: { story: PaymentStory }) {
  if (story.events.length === 0) return <p className="dim">The provider has told nothing yet.</p>;
  return (
    <Timeline
      label="What the provider told"
      steps={story.events.map((one) => ({
        at: one.created_at,
        tone: NEWS[one.status] ?? 'rest',
        title: <span className="mono">{one.type}</span>,
        aside: one.tries > 0 ? `tried ${one.tries} times` : null,
        body: `${one.note}; it happened ${dateTime(new Date(one.told_at))}`,
      }))}
    />
  );
}

function Refunds({ story }: { story: PaymentStory }) {
  if (story.refunds.length === 0) return <p className="dim">Nothing went back.</p>;
  return (
    <ul className={classes.small}>
      {story.refunds.map((one) => (
        <li key={one.id}>
          <State words={WORDS.refund} state={one.status} />
          <b>{money(one.amount, story.payment.currency)}</b>
          <span className="dim">
            {one.reason}
            {one.error ? ` (${one.error})` : ''}, <Ago time={one.created_at} />
          </span>
        </li>
      ))}
    </ul>
  );
}

function Entries({ story }: { story: PaymentStory }) {
  if (story.entries.length === 0) return <p className="dim">Nothing is booked yet.</p>;
  return (
    <table className={`${uiClasses.table} ${own.books}`}>
      <thead>
        <tr>
          <th>What</th>
          <th>Account</th>
          <th data-align="right">Debit</th>
          <th data-align="right">Credit</th>
        </tr>
      </thead>
      <tbody>
        {story.entries.map((one) => (
          <tr key={`${one.transaction_id} ${one.account}`}>
            <td>{one.kind.replaceAll('_', ' ')}</td>
            <td className="mono">{one.account}</td>
            <td data-align="right">{one.amount > 0 ? money(one.amount, one.currency) : null}</td>
            <td data-align="right">{one.amount < 0 ? money(-one.amount, one.currency) : null}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Sessions({ story }: { story: PaymentStory }) {
  return (
    <ul className={classes.small}>
      {story.attempts.map((one) => (
        <li key={one.id}>
          <State words={WORDS.payment} state={one.status} />
          <span className="mono truncate">{one.reference ?? 'not opened yet'}</span>
          {one.error ? <Tag tone="bad">{one.error}</Tag> : null}
          <span className="dim">
            <Ago time={one.created_at} />
          </span>
        </li>
      ))}
    </ul>
  );
}
