import { Button, Select } from '@mantine/core';
import { IconFilter, IconRoute, IconUser, IconX } from '@tabler/icons-react';
import type { TrafficFilter } from '../../api/traffic';
import { FilterText } from '../../ui/FilterText';
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
      <FilterText
        label="Path"
        placeholder="Path begins with"
        icon={<IconRoute size={15} />}
        value={filter.path}
        change={(path) => change({ ...filter, path })}
      />
      <FilterText
        label="Actor"
        placeholder="Actor"
        icon={<IconUser size={15} />}
        value={filter.actor}
        change={(actor) => change({ ...filter, actor })}
      />
      <FilterText
        label="Trace id"
        placeholder="Trace id"
        icon={<IconFilter size={15} />}
        value={filter.trace}
        change={(trace) => change({ ...filter, trace })}
      />
      {filter.request ? (
        <Button
          variant="default"
          rightSection={<IconX size={15} />}
          aria-label={`Not only the request ${filter.request}`}
          onClick={() => change({ ...filter, request: '' })}
        >
          <span className="mono truncate">{filter.request}</span>
        </Button>
      ) : null}
    </search>
  );
}
