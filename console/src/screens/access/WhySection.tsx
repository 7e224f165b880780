import { Select, Skeleton, TextInput } from '@mantine/core';
import { IconCheck, IconX } from '@tabler/icons-react';
import {
  type Explanation,
  useDeclared,
  useExplanation,
  useGuardedRoutes,
  useHolders,
} from '../../api/access';
import { useMemberNames } from '../../api/organization';
import { useMay, useSignedIn } from '../../api/session';
import parts from '../../ui/blocks.module.css';
import { Panel } from '../../ui/Panel';
import { ProblemNote } from '../../ui/ProblemNote';
import { Tag } from '../../ui/signs';
import { useAddress } from '../../ui/useAddress';
import classes from './access.module.css';
import { useNames } from './names';

/** Why somebody may, or may not, do something: answered from the statements that decide it. */
export function WhySection() {
  const [search, change] = useAddress();
  const session = useSignedIn();
  const declared = useDeclared();
  const routes = useGuardedRoutes();
  const names = useMemberNames(useMay('tenancy:read') && session.modules.includes('tenancy'));
  const user = search.get('user') ?? '';
  const permission = search.get('permission') ?? '';
  const route = search.get('route');
  const people = [...(names.data ?? new Map<string, string>())].map(([value, label]) => ({
    value,
    label: label || value,
  }));
  if (user && !people.some(({ value }) => value === user)) people.unshift({ value: user, label: user });
  return (
    <div className={parts.stack}>
      <Panel className={classes.question}>
        <Select
          label="Who"
          description="A member of this organization"
          placeholder="Choose somebody"
          searchable
          data={people}
          value={user || null}
          onChange={(value) => change({ user: value })}
        />
        <Select
          label="Route"
          description="What they asked for, if it was a request"
          placeholder="Any route"
          searchable
          clearable
          limit={60}
          data={(routes.data ?? []).map(({ name }) => name)}
          value={route}
          onChange={(name) =>
            change({
              route: name,
              permission: routes.data?.find((one) => one.name === name)?.permission ?? null,
            })
          }
        />
        <Select
          label="Permission"
          description="What the route asks for"
          placeholder="Choose a permission"
          searchable
          data={(declared.data ?? []).map(({ name }) => name)}
          value={permission || null}
          onChange={(value) => change({ permission: value, route: null })}
        />
        <TextInput
          label="Or an id"
          description="Of somebody who is no member"
          placeholder="0193…"
          classNames={{ input: 'mono' }}
          defaultValue=""
          onChange={(event) => {
            const typed = event.currentTarget.value.trim();
            if (/^[0-9a-f-]{36}$/i.test(typed)) change({ user: typed });
          }}
        />
      </Panel>
      <Answer user={user} permission={permission} />
    </div>
  );
}

function Answer({ user, permission }: { user: string; permission: string }) {
  const { data, error, isFetching } = useExplanation(user, permission);
  if (error) return <ProblemNote error={error} />;
  if (data) return <Told explanation={data} />;
  if (isFetching) return <Skeleton height={180} radius={10} aria-busy="true" />;
  return (
    <p className={classes.say}>
      Choose somebody and what they wanted to do. From a refused request on the Traffic screen, “Why?” leads
      here with both filled in.
    </p>
  );
}

function Told({ explanation }: { explanation: Explanation }) {
  const { allowed, permission, reason, paths, roles, given_by, user_id } = explanation;
  const nameOf = useNames();
  return (
    <Panel className={classes.answer} data-allowed={allowed}>
      <div className={classes.verdict} role="status">
        {allowed ? <IconCheck size={26} aria-hidden /> : <IconX size={26} aria-hidden />}
        <div>
          <h2>
            {nameOf(user_id)} {allowed ? 'may' : 'may not'} <code>{permission}</code>
          </h2>
          <p>{reason}</p>
        </div>
      </div>
      <div className={classes.facts}>
        <section>
          <h3>Their roles</h3>
          <Chips names={roles} none="none here" />
        </section>
        <section>
          <h3>{allowed ? 'How they come by it' : 'Roles that would give it'}</h3>
          {allowed ? (
            paths.length ? (
              <ul className={classes.paths}>
                {paths.map((path) => (
                  <li key={path.join('>')}>{path.join(' → ')}</li>
                ))}
              </ul>
            ) : (
              <p className="dim">not by a role</p>
            )
          ) : (
            <Chips names={given_by} none="none: no role of an organization gives it" />
          )}
        </section>
        <Holders permission={permission} />
      </div>
    </Panel>
  );
}

function Holders({ permission }: { permission: string }) {
  const { data } = useHolders(permission);
  const nameOf = useNames();
  if (!data) return null;
  return (
    <section>
      <h3>Who else has it by a role</h3>
      <Chips names={data.users.map(nameOf)} none="nobody" />
    </section>
  );
}

function Chips({ names, none }: { names: readonly string[]; none: string }) {
  if (names.length === 0) return <p className="dim">{none}</p>;
  return (
    <span className={classes.chips}>
      {names.map((name) => (
        <Tag key={name} tone="accent">
          {name}
        </Tag>
      ))}
    </span>
  );
}
