import { Button, TextInput } from '@mantine/core';
import { type FormEvent, useState } from 'react';
import { Link, useLocation } from 'wouter';
import { useAccept, useInvitation } from '../api/doors';
import { isHalfIn, useSession, useSignOut } from '../api/session';
import { dateTime } from '../lib/format';
import { act } from '../ui/act';
import { KeyValues } from '../ui/KeyValues';
import { ProblemNote } from '../ui/ProblemNote';
import { Door, Opening, useSecretOfAddress } from './Door';
import classes from './doors.module.css';
import { SecondFactor } from './SecondFactor';
import { SignIn } from './SignIn';

/** Where a mail's invitation leads: what it is to, and taking it. */
export function Invitation() {
  const [token, setToken] = useState(useSecretOfAddress());
  if (token === '') return <AskForToken use={setToken} />;
  return <Invited token={token} />;
}

function Invited({ token }: { token: string }) {
  const { data, error } = useInvitation(token);
  const session = useSession();
  const accept = useAccept();
  const signOut = useSignOut();
  const [, go] = useLocation();
  if (error) {
    return (
      <Door
        title="This invitation does not work"
        foot={
          <p className={classes.ways}>
            <Link href="/">To the console</Link>
          </p>
        }
      >
        <ProblemNote error={error} />
      </Door>
    );
  }
  if (!data || session.isPending) return <Opening />;
  const { organization_name: organization, role_name: role, email } = data;
  if (!session.data || session.error) {
    return (
      <SignIn
        title={`Join ${organization}`}
        lead={`You are invited as ${role}, by the address ${email}. Sign in with it; if it has no account yet, make one and open the invitation again.`}
      />
    );
  }
  if (isHalfIn(session.data)) return <SecondFactor session={session.data} />;
  return (
    <Door
      title={`Join ${organization}`}
      foot={<p>If you do not know {organization}, do nothing: without you nothing happens.</p>}
    >
      <KeyValues
        values={{
          'Invited as': role,
          Address: email,
          'Open until': dateTime(new Date(data.expires_at)),
          'Signed in as': session.data.actor.name,
        }}
      />
      <div className={classes.steps}>
        {accept.error ? <ProblemNote error={accept.error} /> : null}
        <Button
          fullWidth
          loading={accept.isPending}
          onClick={() =>
            act(accept, token, { told: ({ name }) => `You belong to ${name} now`, after: () => go('/') })
          }
        >
          Take the invitation
        </Button>
        <Button variant="default" fullWidth onClick={() => signOut.mutate()}>
          Sign in as somebody else
        </Button>
      </div>
    </Door>
  );
}

function AskForToken({ use }: { use: (token: string) => void }) {
  const [typed, setTyped] = useState('');
  function submit(event: FormEvent) {
    event.preventDefault();
    use(typed.trim());
  }
  return (
    <Door title="An invitation" lead="Open the link of the mail, or paste what stands after its #.">
      <form onSubmit={submit}>
        <TextInput
          label="Invitation"
          autoComplete="off"
          spellCheck={false}
          classNames={{ input: 'mono' }}
          required
          withAsterisk={false}
          value={typed}
          onChange={(event) => setTyped(event.currentTarget.value)}
        />
        <Button type="submit" fullWidth>
          Look at it
        </Button>
      </form>
    </Door>
  );
}
