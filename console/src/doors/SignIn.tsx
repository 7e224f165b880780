import { Button, PasswordInput, Tabs, TextInput } from '@mantine/core';
import { IconFingerprint, IconKey } from '@tabler/icons-react';
import { type FormEvent, useState } from 'react';
import { Link } from 'wouter';
import { usePasskeySignIn } from '../api/passkeys';
import { useDoors, useSignIn, useTokenSignIn } from '../api/session';
import { knowsPasskeys } from '../lib/passkey';
import { ProblemNote } from '../ui/ProblemNote';
import { ByProvider } from './ByProvider';
import { Door, Opening } from './Door';
import classes from './doors.module.css';

interface SignInProps {
  title?: string;
  /** Why one has to sign in, where that is not plain. */
  lead?: string;
}

export function SignIn({ title = 'Sign in to the console', lead }: SignInProps) {
  const { data, error, refetch } = useDoors();
  if (error) {
    return (
      <Door title={title}>
        <ProblemNote error={error} retry={() => void refetch()} />
      </Door>
    );
  }
  if (!data) return <Opening />;
  const { accounts, tokens } = data;
  return (
    <Door title={title} tab="Sign in" lead={lead} foot={accounts ? <OtherWays /> : <WhereTokensAre />}>
      {accounts && tokens ? (
        <Tabs defaultValue="account" keepMounted={false}>
          <Tabs.List grow mb="md">
            <Tabs.Tab value="account">Account</Tabs.Tab>
            <Tabs.Tab value="token">Token</Tabs.Tab>
          </Tabs.List>
          <Tabs.Panel value="account">
            <ByPassword />
          </Tabs.Panel>
          <Tabs.Panel value="token">
            <ByToken />
          </Tabs.Panel>
        </Tabs>
      ) : null}
      {accounts && !tokens ? <ByPassword /> : null}
      {accounts ? null : <ByToken />}
    </Door>
  );
}

function ByPassword() {
  const [mail, setMail] = useState('');
  const [password, setPassword] = useState('');
  const signIn = useSignIn();

  function submit(event: FormEvent) {
    event.preventDefault();
    signIn.mutate({ mail: mail.trim(), password });
  }

  return (
    <form onSubmit={submit}>
      <TextInput
        label="Mail address"
        type="email"
        name="username"
        autoComplete="username webauthn"
        autoFocus
        required
        withAsterisk={false}
        value={mail}
        onChange={(event) => setMail(event.currentTarget.value)}
      />
      <PasswordInput
        label="Password"
        name="password"
        autoComplete="current-password"
        required
        withAsterisk={false}
        value={password}
        onChange={(event) => setPassword(event.currentTarget.value)}
      />
      {signIn.error ? <ProblemNote error={signIn.error} /> : null}
      {signIn.error?.code === 'mail_not_verified' ? (
        <Button component={Link} href="/verify" variant="default" fullWidth>
          Enter the code of the mail
        </Button>
      ) : null}
      <Button type="submit" fullWidth loading={signIn.isPending}>
        Sign in
      </Button>
      {knowsPasskeys() ? <ByPasskey /> : null}
      <ByProvider words="Sign in with" />
    </form>
  );
}

function ByPasskey() {
  const signIn = usePasskeySignIn();
  return (
    <>
      {signIn.error ? <ProblemNote error={signIn.error} /> : null}
      <Button
        variant="default"
        fullWidth
        leftSection={<IconFingerprint size={16} />}
        loading={signIn.asked}
        onClick={signIn.ask}
      >
        Sign in with a passkey
      </Button>
    </>
  );
}

function ByToken() {
  const [token, setToken] = useState('');
  const signIn = useTokenSignIn();

  function submit(event: FormEvent) {
    event.preventDefault();
    signIn.mutate(token.trim());
  }

  return (
    <form onSubmit={submit}>
      <PasswordInput
        label="Token"
        description="The token of a principal; the server prints the demo's when it starts."
        placeholder="Paste the token"
        leftSection={<IconKey size={16} />}
        autoComplete="off"
        autoFocus
        required
        withAsterisk={false}
        value={token}
        onChange={(event) => setToken(event.currentTarget.value)}
      />
      {signIn.error ? <ProblemNote error={signIn.error} /> : null}
      <Button type="submit" fullWidth loading={signIn.isPending} disabled={token.trim() === ''}>
        Sign in
      </Button>
    </form>
  );
}

function OtherWays() {
  return (
    <p className={classes.ways}>
      <Link href="/forgot">Forgot the password?</Link>
      <Link href="/sign-up">Make an account</Link>
    </p>
  );
}

function WhereTokensAre() {
  return (
    <p>
      Lost it? <code>backstay doctor</code> tells where principals are set. The API is described at{' '}
      <a href="/docs">/docs</a>.
    </p>
  );
}
