import { Button, TextInput } from '@mantine/core';
import { IconDownload } from '@tabler/icons-react';
import { useState } from 'react';
import { type NewReceipt, useAccount, useErase, useExport, useReceipt } from '../../api/account';
import { bytes } from '../../lib/format';
import parts from '../../ui/blocks.module.css';
import { Confirm } from '../../ui/Confirm';
import { Panel } from '../../ui/Panel';
import { ProblemNote } from '../../ui/ProblemNote';
import { Tag } from '../../ui/signs';

/** A copy of everything that is kept about oneself, or the end of it. */
export function DataSection() {
  return (
    <div className={parts.pair}>
      <Export />
      <Erase />
    </div>
  );
}

function Export() {
  const ask = useExport();
  const receipt = useReceipt(ask.data?.token ?? null);
  const done = receipt.data?.done_at;
  const size = Object.values(receipt.data?.details ?? {}).reduce((all, one) => all + one, 0);
  return (
    <Panel className={parts.section}>
      <h2>A copy of my data</h2>
      <p>
        Everything that each system keeps about you, in one JSON file. It can be fetched for a week once it is
        ready.
      </p>
      {ask.error ? <ProblemNote error={ask.error} /> : null}
      {ask.data && !done ? (
        <div role="status">
          <Tag tone="accent">Being put together</Tag>
        </div>
      ) : null}
      {ask.data && done ? (
        <div className={parts.actions}>
          <Button
            component="a"
            href={`/v1/account/exports/${ask.data.receipt.id}`}
            download
            leftSection={<IconDownload size={16} />}
          >
            Download {bytes(size)}
          </Button>
        </div>
      ) : null}
      {ask.data ? null : (
        <div className={parts.actions}>
          <Button variant="default" loading={ask.isPending} onClick={() => ask.mutate()}>
            Ask for a copy
          </Button>
        </div>
      )}
    </Panel>
  );
}

/** To the page of the receipt: nobody is signed in any more, and nothing that was read stays. */
function leave({ token }: NewReceipt): void {
  window.location.assign(`/console/erased#${encodeURIComponent(token)}`);
}

function Erase() {
  const { data } = useAccount();
  const [asking, setAsking] = useState(false);
  const [typed, setTyped] = useState('');
  const erase = useErase();
  return (
    <Panel className={parts.section}>
      <h2>End my account</h2>
      <p>
        Your account ends at once, on every device. What is kept about you is erased; what was recorded of you
        in audit trails becomes unreadable, and they still prove what happened.
      </p>
      <div className={parts.actions}>
        <Button variant="light" color="red" onClick={() => setAsking(true)}>
          Erase everything
        </Button>
      </div>
      <Confirm
        opened={asking}
        title="End your account?"
        words="Erase everything"
        danger
        disabled={typed.trim().toLowerCase() !== (data?.mail ?? '').toLowerCase()}
        pending={erase.isPending}
        error={erase.error}
        close={() => setAsking(false)}
        act={() => erase.mutate(undefined, { onSuccess: leave })}
      >
        <p>This cannot be undone. Type your mail address to go on.</p>
        <TextInput
          label={data?.mail}
          autoComplete="off"
          value={typed}
          onChange={(event) => setTyped(event.currentTarget.value)}
        />
      </Confirm>
    </Panel>
  );
}
