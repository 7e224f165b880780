import type { RolesHeld } from '../../api/access';
import { Tag } from '../../ui/signs';
import classes from './access.module.css';

/** Somebody's roles by name; nothing while they are not known. */
export function RoleNames({ roles }: { roles: RolesHeld['roles'] | undefined }) {
  if (roles === undefined) return null;
  if (!roles.length) return <span className="dim">no role</span>;
  return (
    <span className={classes.chips}>
      {roles.map(({ role_id, name }) => (
        <Tag key={role_id} tone="accent">
          {name}
        </Tag>
      ))}
    </span>
  );
}
