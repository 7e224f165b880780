import { Button, PasswordInput, TextInput } from '@mantine/core';
import { type FormEvent, useState } from 'react';
import { Link, useLocation } from 'wouter';
import { useForgot, useReset, useUseMailChange, useVerify } from '../api/doors';
import { act } from '../ui/act';
import { ProblemNote } from '../ui/ProblemNote';
import { Door, useSecretOfAddress } from './Door';
import classes from './doors.module.css';
import { NewPassword } from './SignUp';

const BACK = (
  <p className={classes.ways}>
    <Link href="/">Sign in</Link>
  </p>
);

/** Shows that an address is one's own. The password is asked for, too: the account may be a stranger's trap. */
export function Verify() {
  const [token, setToken] = useState(useSecretOfAddress());
  const [password, setPassword] = useState('');
  const [, go] = useLocation();
  const verify = useVerify();

  function submit(event: FormEvent) {
    event.preventDefault();
    verify.mutate({ token: token.trim(), password }, { onSuccess: () => go('/') });
  }

  return (
    <Door
      title="Verify your address"
      lead="Enter the code that the mail holds and the password that you signed up with."
      foot={BACK}
    >
      <form onSubmit={submit}>
        <MailedCode value={token} change={setToken} />
        <PasswordInput
          label="Password"
          name="password"
          autoComplete="current-password"
          required
          withAsterisk={false}
          value={password}
          onChange={(event) => setPassword(event.currentTarget.value)}
        />
        {verify.error ? <ProblemNote error={verify.error} /> : null}
        <Button type="submit" fullWidth loading={verify.isPending}>
          Verify and sign in
        </Button>
      </form>
    </Door>
  );
}

/** Asks for a link to choose a new password. */
export function Forgot() {
  const [mail, setMail] = useState('');
  const forgot = useForgot();

  function submit(event: FormEvent) {
    event.preventDefault();
    forgot.mutate(mail.trim());
  }

  if (forgot.data) {
    return (
      <Door title="Look into your mailbox" lead={forgot.data.message} foot={BACK}>
        <Button component={Link} href="/reset" fullWidth>
          Enter the code
        </Button>
      </Door>
    );
  }
  return (
    <Door title="Forgot the password?" lead="You get a mail with a link to choose a new one." foot={BACK}>
      <form onSubmit={submit}>
        <TextInput
          label="Mail address"
          type="email"
          name="username"
          autoComplete="username"
          autoFocus
          required
          withAsterisk={false}
          value={mail}
          onChange={(event) => setMail(event.currentTarget.value)}
        />
        {forgot.error ? <ProblemNote error={forgot.error} /> : null}
        <Button type="submit" fullWidth loading={forgot.isPending}>
          Send the mail
        </Button>
      </form>
    </Door>
  );
}

/** Chooses a new password; every session ends. */
export function Reset() {
  const [token, setToken] = useState(useSecretOfAddress());
  const [password, setPassword] = useState('');
  const [, go] = useLocation();
  const reset = useReset();

  function submit(event: FormEvent) {
    event.preventDefault();
    act(
      reset,
      { token: token.trim(), password },
      { told: 'Your password is changed: sign in with it', after: () => go('/') },
    );
  }

  return (
    <Door
      title="Choose a new password"
      lead="Every session of yours ends; you sign in with the new password."
      foot={BACK}
    >
      <form onSubmit={submit}>
        <MailedCode value={token} change={setToken} />
        <NewPassword label="New password" value={password} change={setPassword} />
        {reset.error ? <ProblemNote error={reset.error} /> : null}
        <Button type="submit" fullWidth loading={reset.isPending}>
          Change the password
        </Button>
      </form>
    </Door>
  );
}

/** Gives an account the address that the code was sent to. */
export function ChangeMail() {
  const [token, setToken] = useState(useSecretOfAddress());
  const [, go] = useLocation();
  const change = useUseMailChange();

  function submit(event: FormEvent) {
    event.preventDefault();
    act(change, token.trim(), { told: 'Your account has this address now', after: () => go('/') });
  }

  return (
    <Door title="Verify your new address" lead="Enter the code of the mail that was sent there." foot={BACK}>
      <form onSubmit={submit}>
        <MailedCode value={token} change={setToken} />
        {change.error ? <ProblemNote error={change.error} /> : null}
        <Button type="submit" fullWidth loading={change.isPending}>
          Use this address
        </Button>
      </form>
    </Door>
  );
}

function MailedCode({ value, change }: { value: string; change: (value: string) => void }) {
  return (
    <TextInput
      label="Code of the mail"
      placeholder="bsl_…"
      name="mail-code"
      autoComplete="off"
      spellCheck={false}
      classNames={{ input: 'mono' }}
      autoFocus={value === ''}
      required
      withAsterisk={false}
      value={value}
      onChange={(event) => change(event.currentTarget.value)}
    />
  );
}
