import { Button, TextInput } from '@mantine/core';
import { useState } from 'react';
import { useReconcileMail } from '../../api/mail';
import { useMay } from '../../api/session';
import { act } from '../../ui/act';
import { ProblemNote } from '../../ui/ProblemNote';
import classes from './deliveries.module.css';

/** Settles a mail of which nobody knows whether the provider has it. */
export function Reconcile({ id }: { id: string }) {
  const [note, setNote] = useState('');
  const reconcile = useReconcileMail();
  if (!useMay('mail:operate')) return null;
  const settle = (handedOver: boolean) =>
    act(reconcile, { id, handedOver, note }, { told: 'The outcome is settled' });
  return (
    <div className={classes.reconcile}>
      <TextInput
        label="Look it up at the provider by its Message-ID; what did you find?"
        placeholder="A note for the ledger"
        maxLength={500}
        value={note}
        onChange={(event) => setNote(event.currentTarget.value)}
      />
      <div className={classes.actions}>
        <Button
          size="compact-sm"
          variant="default"
          loading={reconcile.isPending}
          onClick={() => settle(true)}
        >
          The provider has it
        </Button>
        <Button
          size="compact-sm"
          variant="default"
          loading={reconcile.isPending}
          onClick={() => settle(false)}
        >
          It does not; send it again
        </Button>
      </div>
      {reconcile.error ? <ProblemNote error={reconcile.error} /> : null}
    </div>
  );
}
