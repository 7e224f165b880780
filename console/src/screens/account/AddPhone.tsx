import { Button, Modal, TextInput } from '@mantine/core';
import { type FormEvent, useState } from 'react';
import { useConfirmPhone, useEnrolPhone } from '../../api/factors';
import { act } from '../../ui/act';
import parts from '../../ui/blocks.module.css';
import { ProblemNote } from '../../ui/ProblemNote';
import { Tag } from '../../ui/signs';

/** Adds a phone beside an app or a passkey: its number, then the code that it was sent. */
export function AddPhone({ opened, close }: { opened: boolean; close: () => void }) {
  return (
    <Modal opened={opened} onClose={close} title="Add a phone">
      {opened ? <Steps close={close} /> : null}
    </Modal>
  );
}

function Steps({ close }: { close: () => void }) {
  const [number, setNumber] = useState('');
  const [name, setName] = useState('');
  const [code, setCode] = useState('');
  const enrol = useEnrolPhone();
  const confirm = useConfirmPhone();

  function ask(event: FormEvent) {
    event.preventDefault();
    enrol.mutate({ number: number.trim(), name: name.trim() });
  }

  if (!enrol.data) {
    return (
      <form className={parts.stack} onSubmit={ask}>
        <div className={parts.say}>
          <div>
            <Tag tone="warn">Weaker than an app or a passkey</Tag>
          </div>
          <p>
            Whoever takes your number over, or reads your texts, has these codes. Use them only when the app
            or the passkey is out of reach.
          </p>
        </div>
        <TextInput
          label="Its number"
          description="With its country"
          placeholder="+44 7700 900123"
          type="tel"
          name="tel"
          autoComplete="tel"
          data-autofocus
          required
          withAsterisk={false}
          value={number}
          onChange={(event) => setNumber(event.currentTarget.value)}
        />
        <TextInput
          label="What to call it"
          placeholder="My old phone"
          maxLength={100}
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
        />
        {enrol.error ? <ProblemNote error={enrol.error} /> : null}
        <Button type="submit" loading={enrol.isPending}>
          Text it a code
        </Button>
      </form>
    );
  }
  const { factor_id, hint } = enrol.data;

  function show(event: FormEvent) {
    event.preventDefault();
    act(
      confirm,
      { id: factor_id, code: code.replaceAll(' ', '') },
      { told: 'The phone is added', after: close },
    );
  }

  return (
    <form className={parts.stack} onSubmit={show}>
      <TextInput
        label="Code of the text message"
        description={`On its way to the phone ending in ${hint}; it holds ten minutes`}
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
      {confirm.error ? <ProblemNote error={confirm.error} /> : null}
      <div className={parts.actions}>
        <Button type="submit" loading={confirm.isPending}>
          Add the phone
        </Button>
        <Button variant="default" onClick={() => enrol.reset()}>
          Another number
        </Button>
      </div>
    </form>
  );
}
