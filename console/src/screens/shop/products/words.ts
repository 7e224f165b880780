import type { Publication } from '../../../api/catalog';
import type { Import } from '../../../api/imports';
import type { Tone } from '../../../ui/tone';

export const PUBLICATION: Record<Publication, readonly [Tone, string]> = {
  live: ['good', 'Live'],
  scheduled: ['accent', 'Scheduled'],
  ended: ['rest', 'Ended'],
  draft: ['rest', 'Draft'],
};

export const IMPORT: Record<Import['state'], readonly [Tone, string]> = {
  waiting: ['rest', 'Waiting'],
  running: ['accent', 'Running'],
  done: ['good', 'Done'],
  failed: ['bad', 'Not readable'],
  undoing: ['accent', 'Being undone'],
  undone: ['rest', 'Undone'],
};

interface Window {
  published_from: string | null;
  published_until: string | null;
}

/** Whether shoppers see it at this moment. */
export function publicationOf({ published_from, published_until }: Window, now: Date): Publication {
  if (published_from === null) return 'draft';
  if (new Date(published_from) > now) return 'scheduled';
  return published_until !== null && new Date(published_until) <= now ? 'ended' : 'live';
}
