import { Button, Drawer, Skeleton } from '@mantine/core';
import { IconHistory, IconUserMinus, IconUserPlus, IconUsersGroup } from '@tabler/icons-react';
import { useState } from 'react';
import { Link } from 'wouter';
import { useHeld } from '../../api/access';
import { type Member, useMembers, useRemoveMember } from '../../api/organization';
import { useMay, useSignedIn } from '../../api/session';
import { dateTime } from '../../lib/format';
import { Ago } from '../../ui/Ago';
import { act } from '../../ui/act';
import parts from '../../ui/blocks.module.css';
import { Confirm } from '../../ui/Confirm';
import { Copy } from '../../ui/Copy';
import { Empty } from '../../ui/Empty';
import { KeyValues } from '../../ui/KeyValues';
import { Pager } from '../../ui/Pager';
import { Panel } from '../../ui/Panel';
import { ProblemNote } from '../../ui/ProblemNote';
import { Tag } from '../../ui/signs';
import uiClasses from '../../ui/ui.module.css';
import { useAddress } from '../../ui/useAddress';
import classes from './access.module.css';
import { Invitations } from './Invitations';
import { InviteForm } from './InviteForm';
import { RoleNames } from './RoleNames';
import { RolesOf } from './RolesOf';

/** Who belongs to the organization, and who is invited. */
export function MembersSection() {
  const [search, change] = useAddress();
  const cursor = search.get('cursor');
  const { data, error, refetch } = useMembers(cursor);
  const mayInvite = useMay('tenancy:invite');
  const [inviting, setInviting] = useState(false);
  const { actor } = useSignedIn();
  const held = useHeld(data?.items.map(({ user_id }) => user_id) ?? [], useMay('access:read'));
  if (error && !data) return <ProblemNote error={error} retry={() => void refetch()} />;
  if (!data) return <Skeleton height={420} radius={10} aria-busy="true" />;
  const opened = data.items.find(({ user_id }) => user_id === search.get('member')) ?? null;
  return (
    <div className={parts.stack}>
      {mayInvite ? (
        <div className={classes.bar} data-stacked>
          <Button leftSection={<IconUserPlus size={16} />} onClick={() => setInviting(true)}>
            Invite somebody
          </Button>
        </div>
      ) : null}
      <Panel>
        {data.items.length ? (
          <table className={`${uiClasses.table} ${parts.rows}`}>
            <thead>
              <tr>
                <th>Member</th>
                <th>Roles</th>
                <th data-align="right">Joined</th>
              </tr>
            </thead>
            <tbody>
              {data.items.map((member) => (
                <tr key={member.user_id} data-opened={member === opened}>
                  <td data-cell="main">
                    <button
                      type="button"
                      className={parts.open}
                      onClick={() => change({ member: member.user_id })}
                    >
                      {member.name || 'Without a name'}
                    </button>
                    {member.user_id === actor.id ? <small>you</small> : null}
                  </td>
                  <td data-cell="second">
                    <RoleNames roles={held.data?.get(member.user_id)} />
                  </td>
                  <td data-cell="state" data-align="right" className="dim">
                    <Ago time={member.joined_at} />
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        ) : (
          <Empty icon={<IconUsersGroup size={40} stroke={1.3} />} title="Nobody belongs here yet">
            This is your own place. Make an organization to work with others in it.
          </Empty>
        )}
        <Pager
          first={cursor === null}
          previous={data.previous_cursor}
          next={data.next_cursor}
          turn={(next) => change({ cursor: next })}
        />
      </Panel>
      {mayInvite ? <Invitations /> : null}
      <InviteForm opened={inviting} close={() => setInviting(false)} />
      <Drawer opened={opened !== null} onClose={() => change({ member: null })} size={640} title="Member">
        {opened ? <Detail member={opened} close={() => change({ member: null })} /> : null}
      </Drawer>
    </div>
  );
}

function Detail({ member, close }: { member: Member; close: () => void }) {
  const session = useSignedIn();
  const mayManage = useMay('tenancy:manage');
  const maySeeRoles = useMay('access:read');
  const maySeeTrail = useMay('audit:read');
  const [asking, setAsking] = useState(false);
  const remove = useRemoveMember();
  const { user_id: id, name } = member;
  return (
    <div className={parts.stack}>
      <div className={classes.line}>
        <h2>{name}</h2>
        {id === session.actor.id ? <Tag tone="good">you</Tag> : null}
      </div>
      <KeyValues
        values={{
          Joined: dateTime(new Date(member.joined_at)),
          Id: <Copy text={id} label="id" shown={id} />,
        }}
      />
      {maySeeRoles ? <RolesOf userId={id} /> : null}
      <div className={parts.actions}>
        {maySeeTrail ? (
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
        {mayManage && id !== session.actor.id ? (
          <Button
            size="compact-sm"
            variant="light"
            color="red"
            leftSection={<IconUserMinus size={15} />}
            onClick={() => setAsking(true)}
          >
            Let them go
          </Button>
        ) : null}
      </div>
      <Confirm
        opened={asking}
        title={`Let ${name} go?`}
        words="Let them go"
        danger
        pending={remove.isPending}
        error={remove.error}
        close={() => setAsking(false)}
        act={() => act(remove, id, { told: `${name} belongs to the organization no more`, after: close })}
      >
        They lose their roles here at once. Their account and their other organizations stay.
      </Confirm>
    </div>
  );
}
