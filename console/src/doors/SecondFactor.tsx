import { Button, TextInput, UnstyledButton } from '@mantine/core';
import { IconFingerprint } from '@tabler/icons-react';
import { type FormEvent, useState } from 'react';
import { useShowPasskey } from '../api/passkeys';
import { type Session, useEnter, useSecondFactor, useSignOut } from '../api/session';
import { knowsPasskeys } from '../lib/passkey';
import { ProblemNote } from '../ui/ProblemNote';
import { Door } from './Door';
import classes from './doors.module.css';

/** The second step of signing in: a code of the app, or one of those kept for the day it is lost. */
export function SecondFactor({ session }: { session: Session }) {
  const [byRecovery, setByRecovery] = useState(false);
  const [code, setCode] = useState('');
  const show = useSecondFactor();
  const signOut = useSignOut();

  function submit(event: FormEvent) {
    event.preventDefault();
    const typed = code.trim();
    show.mutate(byRecovery ? { recovery_code: typed } : { code: typed.replaceAll(' ', '') });
  }

  function turn() {
    setByRecovery(!byRecovery);
    setCode('');
    show.reset();
  }

  return (
    <Door
      title="Show your second factor"
      lead={`${session.actor.name}, one more step.`}
      foot={
        <p className={classes.ways}>
          <UnstyledButton className={classes.way} onClick={turn}>
            {byRecovery ? 'Use the authenticator app' : 'Lost the app? Use a recovery code'}
          </UnstyledButton>
          <UnstyledButton className={classes.way} onClick={() => signOut.mutate()}>
            Sign out
          </UnstyledButton>
        </p>
      }
    >
      <form onSubmit={submit}>
        <TextInput
          key={String(byRecovery)}
          label={byRecovery ? 'Recovery code' : 'Code of the authenticator app'}
          description={byRecovery ? 'One of those that were shown once; it works once.' : 'Six digits'}
          name="code"
          autoComplete={byRecovery ? 'off' : 'one-time-code'}
          inputMode={byRecovery ? 'text' : 'numeric'}
          pattern={byRecovery ? undefined : '[0-9 ]{6,7}'}
          title={byRecovery ? undefined : 'Six digits'}
          classNames={{ input: classes.code }}
          autoCapitalize="characters"
          spellCheck={false}
          autoFocus
          required
          withAsterisk={false}
          value={code}
          onChange={(event) => setCode(event.currentTarget.value)}
        />
        {show.error ? <ProblemNote error={show.error} /> : null}
        <Button type="submit" fullWidth loading={show.isPending}>
          Go on
        </Button>
        {knowsPasskeys() ? <ByPasskey /> : null}
      </form>
    </Door>
  );
}

function ByPasskey() {
  const show = useShowPasskey();
  const enter = useEnter();
  return (
    <>
      {show.error ? <ProblemNote error={show.error} /> : null}
      <Button
        variant="default"
        fullWidth
        leftSection={<IconFingerprint size={16} />}
        loading={show.isPending}
        onClick={() => show.mutate(undefined, { onSuccess: (shown) => (shown ? enter() : undefined) })}
      >
        Use a passkey
      </Button>
    </>
  );
}
