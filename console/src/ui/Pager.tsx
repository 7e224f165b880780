import { Button } from '@mantine/core';
import { IconArrowBarToUp, IconChevronLeft, IconChevronRight } from '@tabler/icons-react';
import classes from './parts.module.css';

interface PagerProps {
  /** Whether this is the first page. */
  first: boolean;
  previous: string | null;
  next: string | null;
  /** Goes to a cursor's page; null is the first. */
  turn: (cursor: string | null) => void;
}

/** Walks through a list by its cursors; the list itself never grows. */
export function Pager({ first, previous, next, turn }: PagerProps) {
  if (first && next === null) return null;
  return (
    <nav className={classes.pager} aria-label="Pages">
      <Button
        variant="subtle"
        color="gray"
        size="compact-sm"
        leftSection={<IconArrowBarToUp size={15} />}
        disabled={first}
        onClick={() => turn(null)}
      >
        Newest
      </Button>
      {previous === null ? null : (
        <Button
          variant="default"
          size="compact-sm"
          leftSection={<IconChevronLeft size={15} />}
          disabled={first}
          onClick={() => turn(previous)}
        >
          Newer
        </Button>
      )}
      <Button
        variant="default"
        size="compact-sm"
        rightSection={<IconChevronRight size={15} />}
        disabled={next === null}
        onClick={() => turn(next)}
      >
        Older
      </Button>
    </nav>
  );
}
