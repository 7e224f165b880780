import { Button, PasswordInput, TextInput } from '@mantine/core';
import { type FormEvent, useState } from 'react';
import { Link } from 'wouter';
import { useSignUp } from '../api/doors';
import { ProblemNote } from '../ui/ProblemNote';
import { ByProvider } from './ByProvider';
import { Door } from './Door';
import classes from './doors.module.css';

/** Makes an account. Everybody is told the same, so that nobody learns who has one. */
export function SignUp() {
  const [name, setName] = useState('');
  const [mail, setMail] = useState('');
  const [password, setPassword] = useState('');
  const signUp = useSignUp();

  function submit(event: FormEvent) {
    event.preventDefault();
    signUp.mutate({ name: name.trim(), mail: mail.trim(), password, locale: navigator.language });
  }

  if (signUp.data) {
    return (
      <Door
        title="Look into your mailbox"
        lead={signUp.data.message}
        foot={
          <p className={classes.ways}>
            <Link href="/">Sign in</Link>
          </p>
        }
      >
        <p className={classes.lead}>
          Follow its link, or enter the code that it holds. Both work for some minutes, once.
        </p>
        <Button component={Link} href="/verify" fullWidth>
          Enter the code
        </Button>
      </Door>
    );
  }
  return (
    <Door
      title="Make an account"
      foot={
        <p className={classes.ways}>
          <Link href="/">Sign in instead</Link>
          <Link href="/verify">Enter a code</Link>
        </p>
      }
    >
      <form onSubmit={submit}>
        <TextInput
          label="Name"
          name="name"
          autoComplete="name"
          maxLength={100}
          autoFocus
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
        />
        <TextInput
          label="Mail address"
          type="email"
          name="username"
          autoComplete="username"
          required
          withAsterisk={false}
          value={mail}
          onChange={(event) => setMail(event.currentTarget.value)}
        />
        <NewPassword value={password} change={setPassword} />
        {signUp.error ? <ProblemNote error={signUp.error} /> : null}
        <Button type="submit" fullWidth loading={signUp.isPending}>
          Make the account
        </Button>
        <ByProvider words="Go on with" />
      </form>
    </Door>
  );
}

interface NewPasswordProps {
  label?: string;
  value: string;
  change: (value: string) => void;
}

/** A password to be chosen: long beats complicated, and the server judges it. */
export function NewPassword({ label = 'Password', value, change }: NewPasswordProps) {
  return (
    <PasswordInput
      label={label}
      description="A few words in a row do better than signs and digits. Spaces count."
      name="new-password"
      autoComplete="new-password"
      maxLength={256}
      required
      withAsterisk={false}
      value={value}
      onChange={(event) => change(event.currentTarget.value)}
    />
  );
}
