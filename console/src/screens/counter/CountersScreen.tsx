import { Button, Skeleton, TextInput } from '@mantine/core';
import { IconPlus, IconPlusMinus } from '@tabler/icons-react';
import { type FormEvent, useState } from 'react';
import { useCounters, useMove } from '../../api/counters';
import { Empty } from '../../ui/Empty';
import { Page } from '../../ui/Page';
import { Panel } from '../../ui/Panel';
import { ProblemNote } from '../../ui/ProblemNote';
import { CounterCard } from './CounterCard';
import classes from './counter.module.css';

export default function CountersScreen() {
  const { data, error, refetch } = useCounters();
  return (
    <Page
      title="Counters"
      lead="Numbers that many hands may move at once. Open this page twice, or start a race, and see that none is lost."
      actions={<NewCounter />}
    >
      {error && !data ? <ProblemNote error={error} retry={() => void refetch()} /> : null}
      {!data && !error ? (
        <div className={classes.grid} aria-busy="true">
          {[1, 2, 3].map((place) => (
            <Skeleton key={place} height={210} radius={10} />
          ))}
        </div>
      ) : null}
      {data?.length === 0 ? (
        <Panel>
          <Empty icon={<IconPlusMinus size={40} stroke={1.3} />} title="Nothing is being counted">
            Name a counter above: its first move makes it.
          </Empty>
        </Panel>
      ) : null}
      <div className={classes.grid}>
        {data?.map((counter) => (
          <CounterCard key={counter.name} counter={counter} />
        ))}
      </div>
    </Page>
  );
}

function NewCounter() {
  const [name, setName] = useState('');
  const moving = useMove();
  function submit(event: FormEvent) {
    event.preventDefault();
    moving.mutate({ name: name.trim(), by: 1 }, { onSuccess: () => setName('') });
  }
  return (
    <form className={classes.create} onSubmit={submit}>
      <TextInput
        aria-label="Name of the new counter"
        placeholder="Name, e.g. visitors"
        maxLength={80}
        error={moving.error?.problem.errors?.[0]?.message ?? moving.error?.message}
        value={name}
        onChange={(event) => setName(event.currentTarget.value)}
      />
      <Button
        type="submit"
        leftSection={<IconPlus size={16} />}
        loading={moving.isPending}
        disabled={name.trim() === ''}
      >
        Count
      </Button>
    </form>
  );
}
