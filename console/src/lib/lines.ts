export interface Line {
  text: string;
  /** Whether the other text lacks this line at this place. */
  changed: boolean;
}

/** The lines of a text, each marked if it is not part of the longest run of lines shared with the other. */
export function lineChanges(text: string, other: string): Line[] {
  const mine = text.split('\n');
  const theirs = other.split('\n');
  const lengths: number[][] = Array.from({ length: mine.length + 1 }, () =>
    new Array(theirs.length + 1).fill(0),
  );
  const at = (i: number, j: number) => lengths[i]?.[j] ?? 0;
  for (let i = mine.length - 1; i >= 0; i -= 1) {
    const row = lengths[i] as number[];
    for (let j = theirs.length - 1; j >= 0; j -= 1) {
      row[j] = mine[i] === theirs[j] ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1));
    }
  }
  const lines: Line[] = [];
  let i = 0;
  let j = 0;
  while (i < mine.length) {
    const line = mine[i] as string;
    if (j < theirs.length && line === theirs[j]) {
      lines.push({ text: line, changed: false });
      i += 1;
      j += 1;
    } else if (j < theirs.length && at(i, j + 1) > at(i + 1, j)) {
      j += 1;
    } else {
      lines.push({ text: line, changed: true });
      i += 1;
    }
  }
  return lines;
}
