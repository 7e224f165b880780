import { Button } from '@mantine/core';
import { type Invitation, useInvitations, useWithdrawInvitation } from '../../api/organization';
import { Ago } from '../../ui/Ago';
import { act } from '../../ui/act';
import parts from '../../ui/blocks.module.css';
import { Panel } from '../../ui/Panel';
import { Tag } from '../../ui/signs';
import { tellProblem } from '../../ui/toasts';
import uiClasses from '../../ui/ui.module.css';
import classes from './access.module.css';

/** Invitations that nobody has taken yet. */
export function Invitations() {
  const { data } = useInvitations(true);
  if (!data?.items.length) return null;
  return (
    <section className={classes.group}>
      <h2>Open invitations</h2>
      <Panel>
        <table className={`${uiClasses.table} ${parts.rows}`}>
          <thead>
            <tr>
              <th>Address</th>
              <th>As</th>
              <th>Sent</th>
              <th>Open until</th>
              <th>
                <span className="visually-hidden">Take back</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {data.items.map((invitation) => (
              <Row key={invitation.id} invitation={invitation} />
            ))}
          </tbody>
        </table>
      </Panel>
    </section>
  );
}

function Row({ invitation }: { invitation: Invitation }) {
  const withdraw = useWithdrawInvitation();
  const { id, email, role_name, created_at, expires_at } = invitation;
  return (
    <tr>
      <td data-cell="main">
        <b>{email}</b>
      </td>
      <td data-cell="second">
        <Tag>{role_name}</Tag>
      </td>
      <td data-cell="second" data-name="sent">
        <Ago time={created_at} />
      </td>
      <td data-cell="second" data-name="open until">
        <Ago time={expires_at} />
      </td>
      <td data-cell="state" data-align="right">
        <Button
          size="compact-sm"
          variant="default"
          aria-label={`Take the invitation of ${email} back`}
          loading={withdraw.isPending}
          onClick={() =>
            act(withdraw, id, { told: `The invitation of ${email} works no more`, failed: tellProblem })
          }
        >
          Take back
        </Button>
      </td>
    </tr>
  );
}
