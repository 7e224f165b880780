import { Button, Textarea } from '@mantine/core';
import { useState } from 'react';
import { Link } from 'wouter';
import { type Review, usePublish, useReject, useReply, useReports } from '../../../api/reviews';
import { useMay } from '../../../api/session';
import type { Shop } from '../../../api/shops';
import { plural } from '../../../lib/format';
import { Ago } from '../../../ui/Ago';
import { act } from '../../../ui/act';
import parts from '../../../ui/blocks.module.css';
import { ProblemNote } from '../../../ui/ProblemNote';
import { Tag } from '../../../ui/signs';
import { tellProblem } from '../../../ui/toasts';
import { State } from '../State';
import classes from '../shop.module.css';
import own from './reviews.module.css';
import { REVIEW } from './words';

/** One review with what is held against it, and what may be decided. */
export function OneReview({ shop, review }: { shop: Shop; review: Review }) {
  const mayModerate = useMay('reviews:moderate');
  return (
    <article className={own.review}>
      <header>
        <Stars rating={review.rating} />
        <State words={REVIEW} state={review.state} />
        {review.verified ? <Tag tone="good">Bought here</Tag> : null}
        {review.source ? <Tag>from {review.source}</Tag> : null}
        {review.reports > 0 ? <Tag tone="bad">{plural(review.reports, 'report')}</Tag> : null}
        <span className="dim">
          {review.author ?? 'without a name'}, <Ago time={review.written_at} />
          {review.helpful > 0 ? `, helped ${review.helpful}` : ''}
        </span>
        <Link href={`/shop/${shop.slug}/products/${review.product_id}`} className={classes.link}>
          the product
        </Link>
        {review.order_id ? (
          <Link href={`/shop/${shop.slug}/orders/${review.order_id}`} className={classes.link}>
            the order
          </Link>
        ) : null}
      </header>
      {review.title ? <h3>{review.title}</h3> : null}
      {review.text ? <p>{review.text}</p> : null}
      {review.reason ? <p className="dim">Not shown: {review.reason}</p> : null}
      {review.reply ? <blockquote>{review.reply}</blockquote> : null}
      <Reports shop={shop} review={review} />
      {mayModerate && review.state !== 'withdrawn' ? (
        // Another version is another decision.
        <Decide key={review.version} shop={shop} review={review} />
      ) : null}
    </article>
  );
}

function Stars({ rating }: { rating: number }) {
  return (
    <span className={own.stars} role="img" aria-label={`${rating} of 5 stars`}>
      {'★'.repeat(rating)}
      {'☆'.repeat(5 - rating)}
    </span>
  );
}

function Reports({ shop, review }: { shop: Shop; review: Review }) {
  const { data } = useReports(shop.slug, review);
  const open = data?.filter(({ handled_at }) => handled_at === null) ?? [];
  if (open.length === 0) return null;
  return (
    <ul className={classes.small} aria-label="Held against it">
      {open.map((one) => (
        <li key={one.id}>
          <Tag tone="warn">{one.reason}</Tag>
          <span>{one.text}</span>
          <span className="dim">
            <Ago time={one.reported_at} />
          </span>
        </li>
      ))}
    </ul>
  );
}

type Writing = 'reject' | 'reply' | null;

function Decide({ shop, review }: { shop: Shop; review: Review }) {
  const [writing, setWriting] = useState<Writing>(null);
  const [text, setText] = useState('');
  const publish = usePublish(shop.slug);
  const reject = useReject(shop.slug);
  const reply = useReply(shop.slug);
  const waits = review.state !== 'published' || review.reports > 0;
  const error = reject.error ?? reply.error;
  function write(what: Writing, words: string) {
    setWriting(what);
    setText(words);
  }
  if (writing) {
    return (
      <form
        className={parts.stack}
        onSubmit={(event) => {
          event.preventDefault();
          const given = { review, given: text.trim() };
          if (writing === 'reject') act(reject, given, { told: 'It is not shown' });
          else act(reply, given, { told: 'Everybody reads the answer' });
        }}
      >
        <Textarea
          label={writing === 'reject' ? 'Why is it not shown?' : 'Answer'}
          description={writing === 'reject' ? 'Its author reads it' : 'Everybody reads it, below the review'}
          required
          withAsterisk={false}
          autosize
          minRows={2}
          value={text}
          onChange={(event) => setText(event.currentTarget.value)}
        />
        {error ? <ProblemNote error={error} /> : null}
        <div className={parts.actions}>
          <Button
            type="submit"
            size="compact-sm"
            loading={reject.isPending || reply.isPending}
            disabled={!text.trim()}
          >
            {writing === 'reject' ? 'Reject it' : 'Answer it'}
          </Button>
          <Button size="compact-sm" variant="default" onClick={() => setWriting(null)}>
            Leave it
          </Button>
        </div>
      </form>
    );
  }
  return (
    <div className={parts.actions}>
      {waits ? (
        <Button
          size="compact-sm"
          loading={publish.isPending}
          onClick={() =>
            act(publish, { review, given: null }, { told: 'Everybody reads it', failed: tellProblem })
          }
        >
          {review.state === 'published' ? 'Keep it' : 'Publish'}
        </Button>
      ) : null}
      {review.state === 'rejected' ? null : (
        <Button size="compact-sm" variant="default" onClick={() => write('reject', '')}>
          Reject
        </Button>
      )}
      <Button size="compact-sm" variant="default" onClick={() => write('reply', review.reply ?? '')}>
        {review.reply ? 'Change the answer' : 'Answer'}
      </Button>
      {review.reply ? (
        <Button
          size="compact-sm"
          variant="subtle"
          color="gray"
          loading={reply.isPending}
          onClick={() =>
            act(reply, { review, given: null }, { told: 'The answer is gone', failed: tellProblem })
          }
        >
          Take the answer back
        </Button>
      ) : null}
    </div>
  );
}
