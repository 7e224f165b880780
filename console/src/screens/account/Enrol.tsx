import { Button, Modal, TextInput } from '@mantine/core';
import { type FormEvent, useState } from 'react';
import { type Enrolment, useConfirmFactor, useEnrol } from '../../api/account';
import { act } from '../../ui/act';
import parts from '../../ui/blocks.module.css';
import { Copy } from '../../ui/Copy';
import { Once } from '../../ui/Once';
import { ProblemNote } from '../../ui/ProblemNote';
import classes from './account.module.css';

/** Adds an authenticator app: name it, scan it, show its first code, keep the recovery codes. */
export function Enrol({ opened, close }: { opened: boolean; close: () => void }) {
  return (
    <Modal opened={opened} onClose={close} size={520} title="Add an authenticator app">
      {opened ? <Steps close={close} /> : null}
    </Modal>
  );
}

function Steps({ close }: { close: () => void }) {
  const [name, setName] = useState('');
  const enrol = useEnrol();
  const confirm = useConfirmFactor();

  if (confirm.data?.recovery_codes.length) {
    return (
      <div className={parts.stack}>
        <p className={classes.say}>
          The app works. These codes are for the day on which it is lost; each works once.
        </p>
        <Once label="recovery codes" lines={confirm.data.recovery_codes} file="backstay-recovery-codes.txt" />
        <Button onClick={close}>I have kept them</Button>
      </div>
    );
  }
  if (enrol.data) {
    return (
      <Scan
        enrolment={enrol.data}
        confirm={(code) =>
          act(
            confirm,
            { id: enrol.data.factor_id, code },
            {
              told: ({ recovery_codes }) => (recovery_codes.length ? null : 'The app works'),
              after: ({ recovery_codes }) => {
                if (recovery_codes.length === 0) close();
              },
            },
          )
        }
        pending={confirm.isPending}
        error={confirm.error ? <ProblemNote error={confirm.error} /> : null}
      />
    );
  }
  return (
    <form
      className={parts.stack}
      onSubmit={(event) => {
        event.preventDefault();
        enrol.mutate(name.trim());
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
      {enrol.error ? <ProblemNote error={enrol.error} /> : null}
      <Button type="submit" loading={enrol.isPending}>
        Go on
      </Button>
    </form>
  );
}

interface ScanProps {
  enrolment: Enrolment;
  confirm: (code: string) => void;
  pending: boolean;
  error: React.ReactNode;
}

function Scan({ enrolment, confirm, pending, error }: ScanProps) {
  const [code, setCode] = useState('');

  function submit(event: FormEvent) {
    event.preventDefault();
    confirm(code.replaceAll(' ', ''));
  }

  return (
    <form className={parts.stack} onSubmit={submit}>
      <div className={classes.scan}>
        <img src={enrolment.qr_png} alt="QR code for the authenticator app" width={176} height={176} />
        <div>
          <p className={classes.say}>Scan this with the app, or type the key in:</p>
          <div className={classes.secret}>
            <code>{enrolment.secret}</code>
            <Copy text={enrolment.secret} label="key" />
          </div>
          <a href={enrolment.uri}>Open it in an app on this device</a>
        </div>
      </div>
      <TextInput
        label="The code that the app shows"
        name="code"
        autoComplete="one-time-code"
        inputMode="numeric"
        pattern="[0-9 ]{6,7}"
        title="Six digits"
        data-autofocus
        required
        withAsterisk={false}
        value={code}
        onChange={(event) => setCode(event.currentTarget.value)}
      />
      {error}
      <Button type="submit" loading={pending}>
        Turn it on
      </Button>
    </form>
  );
}
