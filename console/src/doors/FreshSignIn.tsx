import { Button, Modal, PasswordInput, TextInput, UnstyledButton } from '@mantine/core';
import { IconFingerprint } from '@tabler/icons-react';
import { type FormEvent, useState, useSyncExternalStore } from 'react';
import { useAccount } from '../api/account';
import { type Confirmation, type Phone, useConfirm, useSendCode, useWays, type Ways } from '../api/factors';
import { answered, asked, subscribe } from '../api/fresh';
import { useConfirmByPasskey } from '../api/passkeys';
import { useLinks, useProviders, useProviderVisit } from '../api/providers';
import { knowsPasskeys } from '../lib/passkey';
import { ProblemNote } from '../ui/ProblemNote';
import { ProviderButton } from './ByProvider';
import classes from './doors.module.css';

/** What asks for it is often a dialog itself, which has 200. */
const ABOVE_DIALOGS = 250;

/** Asks who sits here to show once more that it is they; `fresh` opens it. */
export function FreshSignIn() {
  const question = useSyncExternalStore(subscribe, asked);
  return (
    <Modal
      opened={question !== null}
      onClose={() => answered(false)}
      title="Confirm that it is you"
      zIndex={ABOVE_DIALOGS}
    >
      {question ? <Ask /> : null}
    </Modal>
  );
}

/** What is shown beside the password, unless it is a passkey. */
type Way = 'app' | 'recovery' | Phone;

const NONE: Ways = { app: false, passkey: false, recovery_code: false, phones: [] };

function Ask() {
  const [password, setPassword] = useState('');
  const [code, setCode] = useState('');
  const [way, setWay] = useState<Way>('app');
  // Whoever has yet to add a second factor may not ask what they have: nothing.
  const { data: ways = NONE } = useWays();
  const account = useAccount();
  const confirm = useConfirm();
  const send = useSendCode();
  const byCode = ways.app || way !== 'app';
  const words = wordsOf(way);

  function submit(event: FormEvent) {
    event.preventDefault();
    confirm.mutate({ password, ...proofOf(way, code) }, { onSuccess: () => answered(true) });
  }

  function turn(next: Way) {
    setWay(next);
    setCode('');
    confirm.reset();
  }

  if (account.data?.has_password === false) {
    return (
      <div className={classes.form}>
        <p className={classes.say}>
          What you are about to do matters, and your sign-in is some time ago. Show by an account that you
          have elsewhere that it is you, and begin again.
        </p>
        <ByLinkedProvider />
      </div>
    );
  }
  return (
    <form className={classes.form} onSubmit={submit}>
      <p className={classes.say}>What you are about to do matters, and your sign-in is some time ago.</p>
      <PasswordInput
        label="Your password"
        name="password"
        autoComplete="current-password"
        data-autofocus
        required
        withAsterisk={false}
        value={password}
        onChange={(event) => setPassword(event.currentTarget.value)}
      />
      {byCode ? (
        <TextInput
          key={words.label}
          label={words.label}
          description={words.description}
          name="code"
          autoComplete={way === 'recovery' ? 'off' : 'one-time-code'}
          inputMode={way === 'recovery' ? 'text' : 'numeric'}
          autoCapitalize="characters"
          spellCheck={false}
          required={way === 'recovery' || !ways.passkey}
          withAsterisk={false}
          value={code}
          onChange={(event) => setCode(event.currentTarget.value)}
        />
      ) : null}
      {ways.app && way !== 'app' ? (
        <UnstyledButton className={classes.way} onClick={() => turn('app')}>
          Use the authenticator app
        </UnstyledButton>
      ) : null}
      {ways.phones.map((one) => (
        <UnstyledButton
          key={one.factor_id}
          className={classes.way}
          disabled={send.isPending}
          onClick={() => send.mutate(one.factor_id, { onSuccess: () => turn(one) })}
        >
          {typeof way === 'object' && way.factor_id === one.factor_id
            ? 'Send another text'
            : `Text a code to the phone ending in ${one.hint}`}
        </UnstyledButton>
      ))}
      {ways.recovery_code && way !== 'recovery' ? (
        <UnstyledButton className={classes.way} onClick={() => turn('recovery')}>
          Lost it? Use a recovery code
        </UnstyledButton>
      ) : null}
      {send.error ? <ProblemNote error={send.error} /> : null}
      {confirm.error ? <ProblemNote error={confirm.error} /> : null}
      {byCode || !ways.passkey ? (
        <Button type="submit" loading={confirm.isPending}>
          Confirm
        </Button>
      ) : null}
      {ways.passkey && knowsPasskeys() ? <ByPasskey password={password} /> : null}
      <ByLinkedProvider />
    </form>
  );
}

function wordsOf(way: Way): { label: string; description?: string } {
  if (way === 'app') return { label: 'Code of the authenticator app' };
  if (way === 'recovery') {
    return { label: 'Recovery code', description: 'One of those that were shown once; it works once.' };
  }
  return {
    label: 'Code of the text message',
    description: `On its way to the phone ending in ${way.hint}`,
  };
}

/** What the code is sent as; nothing where none was typed, for a passkey may take its place. */
function proofOf(way: Way, code: string): Partial<Confirmation> {
  const typed = code.trim();
  if (!typed) return {};
  if (way === 'recovery') return { recovery_code: typed };
  const digits = typed.replaceAll(' ', '');
  return way === 'app' ? { code: digits } : { sms_code: digits };
}

/** Leaves the page: what one was about to do is to be begun again afterwards. */
function ByLinkedProvider() {
  const links = useLinks().data ?? [];
  const providers = useProviders().data ?? [];
  const confirm = useProviderVisit('confirm');
  return (
    <>
      {confirm.error ? <ProblemNote error={confirm.error} /> : null}
      {providers
        .filter(({ id }) => links.some(({ provider }) => provider === id))
        .map((provider) => (
          <ProviderButton key={provider.id} provider={provider} words="Confirm with" visit={confirm} />
        ))}
    </>
  );
}

/** A passkey with the password; one that its owner unlocks is enough by itself. */
function ByPasskey({ password }: { password: string }) {
  const confirm = useConfirmByPasskey();
  return (
    <>
      {confirm.error ? <ProblemNote error={confirm.error} /> : null}
      <Button
        variant="default"
        leftSection={<IconFingerprint size={16} />}
        loading={confirm.isPending}
        onClick={() =>
          confirm.mutate(password, { onSuccess: (shown) => (shown ? answered(true) : undefined) })
        }
      >
        {password ? 'Confirm with a passkey' : 'Use a passkey'}
      </Button>
    </>
  );
}
