import type { UseMutationResult } from '@tanstack/react-query';
import type { ApiError } from '../api/problem';
import { tell } from './toasts';

interface Outcome<Made> {
  /** What is said once it is done; null: nothing. */
  told: string | ((made: Made) => string | null);
  /** What follows where it was asked for; not done when that is no longer shown. */
  after?: (made: Made) => void;
  /** Without it the problem is shown beside what was asked. */
  failed?: (error: ApiError) => void;
}

/**
 * Does it, and says so even if whoever asked is gone by after: a row leaves with what it removes, and
 * the callbacks of `mutate` leave with the row.
 */
export function act<Made, Given>(
  mutation: UseMutationResult<Made, ApiError, Given>,
  given: Given,
  { told, after, failed }: Outcome<Made>,
): void {
  mutation.mutateAsync(given, { onSuccess: after }).then(
    (made) => {
      const words = typeof told === 'string' ? told : told(made);
      if (words !== null) tell(words);
    },
    (error: ApiError) => failed?.(error),
  );
}
