import { Button } from '@mantine/core';
import { IconMasksTheater } from '@tabler/icons-react';
import { useSignedIn, useSignOut } from '../api/session';
import classes from './shell.module.css';

/** Says on every page that one acts in somebody's place, and ends it. */
export function Acting() {
  const { actor } = useSignedIn();
  const end = useSignOut();
  if (!actor.impersonator_id) return null;
  return (
    <div role="status" className={classes.acting}>
      <IconMasksTheater size={18} aria-hidden />
      <p>
        You act in the place of <b>{actor.name}</b>. What you do bears both names.
      </p>
      <Button size="compact-sm" variant="white" loading={end.isPending} onClick={() => end.mutate()}>
        End it
      </Button>
    </div>
  );
}
