import { ActionIcon, Button, PasswordInput, Skeleton, Tooltip } from '@mantine/core';
import { IconDeviceMobile, IconMessage, IconTrash } from '@tabler/icons-react';
import { type FormEvent, useState } from 'react';
import {
  type Factor,
  useAccount,
  useChangePassword,
  useFactors,
  useNewCodes,
  useRemoveFactor,
} from '../../api/account';
import { useForgot } from '../../api/doors';
import { usePasskeys } from '../../api/passkeys';
import { NewPassword } from '../../doors/SignUp';
import { Ago } from '../../ui/Ago';
import { act } from '../../ui/act';
import parts from '../../ui/blocks.module.css';
import { Confirm } from '../../ui/Confirm';
import { Once } from '../../ui/Once';
import { Panel } from '../../ui/Panel';
import { ProblemNote } from '../../ui/ProblemNote';
import { Tag } from '../../ui/signs';
import { tellProblem } from '../../ui/toasts';
import uiClasses from '../../ui/ui.module.css';
import { AddPhone } from './AddPhone';
import { Enrol } from './Enrol';
import { Links } from './Links';
import { Passkeys } from './Passkeys';

export function SecuritySection() {
  return (
    <div className={parts.pair}>
      <Password />
      <SecondFactors />
      <Passkeys />
      <Links />
    </div>
  );
}

function Password() {
  const { data } = useAccount();
  return data?.has_password === false ? <NoPassword mail={data.mail} /> : <ChangePassword />;
}

function NoPassword({ mail }: { mail: string }) {
  const forgot = useForgot();
  return (
    <Panel className={parts.section}>
      <h2>Password</h2>
      <p>Your account has none: you sign in another way. A link in a mail lets you choose one.</p>
      {forgot.data ? <p role="status">A mail is on its way to {mail}.</p> : null}
      {forgot.error ? <ProblemNote error={forgot.error} /> : null}
      <div className={parts.actions}>
        <Button variant="default" loading={forgot.isPending} onClick={() => forgot.mutate(mail)}>
          Mail me the link
        </Button>
      </div>
    </Panel>
  );
}

function ChangePassword() {
  const { data } = useAccount();
  const [present, setPresent] = useState('');
  const [next, setNext] = useState('');
  const change = useChangePassword();

  function submit(event: FormEvent) {
    event.preventDefault();
    act(
      change,
      { current_password: present, password: next },
      {
        told: 'Your password is changed, and every other device is signed out',
        after: () => {
          setPresent('');
          setNext('');
        },
      },
    );
  }

  return (
    <Panel className={parts.section}>
      <h2>Password</h2>
      <p>A new password signs every other device out.</p>
      <form onSubmit={submit}>
        <input type="hidden" name="username" autoComplete="username" value={data?.mail ?? ''} />
        <PasswordInput
          label="Present password"
          name="current-password"
          autoComplete="current-password"
          required
          withAsterisk={false}
          value={present}
          onChange={(event) => setPresent(event.currentTarget.value)}
        />
        <NewPassword label="New password" value={next} change={setNext} />
        {change.error ? <ProblemNote error={change.error} /> : null}
        <Button type="submit" loading={change.isPending}>
          Change the password
        </Button>
      </form>
    </Panel>
  );
}

function SecondFactors() {
  const { data, error, refetch } = useFactors();
  const [adding, setAdding] = useState<'app' | 'phone' | null>(null);
  const newCodes = useNewCodes();
  const passkeys = usePasskeys().data?.length ?? 0;
  if (error && !data) return <ProblemNote error={error} retry={() => void refetch()} />;
  if (!data) return <Skeleton height={240} radius={10} aria-busy="true" />;
  const confirmed = data.filter(({ confirmed_at }) => confirmed_at !== null);
  const strong = confirmed.filter(({ kind }) => kind === 'totp').length + passkeys;
  return (
    <Panel className={parts.section}>
      <h2>Second factor</h2>
      <p>
        A code of an app on your phone, besides the password. Whoever learns your password alone does not get
        in.
      </p>
      {confirmed.length ? (
        <table className={`${uiClasses.table} ${parts.rows}`} aria-label="Second factors">
          <tbody>
            {confirmed.map((factor) => (
              <FactorRow key={factor.id} factor={factor} last={strong === 1 && factor.kind === 'totp'} />
            ))}
          </tbody>
        </table>
      ) : (
        <div>
          <Tag tone="warn">None yet</Tag>
        </div>
      )}
      <div className={parts.actions}>
        <Button
          variant={confirmed.length ? 'default' : 'filled'}
          leftSection={<IconDeviceMobile size={16} />}
          onClick={() => setAdding('app')}
        >
          Add an authenticator app
        </Button>
        {strong ? (
          <Button
            variant="default"
            leftSection={<IconMessage size={16} />}
            onClick={() => setAdding('phone')}
          >
            Add a phone
          </Button>
        ) : null}
        {confirmed.length ? (
          <Button
            variant="default"
            loading={newCodes.isPending}
            onClick={() => newCodes.mutate(undefined, { onError: tellProblem })}
          >
            New recovery codes
          </Button>
        ) : null}
      </div>
      {newCodes.data ? (
        <Once label="recovery codes" lines={newCodes.data} file="backstay-recovery-codes.txt" />
      ) : null}
      <Enrol opened={adding === 'app'} close={() => setAdding(null)} />
      <AddPhone opened={adding === 'phone'} close={() => setAdding(null)} />
    </Panel>
  );
}

function FactorRow({ factor, last }: { factor: Factor; last: boolean }) {
  const [asking, setAsking] = useState(false);
  const remove = useRemoveFactor();
  const phone = factor.kind === 'sms';
  const name = factor.name || (phone ? 'Phone' : 'Authenticator app');
  return (
    <tr>
      <td data-cell="main">
        <b>{name}</b>
        <small>
          {phone ? `Texts to the number ending in ${factor.hint}. ` : null}
          Added <Ago time={factor.created_at} />
          {factor.used_at ? (
            <>
              , used <Ago time={factor.used_at} />
            </>
          ) : null}
        </small>
      </td>
      <td data-cell="action" data-align="right">
        <Tooltip label="Remove">
          <ActionIcon aria-label={`Remove ${name}`} onClick={() => setAsking(true)}>
            <IconTrash size={16} />
          </ActionIcon>
        </Tooltip>
        <Confirm
          opened={asking}
          title={`Remove ${name}?`}
          words="Remove it"
          danger
          pending={remove.isPending}
          error={remove.error}
          close={() => setAsking(false)}
          act={() => act(remove, factor.id, { told: `${name} is removed`, after: () => setAsking(false) })}
        >
          {last
            ? 'It is your last one: from now on your password alone lets one in; phones and the recovery codes end.'
            : 'Its codes do not work any more.'}
        </Confirm>
      </td>
    </tr>
  );
}
