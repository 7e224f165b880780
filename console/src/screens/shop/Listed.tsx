import { Skeleton } from '@mantine/core';
import type { UseQueryResult } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import type { ApiError } from '../../api/problem';
import { Pager } from '../../ui/Pager';
import { Panel } from '../../ui/Panel';
import { ProblemNote } from '../../ui/ProblemNote';
import { useAddress } from '../../ui/useAddress';

interface Shown<Row> {
  items: Row[];
  next_cursor: string | null;
  previous_cursor: string | null;
}

interface ListedProps<Row> {
  query: UseQueryResult<Shown<Row>, ApiError>;
  /** What is said where there is nothing. */
  empty: ReactNode;
  children: (items: Row[]) => ReactNode;
}

/** One page of a list with its waiting, failed and empty state; the address holds the cursor. */
export function Listed<Row>({ query: { data, error, refetch }, empty, children }: ListedProps<Row>) {
  const [search, change] = useAddress();
  if (error && !data) return <ProblemNote error={error} retry={() => void refetch()} />;
  if (!data) return <Skeleton height={420} radius={10} aria-busy="true" />;
  return (
    <Panel>
      {data.items.length ? children(data.items) : empty}
      <Pager
        first={search.get('cursor') === null}
        previous={data.previous_cursor}
        next={data.next_cursor}
        turn={(cursor) => change({ cursor })}
      />
    </Panel>
  );
}
