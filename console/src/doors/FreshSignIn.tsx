import { Button, Modal, PasswordInput, TextInput, UnstyledButton } from '@mantine/core';
import { IconFingerprint } from '@tabler/icons-react';
import { type FormEvent, useState, useSyncExternalStore } from 'react';
import { useAccount } from '../api/account';
import { type Phone, useConfirm, useSendCode, useWays, type Ways } from '../api/factors';
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

const NONE: Ways = { app: false, passkey: false, recovery_code: false, phones: [] };

function Ask() {
  const [password, setPassword] = useState('');
  const [code, setCode] = useState('');
  const [phone, setPhone] = useState<Phone | null>(null);
  // Whoever has yet to add a second factor may not ask what they have: nothing.
  const { data: ways = NONE } = useWays();
  const account = useAccount();
  const confirm = useConfirm();
  const send = useSendCode();
  const byCode = ways.app || phone !== null;

  function submit(event: FormEvent) {
    event.preventDefault();
    const digits = code.replaceAll(' ', '');
    const second = digits ? (phone ? { sms_code: digits } : { code: digits }) : {};
    confirm.mutate({ password, ...second }, { onSuccess: () => answered(true) });
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
          label={phone ? 'Code of the text message' : 'Code of the authenticator app'}
          description={phone ? `On its way to the phone ending in ${phone.hint}` : undefined}
          name="code"
          autoComplete="one-time-code"
          inputMode="numeric"
          required={!ways.passkey}
          withAsterisk={false}
          value={code}
          onChange={(event) => setCode(event.currentTarget.value)}
        />
      ) : null}
      {ways.phones.map((one) => (
        <UnstyledButton
          key={one.factor_id}
          className={classes.way}
          onClick={() => send.mutate(one.factor_id, { onSuccess: () => setPhone(one) })}
        >
          Text a code to the phone ending in {one.hint}
        </UnstyledButton>
      ))}
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
