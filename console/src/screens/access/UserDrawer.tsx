import { Button, Checkbox, Drawer, Modal, Select, Skeleton, Textarea } from '@mantine/core';
import { IconBan, IconHistory, IconLogout } from '@tabler/icons-react';
import { type FormEvent, useState } from 'react';
import { Link } from 'wouter';
import { useHasAccount, useMay, useSignedIn } from '../../api/session';
import { type User, useBan, useEndSessions, useUnban, useUser } from '../../api/users';
import { dateTime, plural } from '../../lib/format';
import { act } from '../../ui/act';
import parts from '../../ui/blocks.module.css';
import { Copy } from '../../ui/Copy';
import { KeyValues } from '../../ui/KeyValues';
import { ProblemNote } from '../../ui/ProblemNote';
import { tellProblem } from '../../ui/toasts';
import { ActFor } from './ActFor';
import classes from './access.module.css';
import { ResetFactors } from './ResetFactors';
import { RolesOf } from './RolesOf';
import { Standing } from './UsersSection';

export function UserDrawer({ id, close }: { id: string | null; close: () => void }) {
  return (
    <Drawer opened={id !== null} onClose={close} size={640} title="Account">
      {id ? <Detail key={id} id={id} /> : null}
    </Drawer>
  );
}

function Detail({ id }: { id: string }) {
  const { data, error, refetch } = useUser(id);
  const { modules, actor } = useSignedIn();
  const mayActFor = useMay('identity:impersonate');
  const account = useHasAccount();
  const mayOperate = useMay('identity:operate');
  const maySeeRoles = useMay('access:read');
  if (error && !data) return <ProblemNote error={error} retry={() => void refetch()} />;
  if (!data) return <Skeleton height={360} aria-busy="true" />;
  return (
    <div className={parts.stack}>
      <div className={classes.line}>
        <Standing user={data} />
        <h2>{data.name || data.mail}</h2>
      </div>
      <div className={parts.actions}>
        {mayActFor && account && id !== actor.id ? <ActFor user={data} /> : null}
        {mayOperate ? <Actions user={data} /> : null}
      </div>
      {data.banned_at ? (
        <section className={classes.banned}>
          <h3>Banned {data.banned_until ? `until ${dateTime(new Date(data.banned_until))}` : 'for good'}</h3>
          <p>{data.ban_reason}</p>
        </section>
      ) : null}
      <KeyValues
        values={{
          Address: data.mail,
          Verified: data.verified_at ? dateTime(new Date(data.verified_at)) : 'not yet',
          Language: data.locale || null,
          Made: dateTime(new Date(data.created_at)),
          Id: <Copy text={data.id} label="id" shown={data.id} />,
        }}
      />
      {modules.includes('access') && maySeeRoles ? <RolesOf userId={id} /> : null}
      <div className={parts.actions}>
        {modules.includes('audit') ? (
          <Button
            component={Link}
            href={`/access/audit?actor=${id}`}
            variant="default"
            size="compact-sm"
            leftSection={<IconHistory size={15} />}
          >
            What they did
          </Button>
        ) : null}
      </div>
    </div>
  );
}

function Actions({ user }: { user: User }) {
  const [banning, setBanning] = useState(false);
  const unban = useUnban();
  const end = useEndSessions();
  const mayReset = useMay('identity:reset-factors');
  const name = user.name || user.mail;
  return (
    <>
      {user.banned_at ? (
        <Button
          size="compact-sm"
          loading={unban.isPending}
          onClick={() => act(unban, user.id, { told: `${name} may sign in again`, failed: tellProblem })}
        >
          Lift the ban
        </Button>
      ) : (
        <Button
          size="compact-sm"
          variant="light"
          color="red"
          leftSection={<IconBan size={15} />}
          onClick={() => setBanning(true)}
        >
          Ban
        </Button>
      )}
      <Button
        size="compact-sm"
        variant="default"
        leftSection={<IconLogout size={15} />}
        loading={end.isPending}
        onClick={() =>
          act(end, user.id, {
            told: (ended) => `${plural(ended, 'session')} of ${name} ended`,
            failed: tellProblem,
          })
        }
      >
        End their sessions
      </Button>
      {mayReset ? <ResetFactors user={user} /> : null}
      <Modal opened={banning} onClose={() => setBanning(false)} title={`Ban ${name}`}>
        {banning ? <BanForm user={user} close={() => setBanning(false)} /> : null}
      </Modal>
    </>
  );
}

const HOUR = 3_600_000;
const SPANS = [
  { value: String(24 * HOUR), label: 'A day' },
  { value: String(7 * 24 * HOUR), label: 'A week' },
  { value: String(30 * 24 * HOUR), label: '30 days' },
  { value: 'good', label: 'For good' },
];

function BanForm({ user, close }: { user: User; close: () => void }) {
  const [reason, setReason] = useState('');
  const [span, setSpan] = useState('good');
  const [allTheSame, setAllTheSame] = useState(false);
  const ban = useBan();

  function submit(event: FormEvent) {
    event.preventDefault();
    const until = span === 'good' ? null : new Date(Date.now() + Number(span)).toISOString();
    act(
      ban,
      { id: user.id, order: { reason: reason.trim(), until, leave_ownerless: allTheSame } },
      { told: `${user.name || user.mail} is banned`, after: close },
    );
  }

  return (
    <form className={parts.stack} onSubmit={submit}>
      <p className={classes.say}>Every session and key of theirs ends within a second, on every server.</p>
      <Textarea
        label="Reason"
        description="For whoever looks at the account later"
        autosize
        minRows={2}
        maxLength={500}
        data-autofocus
        required
        withAsterisk={false}
        value={reason}
        onChange={(event) => setReason(event.currentTarget.value)}
      />
      <Select
        label="For how long"
        data={SPANS}
        allowDeselect={false}
        value={span}
        onChange={(value) => setSpan(value ?? 'good')}
      />
      {ban.error ? <ProblemNote error={ban.error} /> : null}
      {ban.error?.code === 'last_owner' || allTheSame ? (
        <Checkbox
          label="Ban them all the same"
          description="Nobody else can run what they own, until you give it another owner."
          checked={allTheSame}
          onChange={(event) => setAllTheSame(event.currentTarget.checked)}
        />
      ) : null}
      <div className={parts.actions}>
        <Button type="submit" color="red" loading={ban.isPending}>
          Ban them
        </Button>
        <Button variant="default" onClick={close}>
          Leave it
        </Button>
      </div>
    </form>
  );
}
