import { Button, Skeleton } from '@mantine/core';
import { IconPlus } from '@tabler/icons-react';
import { type Role, useRoles } from '../../api/access';
import { useMay } from '../../api/session';
import { plural } from '../../lib/format';
import parts from '../../ui/blocks.module.css';
import { Panel } from '../../ui/Panel';
import { ProblemNote } from '../../ui/ProblemNote';
import { Tag } from '../../ui/signs';
import uiClasses from '../../ui/ui.module.css';
import { useAddress } from '../../ui/useAddress';
import classes from './access.module.css';
import { RoleDrawer } from './RoleDrawer';

/** The presets of the house and the organization's own roles. */
export function RolesSection() {
  const [search, change] = useAddress();
  const { data, error, refetch } = useRoles();
  const mayManage = useMay('access:manage');
  if (error && !data) return <ProblemNote error={error} retry={() => void refetch()} />;
  if (!data) return <Skeleton height={420} radius={10} aria-busy="true" />;
  const opened = search.get('role');
  return (
    <>
      <div className={classes.bar}>
        <p>
          A role gives permissions and may contain other roles. Nobody gives what they have not. The presets
          are the same everywhere.
        </p>
        {mayManage ? (
          <Button leftSection={<IconPlus size={16} />} onClick={() => change({ role: 'new' })}>
            New role
          </Button>
        ) : null}
      </div>
      <Panel>
        <table className={`${uiClasses.table} ${parts.rows}`}>
          <thead>
            <tr>
              <th>Role</th>
              <th>Contains</th>
              <th data-align="right">Gives</th>
            </tr>
          </thead>
          <tbody>
            {data.map((role) => (
              <tr key={role.id} data-opened={role.id === opened}>
                <td data-cell="main">
                  <button type="button" className={parts.open} onClick={() => change({ role: role.id })}>
                    {role.name}
                  </button>
                  <small>{role.description}</small>
                </td>
                <td data-cell="second">
                  <Parts role={role} roles={data} />
                </td>
                <td data-cell="state" data-align="right" className="nowrap">
                  {plural(role.effective.length, 'permission')}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </Panel>
      <RoleDrawer id={opened} roles={data} editable={mayManage} close={() => change({ role: null })} />
    </>
  );
}

function Parts({ role, roles }: { role: Role; roles: readonly Role[] }) {
  if (role.preset) return <Tag>Preset</Tag>;
  if (role.parts.length === 0) return <span className="dim">no other role</span>;
  return (
    <span className={classes.chips}>
      {role.parts.map((id) => (
        <Tag key={id} tone="accent">
          {roles.find((one) => one.id === id)?.name ?? id}
        </Tag>
      ))}
    </span>
  );
}
