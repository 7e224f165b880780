import { Button, Select, TextInput } from '@mantine/core';
import { type FormEvent, useState } from 'react';
import type { PriceList } from '../../../api/catalog';
import { type CustomerGroup, useCreateGroup, useCreateList } from '../../../api/prices';
import type { Shop } from '../../../api/shops';
import { act } from '../../../ui/act';
import parts from '../../../ui/blocks.module.css';
import { ProblemNote } from '../../../ui/ProblemNote';

interface NewListProps {
  shop: Shop;
  groups: readonly CustomerGroup[];
  close: () => void;
  done: (list: PriceList) => void;
}

/** A price list: what it is called, for whom and for how long. Its prices follow. */
export function NewList({ shop, groups, close, done }: NewListProps) {
  const [name, setName] = useState('');
  const [currency, setCurrency] = useState(shop.currency);
  const [group, setGroup] = useState<string | null>(null);
  const [from, setFrom] = useState('');
  const [to, setTo] = useState('');
  const create = useCreateList(shop.slug);
  function submit(event: FormEvent) {
    event.preventDefault();
    const draft = {
      name: name.trim(),
      currency,
      customer_group: group,
      starts_at: momentOf(from),
      ends_at: momentOf(to),
    };
    act(create, draft, { told: `${draft.name} is there`, after: done });
  }
  return (
    <form className={parts.stack} onSubmit={submit}>
      <TextInput
        label="Name"
        description="For you alone"
        required
        withAsterisk={false}
        maxLength={250}
        value={name}
        onChange={(event) => setName(event.currentTarget.value)}
      />
      <Select
        label="Currency"
        allowDeselect={false}
        data={shop.currencies}
        value={currency}
        onChange={(value) => setCurrency(value ?? currency)}
      />
      <Select
        label="For"
        placeholder="Everybody"
        clearable
        data={groups.map(({ code, name: called }) => ({ value: code, label: called }))}
        value={group}
        onChange={setGroup}
      />
      <TextInput
        type="datetime-local"
        label="From"
        description="At once when empty"
        value={from}
        onChange={(event) => setFrom(event.currentTarget.value)}
      />
      <TextInput
        type="datetime-local"
        label="Until"
        description="Without an end when empty"
        value={to}
        onChange={(event) => setTo(event.currentTarget.value)}
      />
      {create.error ? <ProblemNote error={create.error} /> : null}
      <div className={parts.actions}>
        <Button type="submit" loading={create.isPending} disabled={!name.trim()}>
          Make it
        </Button>
        <Button variant="default" onClick={close}>
          Leave it
        </Button>
      </div>
    </form>
  );
}

interface NewGroupProps {
  shop: Shop;
  close: () => void;
  done: (group: CustomerGroup) => void;
}

/** A group of customers; nobody is in it at first. */
export function NewGroup({ shop, close, done }: NewGroupProps) {
  const [name, setName] = useState('');
  const [code, setCode] = useState<string | null>(null);
  const create = useCreateGroup(shop.slug);
  const suggested = code ?? codeOf(name);
  function submit(event: FormEvent) {
    event.preventDefault();
    act(create, { name: name.trim(), code: suggested }, { told: `${name.trim()} is there`, after: done });
  }
  return (
    <form className={parts.stack} onSubmit={submit}>
      <TextInput
        label="Name"
        required
        withAsterisk={false}
        maxLength={250}
        value={name}
        onChange={(event) => setName(event.currentTarget.value)}
      />
      <TextInput
        label="Code"
        description="What price lists call it; it stays as it is. Small letters, digits, hyphens"
        required
        withAsterisk={false}
        maxLength={60}
        value={suggested}
        onChange={(event) => setCode(event.currentTarget.value)}
      />
      {create.error ? <ProblemNote error={create.error} /> : null}
      <div className={parts.actions}>
        <Button type="submit" loading={create.isPending} disabled={!name.trim() || !suggested}>
          Make it
        </Button>
        <Button variant="default" onClick={close}>
          Leave it
        </Button>
      </div>
    </form>
  );
}

/** As a code: `trade-customers` of `Trade customers`. */
function codeOf(name: string): string {
  return name
    .toLowerCase()
    .normalize('NFKD')
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-+|-+$/g, '')
    .slice(0, 60);
}

function momentOf(local: string): string | null {
  return local ? new Date(local).toISOString() : null;
}
