import { CloseButton, Select, TextInput } from '@mantine/core';
import { useDebouncedCallback } from '@mantine/hooks';
import { IconFilter, IconRoute, IconUser } from '@tabler/icons-react';
import { type ReactNode, useEffect, useState } from 'react';
import type { TrafficFilter } from '../../api/traffic';
import classes from './traffic.module.css';

const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'];
const STATUSES = [
  { value: '2', label: '2xx fine' },
  { value: '3', label: '3xx elsewhere' },
  { value: '4', label: '4xx refused' },
  { value: '5', label: '5xx failed' },
];
const SLOWER = [10, 50, 100, 500, 1_000].map((value) => ({
  value: String(value),
  label: `over ${value} ms`,
}));

interface FiltersProps {
  filter: TrafficFilter;
  change: (filter: TrafficFilter) => void;
}

export function Filters({ filter, change }: FiltersProps) {
  return (
    <search className={classes.filters}>
      <Select
        aria-label="Method"
        placeholder="Any method"
        clearable
        data={METHODS}
        value={filter.method}
        onChange={(method) => change({ ...filter, method })}
      />
      <Select
        aria-label="Status"
        placeholder="Any status"
        clearable
        data={STATUSES}
        value={filter.status}
        onChange={(status) => change({ ...filter, status })}
      />
      <Select
        aria-label="Duration"
        placeholder="Any duration"
        clearable
        data={SLOWER}
        value={filter.slower === null ? null : String(filter.slower)}
        onChange={(slower) => change({ ...filter, slower: slower === null ? null : Number(slower) })}
      />
      <Words
        label="Path"
        placeholder="Path begins with"
        icon={<IconRoute size={15} />}
        value={filter.path}
        change={(path) => change({ ...filter, path })}
      />
      <Words
        label="Actor"
        placeholder="Actor"
        icon={<IconUser size={15} />}
        value={filter.actor}
        change={(actor) => change({ ...filter, actor })}
      />
      <Words
        label="Trace id"
        placeholder="Trace id"
        icon={<IconFilter size={15} />}
        value={filter.trace}
        change={(trace) => change({ ...filter, trace })}
      />
    </search>
  );
}

interface WordsProps {
  label: string;
  placeholder: string;
  icon: ReactNode;
  value: string;
  change: (value: string) => void;
}

/** A text filter that waits for a pause in the typing. */
function Words({ label, placeholder, icon, value, change }: WordsProps) {
  const [typed, setTyped] = useState(value);
  const later = useDebouncedCallback(change, 250);
  useEffect(() => setTyped(value), [value]);
  return (
    <TextInput
      aria-label={label}
      placeholder={placeholder}
      leftSection={icon}
      value={typed}
      rightSection={
        typed ? <CloseButton size="sm" aria-label={`Clear ${label}`} onClick={() => change('')} /> : null
      }
      onChange={(event) => {
        setTyped(event.currentTarget.value);
        later(event.currentTarget.value.trim());
      }}
    />
  );
}
