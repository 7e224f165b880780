import { expect, test } from 'vitest';
import { type RequestSummary, withNewer } from './traffic';

const line = (id: string) => ({ id }) as RequestSummary;
const page = (...ids: string[]) => ({ items: ids.map(line), next_cursor: null, previous_cursor: null });

test('what the stream told while the list was read stays on top', () => {
  const merged = withNewer(page('03', '02'), page('05', '04', '03', '01'));
  expect(merged.items.map(({ id }) => id)).toEqual(['05', '04', '03', '02']);
});

test('a list that was read first is the list', () => {
  expect(withNewer(page('02', '01'), undefined)).toEqual(page('02', '01'));
  expect(withNewer(page(), page('01')).items).toEqual([line('01')]);
});
