import { Button, Modal, Select, Textarea } from '@mantine/core';
import { IconMasksTheater } from '@tabler/icons-react';
import { type FormEvent, useState } from 'react';
import { useLocation } from 'wouter';
import { useOrganization } from '../../api/organization';
import { useSignedIn } from '../../api/session';
import { type User, useActFor } from '../../api/users';
import parts from '../../ui/blocks.module.css';
import { ProblemNote } from '../../ui/ProblemNote';
import { tell } from '../../ui/toasts';
import classes from './access.module.css';

const SPANS = ['5', '15', '30'].map((value) => ({ value, label: `${value} minutes` }));
const OWN = 'own';

/** Acting in somebody's place, for who may. */
export function ActFor({ user }: { user: User }) {
  const [asking, setAsking] = useState(false);
  return (
    <>
      <Button
        size="compact-sm"
        variant="default"
        leftSection={<IconMasksTheater size={15} />}
        onClick={() => setAsking(true)}
      >
        Act in their place
      </Button>
      <Modal
        opened={asking}
        onClose={() => setAsking(false)}
        title={`Act in the place of ${user.name || user.mail}`}
      >
        {asking ? <Order user={user} close={() => setAsking(false)} /> : null}
      </Modal>
    </>
  );
}

function Order({ user, close }: { user: User; close: () => void }) {
  const { modules, actor } = useSignedIn();
  const here = useOrganization(modules.includes('tenancy'));
  const [reason, setReason] = useState('');
  const [minutes, setMinutes] = useState('15');
  const [where, setWhere] = useState(OWN);
  const [, go] = useLocation();
  const act = useActFor();

  function submit(event: FormEvent) {
    event.preventDefault();
    const organization_id = where === OWN ? null : where;
    // By its promise: this form is gone when the browser is theirs.
    void act
      .mutateAsync({
        id: user.id,
        order: { reason: reason.trim(), minutes: Number(minutes), organization_id },
      })
      .then(() => {
        go('/');
        tell(`You act in the place of ${user.name || user.mail}`);
      })
      .catch(() => undefined);
  }

  return (
    <form className={parts.stack} onSubmit={submit}>
      <p className={classes.say}>
        They are told at once, with your reason. What you do bears both names; their password, keys, devices
        and data as a whole stay theirs alone. Your own session ends: sign in again afterwards.
      </p>
      <Textarea
        label="Reason"
        description="They read it, and the audit trail keeps it"
        autosize
        minRows={2}
        maxLength={500}
        data-autofocus
        required
        withAsterisk={false}
        value={reason}
        onChange={(event) => setReason(event.currentTarget.value)}
      />
      <Select
        label="For how long"
        data={SPANS}
        allowDeselect={false}
        value={minutes}
        onChange={(value) => setMinutes(value ?? '15')}
      />
      {here.data ? (
        <Select
          label="Where"
          data={[
            { value: OWN, label: 'Where they begin' },
            { value: actor.organization_id, label: here.data.name },
          ]}
          allowDeselect={false}
          value={where}
          onChange={(value) => setWhere(value ?? OWN)}
        />
      ) : null}
      {act.error ? <ProblemNote error={act.error} /> : null}
      <div className={parts.actions}>
        <Button type="submit" loading={act.isPending} disabled={reason.trim() === ''}>
          Act in their place
        </Button>
        <Button variant="default" onClick={close}>
          Leave it
        </Button>
      </div>
    </form>
  );
}
