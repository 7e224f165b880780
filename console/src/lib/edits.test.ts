import { describe, expect, it } from 'vitest';
import { changesOf } from './edits';

describe('an edit of arguments', () => {
  it('is only the fields that are not as they were', () => {
    const before = { id: 1, to: { name: 'a' }, tags: [1] };
    expect(changesOf(before, { id: 2, to: { name: 'a' }, tags: [1], note: 'x' }).changes).toEqual({
      id: 2,
      note: 'x',
    });
    expect(changesOf(before, before).changes).toEqual({});
  });

  it('is refused where it takes a field out or is no object', () => {
    expect(changesOf({ id: 1 }, {}).problem).toBe('A field can be changed, not taken out: id.');
    expect(changesOf({ id: 1 }, [1]).changes).toBeNull();
  });
});
