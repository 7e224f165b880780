import { Button, Skeleton, Switch, TextInput } from '@mantine/core';
import { IconBuilding } from '@tabler/icons-react';
import { type FormEvent, useState } from 'react';
import {
  type Organization,
  useChoices,
  useChoose,
  useGuesses,
  useMakeOrganization,
  useOrganization,
  useOrganizations,
  useRename,
} from '../../api/organization';
import { useHasAccount, useMay, useSignedIn, useSwitch } from '../../api/session';
import { count, dateTime } from '../../lib/format';
import { act } from '../../ui/act';
import parts from '../../ui/blocks.module.css';
import { Copy } from '../../ui/Copy';
import { Empty } from '../../ui/Empty';
import { KeyValues } from '../../ui/KeyValues';
import { Panel } from '../../ui/Panel';
import { ProblemNote } from '../../ui/ProblemNote';
import { Tag } from '../../ui/signs';
import { tell, tellProblem } from '../../ui/toasts';
import uiClasses from '../../ui/ui.module.css';

/** The organization that one works in: its name, its settings, and the others that one belongs to. */
export function OrganizationSection() {
  const { data, error, refetch } = useOrganization();
  const choices = useChoices();
  const mayManage = useMay('tenancy:manage');
  if (error && data === undefined) return <ProblemNote error={error} retry={() => void refetch()} />;
  if (data === undefined) return <Skeleton height={320} radius={10} aria-busy="true" />;
  return (
    <div className={parts.pair}>
      {data ? (
        <Named key={`${data.id} ${data.version}`} organization={data} editable={mayManage} />
      ) : (
        <Panel>
          <Empty icon={<IconBuilding size={40} stroke={1.3} />} title="You work in your own place">
            It is nobody else’s, and no organization. Take an invitation, or make one, to work with others.
          </Empty>
        </Panel>
      )}
      {Object.entries(choices.data ?? {}).map(([section, values]) => (
        <Choices key={section} section={section} values={values} editable={mayManage && data !== null} />
      ))}
      <Mine />
    </div>
  );
}

function Named({ organization, editable }: { organization: Organization; editable: boolean }) {
  const [name, setName] = useState(organization.name);
  const rename = useRename();
  const guesses = useGuesses(editable).data;

  function submit(event: FormEvent) {
    event.preventDefault();
    act(rename, { organization, name: name.trim() }, { told: 'It is renamed' });
  }

  return (
    <Panel className={parts.section}>
      <h2>{organization.name}</h2>
      <KeyValues
        values={{
          'There since': dateTime(new Date(organization.created_at)),
          Id: <Copy text={organization.id} label="id" shown={organization.id} />,
          'Wrong passwords': guesses
            ? `${count(guesses.guesses)} this hour; an attack was ${
                guesses.noticed_at ? `noticed ${dateTime(new Date(guesses.noticed_at))}` : 'not noticed'
              }`
            : null,
        }}
      />
      {editable ? (
        <form onSubmit={submit}>
          <TextInput
            label="Name"
            maxLength={100}
            required
            withAsterisk={false}
            value={name}
            onChange={(event) => setName(event.currentTarget.value)}
          />
          {rename.error ? <ProblemNote error={rename.error} /> : null}
          <Button
            type="submit"
            variant="default"
            loading={rename.isPending}
            disabled={name.trim() === '' || name === organization.name}
          >
            Rename
          </Button>
        </form>
      ) : null}
    </Panel>
  );
}

interface ChoicesProps {
  section: string;
  values: Record<string, unknown>;
  editable: boolean;
}

/** One module's settings of the organization, as the module declares them. */
function Choices({ section, values, editable }: ChoicesProps) {
  const [changed, setChanged] = useState<Record<string, unknown>>({});
  const choose = useChoose();

  function submit(event: FormEvent) {
    event.preventDefault();
    act(
      choose,
      { section, values: changed },
      {
        told: 'The settings are changed',
        after: () => {
          setChanged({});
        },
      },
    );
  }

  return (
    <Panel className={parts.section}>
      <h2>Settings of {section}</h2>
      <form onSubmit={submit}>
        {Object.entries(values).map(([name, value]) => (
          <Field
            key={name}
            name={name}
            value={changed[name] ?? value}
            editable={editable}
            change={(next) => setChanged({ ...changed, [name]: next })}
          />
        ))}
        {choose.error ? <ProblemNote error={choose.error} /> : null}
        {editable ? (
          <Button
            type="submit"
            variant="default"
            loading={choose.isPending}
            disabled={Object.keys(changed).length === 0}
          >
            Save
          </Button>
        ) : null}
      </form>
    </Panel>
  );
}

interface FieldProps {
  name: string;
  value: unknown;
  editable: boolean;
  change: (value: unknown) => void;
}

function Field({ name, value, editable, change }: FieldProps) {
  const label = name.replaceAll('_', ' ').replace(/^./, (first) => first.toUpperCase());
  if (typeof value === 'boolean') {
    return (
      <Switch
        label={label}
        checked={value}
        disabled={!editable}
        onChange={(event) => change(event.currentTarget.checked)}
      />
    );
  }
  const numeric = typeof value === 'number';
  return (
    <TextInput
      label={label}
      type={numeric ? 'number' : 'text'}
      readOnly={!editable || (typeof value === 'object' && value !== null)}
      value={typeof value === 'string' || numeric ? value : JSON.stringify(value)}
      onChange={(event) => change(numeric ? Number(event.currentTarget.value) : event.currentTarget.value)}
    />
  );
}

/** Every organization that one belongs to, and the way over to it. */
function Mine() {
  const { data } = useOrganizations();
  const { actor } = useSignedIn();
  const account = useHasAccount();
  const turn = useSwitch();
  const mayMake = useMay('tenancy:self');
  return (
    <Panel className={parts.section}>
      <h2>Your organizations</h2>
      {data?.length ? (
        <table className={`${uiClasses.table} ${parts.rows}`} aria-label="Your organizations">
          <tbody>
            {data.map(({ id, name, created_at }) => (
              <tr key={id}>
                <td data-cell="main">
                  <b>{name}</b>
                  <small>since {dateTime(new Date(created_at))}</small>
                </td>
                <td data-cell="state" data-align="right">
                  {id === actor.organization_id ? (
                    <Tag tone="good">You work here</Tag>
                  ) : account ? (
                    <Button
                      size="compact-sm"
                      variant="default"
                      aria-label={`Work in ${name}`}
                      loading={turn.isPending}
                      // By its promise: the table is gone when the other organization is there.
                      onClick={() =>
                        void turn.mutateAsync(id).then(() => tell(`You work in ${name} now`), tellProblem)
                      }
                    >
                      Work there
                    </Button>
                  ) : null}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      ) : null}
      {mayMake ? <Make /> : null}
    </Panel>
  );
}

/** Makes an organization of one's own, and goes there. */
function Make() {
  const [name, setName] = useState('');
  const account = useHasAccount();
  const make = useMakeOrganization();
  const turn = useSwitch();

  const refused = make.error ?? turn.error;

  function submit(event: FormEvent) {
    event.preventDefault();
    // By their promises: what is shown here is another organization's when they are kept.
    void make
      .mutateAsync(name.trim())
      .then(async (made) => {
        if (account) await turn.mutateAsync(made.id);
        tell(account ? `You work in ${made.name} now` : `${made.name} is made`);
        setName('');
      })
      .catch(() => undefined);
  }

  return (
    <form onSubmit={submit}>
      <TextInput
        label="Make an organization"
        description="You own it, and nobody else is in it until you invite them."
        placeholder="Its name"
        maxLength={100}
        required
        withAsterisk={false}
        value={name}
        onChange={(event) => setName(event.currentTarget.value)}
      />
      {refused ? <ProblemNote error={refused} /> : null}
      <Button
        type="submit"
        variant="default"
        loading={make.isPending || turn.isPending}
        disabled={name.trim() === ''}
      >
        Make it
      </Button>
    </form>
  );
}
