import { useStanding } from '../../api/access';
import { useMay } from '../../api/session';
import { Tag } from '../../ui/signs';
import classes from './access.module.css';

/** Somebody's roles by name, where one may see them. */
export function RoleNames({ userId }: { userId: string }) {
  const { data, isPending } = useStanding(userId, useMay('access:read'));
  if (isPending) return null;
  if (!data?.roles.length) return <span className="dim">no role</span>;
  return (
    <span className={classes.chips}>
      {data.roles.map(({ role_id, name }) => (
        <Tag key={role_id} tone="accent">
          {name}
        </Tag>
      ))}
    </span>
  );
}
