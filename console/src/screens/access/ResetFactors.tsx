import { Button, Modal, Textarea } from '@mantine/core';
import { IconLifebuoy } from '@tabler/icons-react';
import { type FormEvent, useState } from 'react';
import { type User, useResetFactors } from '../../api/users';
import { act } from '../../ui/act';
import parts from '../../ui/blocks.module.css';
import { ProblemNote } from '../../ui/ProblemNote';
import classes from './access.module.css';

/** The way back for somebody who lost every second factor. */
export function ResetFactors({ user }: { user: User }) {
  const [asking, setAsking] = useState(false);
  const close = () => setAsking(false);
  return (
    <>
      <Button
        size="compact-sm"
        variant="default"
        leftSection={<IconLifebuoy size={15} />}
        onClick={() => setAsking(true)}
      >
        Reset second factors
      </Button>
      <Modal opened={asking} onClose={close} title={`Reset the second factors of ${user.name || user.mail}`}>
        {asking ? <ResetForm user={user} close={close} /> : null}
      </Modal>
    </>
  );
}

function ResetForm({ user, close }: { user: User; close: () => void }) {
  const [reason, setReason] = useState('');
  const reset = useResetFactors();

  function submit(event: FormEvent) {
    event.preventDefault();
    act(
      reset,
      { id: user.id, reason: reason.trim() },
      { told: `${user.name || user.mail} comes back by a mailed link`, after: close },
    );
  }

  return (
    <form className={parts.stack} onSubmit={submit}>
      <p className={classes.say}>
        Only for somebody who showed you who they are, by other means than a mail or a call. Their factors,
        recovery codes, password and keys go, and they are signed out everywhere; a mailed link lets them back
        in. They are told.
      </p>
      <Textarea
        label="Reason"
        description="Recorded, and told to them: how did they show who they are?"
        autosize
        minRows={2}
        maxLength={500}
        data-autofocus
        required
        withAsterisk={false}
        value={reason}
        onChange={(event) => setReason(event.currentTarget.value)}
      />
      {reset.error ? <ProblemNote error={reset.error} /> : null}
      <div className={parts.actions}>
        <Button type="submit" color="red" loading={reset.isPending}>
          Reset them
        </Button>
        <Button variant="default" onClick={close}>
          Leave it
        </Button>
      </div>
    </form>
  );
}
