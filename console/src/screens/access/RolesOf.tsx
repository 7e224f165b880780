import { CloseButton, Select, Skeleton } from '@mantine/core';
import { useAssign, useRoles, useStanding, useWithdraw } from '../../api/access';
import { useMay } from '../../api/session';
import { plural } from '../../lib/format';
import { act } from '../../ui/act';
import { ProblemNote } from '../../ui/ProblemNote';
import { Tag } from '../../ui/signs';
import { tellProblem } from '../../ui/toasts';
import classes from './access.module.css';

/** The roles that somebody has in this organization; given and taken here. */
export function RolesOf({ userId }: { userId: string }) {
  const { data, error, refetch, isPending } = useStanding(userId);
  const roles = useRoles();
  const mayManage = useMay('access:manage');
  const assign = useAssign();
  const withdraw = useWithdraw();
  if (error && data === undefined) return <ProblemNote error={error} retry={() => void refetch()} />;
  if (isPending) return <Skeleton height={80} aria-busy="true" />;
  const held = data?.roles ?? [];
  const others = (roles.data ?? []).filter(({ id }) => !held.some(({ role_id }) => role_id === id));
  return (
    <section className={classes.part}>
      <h3>Roles in this organization</h3>
      {held.length ? (
        <ul className={classes.chips}>
          {held.map(({ role_id, name }) => (
            <li key={role_id}>
              <Tag tone="accent">{name}</Tag>
              {mayManage ? (
                <CloseButton
                  size="xs"
                  aria-label={`Take the role ${name}`}
                  onClick={() =>
                    act(
                      withdraw,
                      { userId, roleId: role_id },
                      { told: `They are ${name} no more`, failed: tellProblem },
                    )
                  }
                />
              ) : null}
            </li>
          ))}
        </ul>
      ) : (
        <p className="dim">None: they may do nothing here.</p>
      )}
      {data?.permissions.length ? (
        <details className={classes.all}>
          <summary>
            {data.permissions.includes('*')
              ? 'They may do everything'
              : `They hold ${plural(data.permissions.length, 'permission')}`}
          </summary>
          <p className="mono">{data.permissions.join(', ')}</p>
        </details>
      ) : null}
      {mayManage && others.length ? (
        <Select
          aria-label="Give a role"
          placeholder="Give a role"
          maw={260}
          data={others.map(({ id, name }) => ({ value: id, label: name }))}
          value={null}
          onChange={(roleId) =>
            roleId &&
            act(
              assign,
              { userId, roleId },
              { told: `They are ${others.find(({ id }) => id === roleId)?.name} now`, failed: tellProblem },
            )
          }
        />
      ) : null}
    </section>
  );
}
