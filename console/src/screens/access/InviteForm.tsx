import { Button, Modal, Select, TextInput } from '@mantine/core';
import { type FormEvent, useState } from 'react';
import { useRoles } from '../../api/access';
import { useInvite } from '../../api/organization';
import { act } from '../../ui/act';
import parts from '../../ui/blocks.module.css';
import { ProblemNote } from '../../ui/ProblemNote';

export function InviteForm({ opened, close }: { opened: boolean; close: () => void }) {
  return (
    <Modal opened={opened} onClose={close} title="Invite somebody">
      {opened ? <Form close={close} /> : null}
    </Modal>
  );
}

function Form({ close }: { close: () => void }) {
  const roles = useRoles();
  const invite = useInvite();
  const [email, setEmail] = useState('');
  const [role, setRole] = useState<string | null>(null);

  function submit(event: FormEvent) {
    event.preventDefault();
    if (role === null) return;
    act(
      invite,
      { email: email.trim(), role_id: role },
      { told: `An invitation is on its way to ${email.trim()}`, after: close },
    );
  }

  return (
    <form className={parts.stack} onSubmit={submit}>
      <TextInput
        label="Mail address"
        description="Only who has shown that it is theirs can take the invitation."
        type="email"
        autoComplete="off"
        data-autofocus
        required
        withAsterisk={false}
        value={email}
        onChange={(event) => setEmail(event.currentTarget.value)}
      />
      <Select
        label="Joins as"
        data={(roles.data ?? []).map(({ id, name }) => ({ value: id, label: name }))}
        value={role}
        onChange={setRole}
      />
      {invite.error ? <ProblemNote error={invite.error} /> : null}
      <Button type="submit" loading={invite.isPending} disabled={role === null}>
        Send the invitation
      </Button>
    </form>
  );
}
