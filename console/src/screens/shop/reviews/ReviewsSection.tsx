import { Button, SegmentedControl, Select } from '@mantine/core';
import { IconMessageStar } from '@tabler/icons-react';
import { type ReviewFilter, useReviews } from '../../../api/reviews';
import type { Shop } from '../../../api/shops';
import { Empty } from '../../../ui/Empty';
import { useAddress } from '../../../ui/useAddress';
import { Listed } from '../Listed';
import classes from '../shop.module.css';
import { choices, stateOf } from '../words';
import { OneReview } from './OneReview';
import own from './reviews.module.css';
import { REVIEW } from './words';

/** What buyers say, and what a merchant decides about it. */
export function ReviewsSection({ shop }: { shop: Shop }) {
  const [search, change] = useAddress();
  const filter: ReviewFilter = {
    state: stateOf(REVIEW, search.get('state')),
    reported: search.get('reported') === 'true',
    cursor: search.get('cursor'),
  };
  const reviews = useReviews(shop.slug, filter);
  const narrowed = Boolean(filter.state || filter.reported);
  return (
    <>
      <search className={classes.few}>
        <SegmentedControl
          aria-label="Which"
          data={[
            { value: 'all', label: 'All' },
            { value: 'reported', label: 'Reported' },
          ]}
          value={filter.reported ? 'reported' : 'all'}
          onChange={(value) => change({ reported: value === 'reported' ? 'true' : null, cursor: null })}
        />
        <Select
          aria-label="State"
          placeholder="Any state"
          clearable
          data={choices(REVIEW)}
          value={filter.state}
          onChange={(state) => change({ state, cursor: null })}
        />
      </search>
      <Listed
        query={reviews}
        empty={
          <Empty
            icon={<IconMessageStar size={40} stroke={1.3} />}
            title={narrowed ? 'No review matches' : 'Nobody has said anything yet'}
            actions={
              narrowed ? (
                <Button
                  variant="default"
                  onClick={() => change({ state: null, reported: null, cursor: null })}
                >
                  Show every review
                </Button>
              ) : null
            }
          >
            Whoever bought something and got it can review it; what they say appears here.
          </Empty>
        }
      >
        {(items) => (
          <ul className={own.reviews} aria-label="Reviews">
            {items.map((review) => (
              <li key={review.id}>
                <OneReview shop={shop} review={review} />
              </li>
            ))}
          </ul>
        )}
      </Listed>
    </>
  );
}
