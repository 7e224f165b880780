import { Button, Skeleton, TextInput } from '@mantine/core';
import { type FormEvent, useState } from 'react';
import { Link } from 'wouter';
import { type Account, useAccount, useAskForMailChange, useChangeProfile } from '../../api/account';
import { dateTime } from '../../lib/format';
import { act } from '../../ui/act';
import parts from '../../ui/blocks.module.css';
import { KeyValues } from '../../ui/KeyValues';
import { Panel } from '../../ui/Panel';
import { ProblemNote } from '../../ui/ProblemNote';
import { Tag } from '../../ui/signs';

export function ProfileSection() {
  const { data, error, refetch } = useAccount();
  if (error && !data) return <ProblemNote error={error} retry={() => void refetch()} />;
  if (!data) return <Skeleton height={320} radius={10} aria-busy="true" />;
  return (
    <div className={parts.pair}>
      <Profile account={data} />
      <Mail account={data} />
    </div>
  );
}

function Profile({ account }: { account: Account }) {
  const [name, setName] = useState(account.name);
  const [locale, setLocale] = useState(account.locale);
  const change = useChangeProfile();

  function submit(event: FormEvent) {
    event.preventDefault();
    act(change, { name: name.trim(), locale: locale.trim() }, { told: 'Your profile is changed' });
  }

  return (
    <Panel className={parts.section}>
      <h2>Profile</h2>
      <form onSubmit={submit}>
        <TextInput
          label="Name"
          autoComplete="name"
          maxLength={100}
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
        />
        <TextInput
          label="Language"
          description="A language tag, such as en-GB or de"
          maxLength={35}
          value={locale}
          onChange={(event) => setLocale(event.currentTarget.value)}
        />
        {change.error ? <ProblemNote error={change.error} /> : null}
        <Button
          type="submit"
          loading={change.isPending}
          disabled={name === account.name && locale === account.locale}
        >
          Save
        </Button>
      </form>
    </Panel>
  );
}

function Mail({ account }: { account: Account }) {
  const [mail, setMail] = useState('');
  const ask = useAskForMailChange();

  function submit(event: FormEvent) {
    event.preventDefault();
    ask.mutate(mail.trim());
  }

  return (
    <Panel className={parts.section}>
      <h2>Mail address</h2>
      <KeyValues
        values={{
          Address: account.mail,
          Verified: account.verified_at ? (
            dateTime(new Date(account.verified_at))
          ) : (
            <Tag tone="warn">not yet</Tag>
          ),
          'Account since': dateTime(new Date(account.created_at)),
        }}
      />
      <form onSubmit={submit}>
        <TextInput
          label="New address"
          description="It becomes yours once you follow the link that is sent there."
          type="email"
          autoComplete="email"
          required
          withAsterisk={false}
          value={mail}
          onChange={(event) => setMail(event.currentTarget.value)}
        />
        {ask.error ? <ProblemNote error={ask.error} /> : null}
        {ask.data ? (
          <p role="status">
            {ask.data.message} <Link href="/change-mail">Enter its code</Link>
          </p>
        ) : null}
        <Button type="submit" variant="default" loading={ask.isPending}>
          Send the link
        </Button>
      </form>
    </Panel>
  );
}
