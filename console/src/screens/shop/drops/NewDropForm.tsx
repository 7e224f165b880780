import { Button, NumberInput, TextInput } from '@mantine/core';
import { type FormEvent, useState } from 'react';
import type { VariantSummary } from '../../../api/catalog';
import { useCreateDrop } from '../../../api/drops';
import type { Shop } from '../../../api/shops';
import { act } from '../../../ui/act';
import parts from '../../../ui/blocks.module.css';
import { ProblemNote } from '../../../ui/ProblemNote';
import { nameOf, PickVariant } from '../PickVariant';
import own from './drops.module.css';

interface NewDropFormProps {
  shop: Shop;
  close: () => void;
}

/** A drop: what it is of, when it opens, how many may buy at a time and for how long. */
export function NewDropForm({ shop, close }: NewDropFormProps) {
  const [name, setName] = useState('');
  const [variants, setVariants] = useState<readonly VariantSummary[]>([]);
  const [from, setFrom] = useState('');
  const [to, setTo] = useState('');
  const [atOnce, setAtOnce] = useState(50);
  const [minutes, setMinutes] = useState(10);
  const create = useCreateDrop(shop.slug);
  function submit(event: FormEvent) {
    event.preventDefault();
    const draft = {
      name: name.trim(),
      variants: variants.map(({ id }) => id),
      opens_at: new Date(from).toISOString(),
      closes_at: to ? new Date(to).toISOString() : null,
      at_once: atOnce,
      seconds: minutes * 60,
    };
    act(create, draft, { told: `${draft.name} is there`, after: close });
  }
  return (
    <form className={parts.stack} onSubmit={submit}>
      <TextInput
        label="Name"
        description="Shoppers read it"
        required
        withAsterisk={false}
        maxLength={200}
        value={name}
        onChange={(event) => setName(event.currentTarget.value)}
      />
      <PickVariant
        shop={shop}
        label="What it is of"
        pick={(one) => setVariants((before) => [...before.filter(({ id }) => id !== one.id), one])}
      />
      <ul className={own.variants} aria-label="Goods of the drop">
        {variants.map((one) => (
          <li key={one.id}>
            <span className="truncate">{nameOf(one)}</span>
            <Button
              size="compact-xs"
              variant="default"
              aria-label={`Take ${nameOf(one)} out`}
              onClick={() => setVariants((before) => before.filter(({ id }) => id !== one.id))}
            >
              Take out
            </Button>
          </li>
        ))}
      </ul>
      <TextInput
        type="datetime-local"
        label="Opens"
        description="Who comes before that is drawn"
        required
        withAsterisk={false}
        value={from}
        onChange={(event) => setFrom(event.currentTarget.value)}
      />
      <TextInput
        type="datetime-local"
        label="Closes"
        description="From then on everybody may buy. By hand when empty"
        value={to}
        onChange={(event) => setTo(event.currentTarget.value)}
      />
      <NumberInput
        label="People who may buy at a time"
        min={1}
        max={100_000}
        allowDecimal={false}
        value={atOnce}
        onChange={(value) => setAtOnce(Number(value) || 1)}
      />
      <NumberInput
        label="Minutes that each has for it"
        min={1}
        max={60}
        allowDecimal={false}
        value={minutes}
        onChange={(value) => setMinutes(Number(value) || 1)}
      />
      {create.error ? <ProblemNote error={create.error} /> : null}
      <div className={parts.actions}>
        <Button type="submit" loading={create.isPending} disabled={!name.trim() || !variants.length || !from}>
          Make it
        </Button>
        <Button variant="default" onClick={close}>
          Leave it
        </Button>
      </div>
    </form>
  );
}
