import type { ReviewState } from '../../../api/reviews';
import type { Tone } from '../../../ui/tone';

export const REVIEW: Record<ReviewState, readonly [Tone, string]> = {
  pending: ['warn', 'To be looked at'],
  published: ['good', 'Published'],
  rejected: ['bad', 'Rejected'],
  withdrawn: ['rest', 'Withdrawn'],
};
