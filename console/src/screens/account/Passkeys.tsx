import { ActionIcon, Button, Modal, Skeleton, TextInput, Tooltip } from '@mantine/core';
import { IconFingerprint, IconTrash } from '@tabler/icons-react';
import { useState } from 'react';
import { useFactors } from '../../api/account';
import { type Passkey, useAddPasskey, usePasskeys, useRemovePasskey } from '../../api/passkeys';
import { knowsPasskeys } from '../../lib/passkey';
import { Ago } from '../../ui/Ago';
import { act } from '../../ui/act';
import parts from '../../ui/blocks.module.css';
import { Confirm } from '../../ui/Confirm';
import { Once } from '../../ui/Once';
import { Panel } from '../../ui/Panel';
import { ProblemNote } from '../../ui/ProblemNote';
import { Tag } from '../../ui/signs';
import uiClasses from '../../ui/ui.module.css';

export function Passkeys() {
  const { data, error, refetch } = usePasskeys();
  const factors = useFactors();
  const [adding, setAdding] = useState(false);
  if (error && !data) return <ProblemNote error={error} retry={() => void refetch()} />;
  if (!data) return <Skeleton height={200} radius={10} aria-busy="true" />;
  const others =
    factors.data?.filter(({ confirmed_at, kind }) => confirmed_at !== null && kind === 'totp').length ?? 0;
  return (
    <Panel className={parts.section}>
      <h2>Passkeys</h2>
      <p>
        Sign in with your phone, this device or a security key, without a password. From the first one on a
        password alone lets nobody in.
      </p>
      {data.length ? (
        <table className={`${uiClasses.table} ${parts.rows}`} aria-label="Passkeys">
          <tbody>
            {data.map((passkey) => (
              <PasskeyRow key={passkey.id} passkey={passkey} last={data.length + others === 1} />
            ))}
          </tbody>
        </table>
      ) : (
        <div>
          <Tag>None yet</Tag>
        </div>
      )}
      <div className={parts.actions}>
        <Tooltip label="This browser does not know passkeys here" disabled={knowsPasskeys()}>
          <Button
            variant="default"
            leftSection={<IconFingerprint size={16} />}
            disabled={!knowsPasskeys()}
            onClick={() => setAdding(true)}
          >
            Add a passkey
          </Button>
        </Tooltip>
      </div>
      <AddPasskey opened={adding} close={() => setAdding(false)} />
    </Panel>
  );
}

export function AddPasskey({ opened, close }: { opened: boolean; close: () => void }) {
  return (
    <Modal opened={opened} onClose={close} title="Add a passkey">
      <Add close={close} />
    </Modal>
  );
}

/** Unmounted when its dialog closes, so that the next one begins anew. */
function Add({ close }: { close: () => void }) {
  const [name, setName] = useState('');
  const add = useAddPasskey();

  function submit() {
    act(add, name.trim(), {
      told: (added) => added && `${added.passkey.name || 'The passkey'} is added`,
      after: (added) => {
        if (added?.recovery_codes.length === 0) close();
      },
    });
  }

  if (add.data?.recovery_codes.length) {
    return (
      <div className={parts.stack}>
        <p className={parts.say}>
          Each of these lets you in once, should you lose every passkey. Keep them where you find them.
        </p>
        <Once label="recovery codes" lines={add.data.recovery_codes} file="backstay-recovery-codes.txt" />
        <Button onClick={close}>I have kept them</Button>
      </div>
    );
  }
  return (
    <form
      className={parts.stack}
      onSubmit={(event) => {
        event.preventDefault();
        submit();
      }}
    >
      <TextInput
        label="What to call it"
        placeholder="My phone"
        maxLength={100}
        data-autofocus
        value={name}
        onChange={(event) => setName(event.currentTarget.value)}
      />
      {add.error ? <ProblemNote error={add.error} /> : null}
      <Button type="submit" loading={add.isPending}>
        Go on
      </Button>
    </form>
  );
}

function PasskeyRow({ passkey, last }: { passkey: Passkey; last: boolean }) {
  const [asking, setAsking] = useState(false);
  const remove = useRemovePasskey();
  const name = passkey.name || 'Passkey';
  return (
    <tr>
      <td data-cell="main">
        <b>{name}</b>
        <small>
          Added <Ago time={passkey.created_at} />
          {passkey.used_at ? (
            <>
              , used <Ago time={passkey.used_at} />
            </>
          ) : null}
          {passkey.backed_up ? ', kept on several devices' : null}
        </small>
        {passkey.doubted_at ? (
          <small>
            <Tag tone="warn">Perhaps copied</Tag> refused <Ago time={passkey.doubted_at} />: remove it and add
            another
          </small>
        ) : null}
      </td>
      <td data-cell="action" data-align="right">
        <Tooltip label="Remove">
          <ActionIcon aria-label={`Remove ${name}`} onClick={() => setAsking(true)}>
            <IconTrash size={16} />
          </ActionIcon>
        </Tooltip>
        <Confirm
          opened={asking}
          title={`Remove ${name}?`}
          words="Remove it"
          danger
          pending={remove.isPending}
          error={remove.error}
          close={() => setAsking(false)}
          act={() => act(remove, passkey.id, { told: `${name} is removed`, after: () => setAsking(false) })}
        >
          {last
            ? 'It is your last second factor: from now on your password alone lets one in, and the recovery codes end.'
            : 'It opens nothing here any more. Your device may go on offering it until you remove it there, too.'}
        </Confirm>
      </td>
    </tr>
  );
}
