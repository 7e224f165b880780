import { Button, UnstyledButton } from '@mantine/core';
import { IconDeviceMobile, IconFingerprint } from '@tabler/icons-react';
import { useState } from 'react';
import { type Session, useEnter, useSignOut } from '../api/session';
import { knowsPasskeys } from '../lib/passkey';
import { Enrol } from '../screens/account/Enrol';
import { AddPasskey } from '../screens/account/Passkeys';
import { Door } from './Door';
import classes from './doors.module.css';
import { FreshSignIn } from './FreshSignIn';

interface EnrolFirstProps {
  session: Session;
  /** The second factor is there, and its recovery codes are kept. */
  done: () => void;
}

/** Where everybody must have a second factor, whoever has none adds it before anything else. */
export function EnrolFirst({ session, done }: EnrolFirstProps) {
  const [adding, setAdding] = useState<'app' | 'passkey' | null>(null);
  const enter = useEnter();
  const signOut = useSignOut();

  /** The server knows whether one was added. */
  async function close() {
    setAdding(null);
    await enter();
    done();
  }

  return (
    <Door
      title="Add a second factor"
      lead={`${session.actor.name}, a password alone is not enough here. Choose what to show besides it.`}
      foot={
        <p className={classes.ways}>
          <UnstyledButton className={classes.way} onClick={() => signOut.mutate()}>
            Sign out
          </UnstyledButton>
        </p>
      }
    >
      <div className={classes.form}>
        <Button fullWidth leftSection={<IconDeviceMobile size={16} />} onClick={() => setAdding('app')}>
          An authenticator app
        </Button>
        {knowsPasskeys() ? (
          <Button
            fullWidth
            variant="default"
            leftSection={<IconFingerprint size={16} />}
            onClick={() => setAdding('passkey')}
          >
            A passkey
          </Button>
        ) : null}
        <p className={classes.say}>
          You get recovery codes with it, for the day on which it is lost. More can be added afterwards.
        </p>
      </div>
      <Enrol opened={adding === 'app'} close={() => void close()} />
      <AddPasskey opened={adding === 'passkey'} close={() => void close()} />
      <FreshSignIn />
    </Door>
  );
}
