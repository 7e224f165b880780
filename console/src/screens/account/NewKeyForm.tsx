import { Button, Modal, MultiSelect, Select, TextInput } from '@mantine/core';
import { type FormEvent, useState } from 'react';
import { useDeclared } from '../../api/access';
import { useIssueKey } from '../../api/keys';
import { useMay, useSignedIn } from '../../api/session';
import parts from '../../ui/blocks.module.css';
import { Once } from '../../ui/Once';
import { ProblemNote } from '../../ui/ProblemNote';

const DAY = 86_400;
const LIVES = [
  { value: String(30 * DAY), label: '30 days' },
  { value: String(90 * DAY), label: '90 days' },
  { value: String(365 * DAY), label: 'A year' },
  { value: 'never', label: 'Until it is revoked' },
];

export function NewKeyForm({ opened, close }: { opened: boolean; close: () => void }) {
  return (
    <Modal opened={opened} onClose={close} size={520} title="New key">
      {opened ? <Form close={close} /> : null}
    </Modal>
  );
}

function Form({ close }: { close: () => void }) {
  const { actor } = useSignedIn();
  const declared = useDeclared(useMay('access:read'));
  const [name, setName] = useState('');
  const [scopes, setScopes] = useState<string[]>([]);
  const [life, setLife] = useState(LIVES[1]?.value ?? 'never');
  const issue = useIssueKey();
  const everything = actor.permissions.includes('*');
  const mine = everything ? (declared.data ?? []).map((one) => one.name) : actor.permissions;

  function submit(event: FormEvent) {
    event.preventDefault();
    issue.mutate({
      name: name.trim(),
      scopes,
      expires_in: life === 'never' ? null : Number(life),
    });
  }

  if (issue.data) {
    return (
      <div className={parts.stack}>
        <Once label="key" lines={[issue.data.key]} />
        <Button onClick={close}>I have kept it</Button>
      </div>
    );
  }
  return (
    <form className={parts.stack} onSubmit={submit}>
      <TextInput
        label="Name"
        description="For you, to tell it from others"
        placeholder="Backup"
        maxLength={100}
        data-autofocus
        required
        withAsterisk={false}
        value={name}
        onChange={(event) => setName(event.currentTarget.value)}
      />
      <MultiSelect
        label="Permissions"
        description="It may do these, as long as you may."
        placeholder={scopes.length ? undefined : 'Choose some'}
        data={mine}
        searchable
        hidePickedOptions
        maxDropdownHeight={220}
        value={scopes}
        onChange={setScopes}
      />
      <Select
        label="Works for"
        data={LIVES}
        allowDeselect={false}
        value={life}
        onChange={(value) => setLife(value ?? 'never')}
      />
      {issue.error ? <ProblemNote error={issue.error} /> : null}
      <Button type="submit" loading={issue.isPending} disabled={scopes.length === 0}>
        Make the key
      </Button>
    </form>
  );
}
