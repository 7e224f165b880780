import { keepPreviousData, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import {
  type Review,
  type ReviewPage,
  type ReviewReport,
  type ReviewState,
  reviewsListReports,
  reviewsListReviews,
  reviewsPublish,
  reviewsReject,
  reviewsReply,
  reviewsTakeReplyBack,
} from './generated';
import { SHOP, versioned } from './shops';

export type { Review, ReviewReport, ReviewState };

export interface ReviewFilter {
  state: ReviewState | null;
  reported: boolean;
  cursor: string | null;
}

export function useReviews(shop: string, filter: ReviewFilter) {
  return useQuery({
    queryKey: [SHOP, shop, 'reviews', filter],
    queryFn: async (): Promise<ReviewPage> => {
      const query = {
        limit: 20,
        state: filter.state ?? undefined,
        reported: filter.reported || undefined,
        cursor: filter.cursor ?? undefined,
      };
      return (await reviewsListReviews({ path: { shop }, query })).data;
    },
    placeholderData: keepPreviousData,
    refetchInterval: filter.cursor === null ? 15_000 : false,
  });
}

export function useReports(shop: string, { id, reports }: Review) {
  return useQuery({
    enabled: reports > 0,
    queryKey: [SHOP, shop, 'reviews', id, 'reports', reports],
    queryFn: async (): Promise<ReviewReport[]> =>
      (await reviewsListReports({ path: { shop, review_id: id }, query: { limit: 50 } })).data.items,
  });
}

/** A decision about the version that was seen; a 412 means that the review or what is held against it changed. */
function useDecision<Given>(
  shop: string,
  decide: (review: Review, given: Given) => Promise<{ data: Review }>,
) {
  const cache = useQueryClient();
  return useMutation({
    mutationFn: async ({ review, given }: { review: Review; given: Given }): Promise<Review> =>
      (await decide(review, given)).data,
    onSettled: () => void cache.invalidateQueries({ queryKey: [SHOP, shop, 'reviews'] }),
  });
}

function naming(shop: string, review: Review) {
  return { path: { shop, review_id: review.id }, headers: versioned(review.version) };
}

export function usePublish(shop: string) {
  return useDecision(shop, (review, _: null) => reviewsPublish(naming(shop, review)));
}

export function useReject(shop: string) {
  return useDecision(shop, (review, reason: string) =>
    reviewsReject({ ...naming(shop, review), body: { reason } }),
  );
}

/** Answers a review for everybody, or takes the answer back where the text is null. */
export function useReply(shop: string) {
  return useDecision(shop, (review, text: string | null) =>
    text === null
      ? reviewsTakeReplyBack(naming(shop, review))
      : reviewsReply({ ...naming(shop, review), body: { text } }),
  );
}
