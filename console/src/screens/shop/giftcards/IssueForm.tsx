import { Button, NumberInput, Select, TextInput } from '@mantine/core';
import { type FormEvent, useState } from 'react';
import { useIssueGiftCards } from '../../../api/giftCards';
import type { Shop } from '../../../api/shops';
import { plural } from '../../../lib/format';
import { readMoney } from '../../../lib/money';
import { act } from '../../../ui/act';
import parts from '../../../ui/blocks.module.css';
import { Once } from '../../../ui/Once';
import { ProblemNote } from '../../../ui/ProblemNote';

/** Issues cards, all alike, and shows their codes this once. */
export function IssueForm({ shop, close }: { shop: Shop; close: () => void }) {
  const [amount, setAmount] = useState('');
  const [currency, setCurrency] = useState(shop.currency);
  const [many, setMany] = useState(1);
  const [note, setNote] = useState('');
  const [email, setEmail] = useState('');
  const issue = useIssueGiftCards(shop.slug);
  const minor = readMoney(amount, currency);

  function submit(event: FormEvent) {
    event.preventDefault();
    if (!minor) return;
    const given = { amount: minor, currency, count: many, note: note.trim(), email: email.trim() || null };
    act(issue, given, { told: ({ items }) => `${plural(items.length, 'card')} issued` });
  }

  if (issue.data) {
    const codes = issue.data.items.map(({ code }) => code);
    return (
      <div className={parts.stack}>
        <Once
          label={codes.length > 1 ? 'codes' : 'code'}
          lines={codes}
          file={codes.length > 1 ? 'gift-cards.txt' : undefined}
        />
        <div className={parts.actions}>
          <Button onClick={close}>Done</Button>
        </div>
      </div>
    );
  }
  return (
    <form className={parts.stack} onSubmit={submit}>
      <TextInput
        label="On each"
        inputMode="decimal"
        required
        withAsterisk={false}
        value={amount}
        onChange={(event) => setAmount(event.currentTarget.value)}
      />
      {shop.currencies.length > 1 ? (
        <Select
          label="Currency"
          allowDeselect={false}
          data={[...shop.currencies]}
          value={currency}
          onChange={(value) => setCurrency(value ?? shop.currency)}
        />
      ) : null}
      <NumberInput
        label="How many"
        min={1}
        max={1000}
        allowDecimal={false}
        value={many}
        onChange={(value) => setMany(Number(value) || 1)}
      />
      <TextInput
        label="Note"
        description="For the shop’s own people"
        value={note}
        onChange={(event) => setNote(event.currentTarget.value)}
      />
      <TextInput
        label="For whom"
        description="A mail address, to find it by; nothing is sent"
        type="email"
        value={email}
        onChange={(event) => setEmail(event.currentTarget.value)}
      />
      {issue.error ? <ProblemNote error={issue.error} /> : null}
      <div className={parts.actions}>
        <Button type="submit" loading={issue.isPending} disabled={!minor}>
          Issue
        </Button>
        <Button variant="default" onClick={close}>
          Leave it
        </Button>
      </div>
    </form>
  );
}
