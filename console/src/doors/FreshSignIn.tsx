import { Button, getDefaultZIndex, Modal, PasswordInput, TextInput } from '@mantine/core';
import { IconFingerprint } from '@tabler/icons-react';
import { type FormEvent, useState, useSyncExternalStore } from 'react';
import { useAccount, useConfirm, useShowCode } from '../api/account';
import { answered, asked, subscribe, type Wanted } from '../api/fresh';
import { useShowPasskey } from '../api/passkeys';
import { useLinks, useProviders, useProviderVisit } from '../api/providers';
import { knowsPasskeys } from '../lib/passkey';
import { ProblemNote } from '../ui/ProblemNote';
import { ProviderButton } from './ByProvider';
import classes from './doors.module.css';

/** Above the dialog that asked for what the question is about. */
const ABOVE = getDefaultZIndex('modal') + 1;

/** Asks who sits here to show once more that it is they; `fresh` opens it. */
export function FreshSignIn() {
  const question = useSyncExternalStore(subscribe, asked);
  return (
    <Modal
      opened={question !== null}
      onClose={() => answered(false)}
      title="Confirm that it is you"
      zIndex={ABOVE}
    >
      {question ? <Ask wanted={question.wanted} /> : null}
    </Modal>
  );
}

function Ask({ wanted }: { wanted: Wanted }) {
  const [typed, setTyped] = useState('');
  const account = useAccount();
  const confirm = useConfirm();
  const show = useShowCode();
  const { error, isPending } = wanted === 'password' ? confirm : show;

  function submit(event: FormEvent) {
    event.preventDefault();
    const onSuccess = () => answered(true);
    if (wanted === 'password') confirm.mutate(typed, { onSuccess });
    else show.mutate(typed.replaceAll(' ', ''), { onSuccess });
  }

  if (wanted === 'password' && account.data?.has_password === false) {
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
      <p className={classes.say}>
        {wanted === 'password'
          ? 'What you are about to do matters, and your sign-in is some time ago.'
          : 'What you are about to do matters, so it needs your second factor.'}
      </p>
      {wanted === 'password' ? (
        <PasswordInput
          label="Your password"
          name="password"
          autoComplete="current-password"
          data-autofocus
          required
          withAsterisk={false}
          value={typed}
          onChange={(event) => setTyped(event.currentTarget.value)}
        />
      ) : (
        <TextInput
          label="Code of the authenticator app"
          name="code"
          autoComplete="one-time-code"
          inputMode="numeric"
          data-autofocus
          required
          withAsterisk={false}
          value={typed}
          onChange={(event) => setTyped(event.currentTarget.value)}
        />
      )}
      {error ? <ProblemNote error={error} /> : null}
      <Button type="submit" loading={isPending}>
        Confirm
      </Button>
      {wanted === 'password' ? <ByLinkedProvider /> : null}
      {wanted === 'code' && knowsPasskeys() ? <ByPasskey /> : null}
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

function ByPasskey() {
  const show = useShowPasskey();
  return (
    <>
      {show.error ? <ProblemNote error={show.error} /> : null}
      <Button
        variant="default"
        leftSection={<IconFingerprint size={16} />}
        loading={show.isPending}
        onClick={() => show.mutate(undefined, { onSuccess: (shown) => (shown ? answered(true) : undefined) })}
      >
        Use a passkey
      </Button>
    </>
  );
}
