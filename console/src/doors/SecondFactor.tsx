import { Button, TextInput, UnstyledButton } from '@mantine/core';
import { IconFingerprint } from '@tabler/icons-react';
import { type FormEvent, useState } from 'react';
import { type Phone, useSendCode, useWays } from '../api/factors';
import { useShowPasskey } from '../api/passkeys';
import { type Session, useEnter, useSecondFactor, useSignOut } from '../api/session';
import { knowsPasskeys } from '../lib/passkey';
import { ProblemNote } from '../ui/ProblemNote';
import { Door } from './Door';
import classes from './doors.module.css';

type Way = 'app' | 'recovery' | Phone;

/** The second step of signing in: a code of the app or of a text, or one of those kept for the day they are lost. */
export function SecondFactor({ session }: { session: Session }) {
  const [way, setWay] = useState<Way>('app');
  const [code, setCode] = useState('');
  const { data: ways } = useWays();
  const show = useSecondFactor();
  const send = useSendCode();
  const signOut = useSignOut();
  const text = typeof way === 'object';
  const words = WORDS[text ? 'text' : way];

  function submit(event: FormEvent) {
    event.preventDefault();
    const typed = code.trim();
    const digits = typed.replaceAll(' ', '');
    show.mutate(text ? { sms_code: digits } : way === 'app' ? { code: digits } : { recovery_code: typed });
  }

  function turn(next: Way) {
    setWay(next);
    setCode('');
    show.reset();
  }

  function textTo(phone: Phone) {
    send.mutate(phone.factor_id, { onSuccess: () => turn(phone) });
  }

  return (
    <Door
      title="Show your second factor"
      lead={`${session.actor.name}, one more step.`}
      foot={
        <p className={classes.ways}>
          {way === 'app' ? null : (
            <UnstyledButton className={classes.way} onClick={() => turn('app')}>
              Use the authenticator app
            </UnstyledButton>
          )}
          {ways?.phones.map((phone) => (
            <UnstyledButton
              key={phone.factor_id}
              className={classes.way}
              disabled={send.isPending}
              onClick={() => textTo(phone)}
            >
              {text && way.factor_id === phone.factor_id
                ? 'Send another text'
                : `Text a code to the phone ending in ${phone.hint}`}
            </UnstyledButton>
          ))}
          {way === 'recovery' ? null : (
            <UnstyledButton className={classes.way} onClick={() => turn('recovery')}>
              Lost the app? Use a recovery code
            </UnstyledButton>
          )}
          <UnstyledButton className={classes.way} onClick={() => signOut.mutate()}>
            Sign out
          </UnstyledButton>
        </p>
      }
    >
      <form onSubmit={submit}>
        <TextInput
          key={text ? way.factor_id : way}
          label={words.label}
          description={text ? `On its way to the phone ending in ${way.hint}` : words.description}
          name="code"
          autoComplete={way === 'recovery' ? 'off' : 'one-time-code'}
          inputMode={way === 'recovery' ? 'text' : 'numeric'}
          pattern={way === 'recovery' ? undefined : '[0-9 ]{6,7}'}
          title={way === 'recovery' ? undefined : 'Six digits'}
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
        {send.error ? <ProblemNote error={send.error} /> : null}
        <Button type="submit" fullWidth loading={show.isPending}>
          Go on
        </Button>
        {knowsPasskeys() ? <ByPasskey /> : null}
      </form>
    </Door>
  );
}

const WORDS = {
  app: { label: 'Code of the authenticator app', description: 'Six digits' },
  text: { label: 'Code of the text message', description: '' },
  recovery: { label: 'Recovery code', description: 'One of those that were shown once; it works once.' },
} as const;

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
