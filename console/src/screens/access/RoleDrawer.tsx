import { Button, Drawer, MultiSelect, TextInput } from '@mantine/core';
import { IconTrash } from '@tabler/icons-react';
import { type FormEvent, useState } from 'react';
import { type Role, useDeleteRole, useSaveRole } from '../../api/access';
import { act } from '../../ui/act';
import parts from '../../ui/blocks.module.css';
import { ProblemNote } from '../../ui/ProblemNote';
import { Tag } from '../../ui/signs';
import { tellProblem } from '../../ui/toasts';
import classes from './access.module.css';
import { PermissionMatrix } from './PermissionMatrix';

interface RoleDrawerProps {
  /** A role's id, `new`, or null for none. */
  id: string | null;
  roles: readonly Role[];
  editable: boolean;
  close: () => void;
}

export function RoleDrawer({ id, roles, editable, close }: RoleDrawerProps) {
  const role = roles.find((one) => one.id === id) ?? null;
  const shown = role !== null || id === 'new';
  return (
    <Drawer opened={shown} onClose={close} size={760} title={role ? 'Role' : 'New role'}>
      {shown ? (
        <Edit key={`${id} ${role?.version}`} role={role} roles={roles} editable={editable} close={close} />
      ) : null}
    </Drawer>
  );
}

interface EditProps {
  role: Role | null;
  roles: readonly Role[];
  editable: boolean;
  close: () => void;
}

function Edit({ role, roles, editable, close }: EditProps) {
  const [name, setName] = useState(role?.name ?? '');
  const [description, setDescription] = useState(role?.description ?? '');
  const [own, setOwn] = useState<ReadonlySet<string>>(new Set(role?.permissions));
  const [contains, setContains] = useState<string[]>(role?.parts ?? []);
  const save = useSaveRole();
  const remove = useDeleteRole();
  const fixed = !editable || role?.preset === true;
  // What the contained roles give comes along and cannot be taken out here.
  const inherited = new Set(
    roles.filter(({ id }) => contains.includes(id)).flatMap(({ effective }) => effective),
  );

  function submit(event: FormEvent) {
    event.preventDefault();
    const draft = {
      name: name.trim(),
      description: description.trim(),
      permissions: [...own].toSorted(),
      parts: contains,
    };
    act(save, { role, draft }, { told: `${draft.name} is saved`, after: close });
  }

  return (
    <form className={parts.stack} onSubmit={submit}>
      {fixed ? (
        <>
          <div className={classes.line}>
            <h2>{role?.name}</h2>
            {role?.preset ? <Tag>Preset</Tag> : null}
          </div>
          <p className={classes.say}>{role?.description}</p>
        </>
      ) : (
        <div className={classes.fields}>
          <TextInput
            label="Name"
            maxLength={60}
            data-autofocus={role === null}
            required
            withAsterisk={false}
            value={name}
            onChange={(event) => setName(event.currentTarget.value)}
          />
          <TextInput
            label="What it is for"
            maxLength={500}
            value={description}
            onChange={(event) => setDescription(event.currentTarget.value)}
          />
          <MultiSelect
            label="Contains"
            description="Everything that these give comes along."
            {...(contains.length ? {} : { placeholder: 'No other role' })}
            data={roles
              .filter(({ id }) => id !== role?.id)
              .map(({ id, name }) => ({ value: id, label: name }))}
            value={contains}
            onChange={setContains}
          />
        </div>
      )}
      <PermissionMatrix own={own} inherited={inherited} {...(fixed ? {} : { change: setOwn })} />
      {save.error ? <ProblemNote error={save.error} /> : null}
      {fixed ? null : (
        <div className={classes.sticky}>
          <Button type="submit" loading={save.isPending}>
            {role ? 'Save the role' : 'Make the role'}
          </Button>
          {role ? (
            <Button
              variant="default"
              leftSection={<IconTrash size={15} />}
              loading={remove.isPending}
              onClick={() =>
                act(remove, role, { told: `${role.name} is deleted`, after: close, failed: tellProblem })
              }
            >
              Delete
            </Button>
          ) : null}
        </div>
      )}
    </form>
  );
}
