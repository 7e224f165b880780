import { describe, expect, it } from 'vitest';
import { lineChanges } from './lines';

function marked(text: string, other: string): string {
  return lineChanges(text, other)
    .map(({ text: line, changed }) => (changed ? `*${line}` : line))
    .join('|');
}

describe('lineChanges', () => {
  it('marks only what the other text lacks', () => {
    expect(marked('a\nb\nc', 'a\nx\nc')).toBe('a|*b|c');
    expect(marked('a\nx\nc', 'a\nb\nc')).toBe('a|*x|c');
  });

  it('follows lines that moved down behind something new', () => {
    expect(marked('new\na\nb', 'a\nb')).toBe('*new|a|b');
    expect(marked('a\nb', 'new\na\nb')).toBe('a|b');
  });

  it('marks nothing where nothing differs', () => {
    expect(marked('', '')).toBe('');
    expect(marked('a\n\nb', 'a\n\nb')).toBe('a||b');
  });
});
