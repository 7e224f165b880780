import { Button, PasswordInput } from '@mantine/core';
import { IconKey } from '@tabler/icons-react';
import { type FormEvent, useEffect, useState } from 'react';
import { useSignIn } from '../api/session';
import { Mark } from '../ui/Mark';
import { ProblemNote } from '../ui/ProblemNote';
import { Rigging } from './Rigging';
import classes from './signin.module.css';

export function SignIn() {
  const [token, setToken] = useState('');
  const signIn = useSignIn();
  useEffect(() => {
    document.title = 'Sign in · backstay';
  }, []);

  function submit(event: FormEvent) {
    event.preventDefault();
    signIn.mutate(token.trim());
  }

  return (
    <div className={classes.scene}>
      <Rigging />
      <main className={classes.card}>
        <div className={classes.brand}>
          <Mark size={38} />
          <span>backstay</span>
        </div>
        <h1>Sign in to the console</h1>
        <form onSubmit={submit}>
          <PasswordInput
            label="Token"
            description="The token of a principal; the server prints the demo's when it starts."
            placeholder="Paste the token"
            leftSection={<IconKey size={16} />}
            autoComplete="current-password"
            data-autofocus
            autoFocus
            required
            value={token}
            onChange={(event) => setToken(event.currentTarget.value)}
          />
          {signIn.error ? <ProblemNote error={signIn.error} /> : null}
          <Button type="submit" fullWidth loading={signIn.isPending} disabled={token.trim() === ''}>
            Sign in
          </Button>
        </form>
        <p className={classes.foot}>
          Lost it? <code>backstay doctor</code> tells where principals are set. The API is described at{' '}
          <a href="/docs">/docs</a>.
        </p>
      </main>
    </div>
  );
}
