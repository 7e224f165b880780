import { useMemberNames } from '../../api/organization';
import { useMay, useSignedIn } from '../../api/session';

const HOUSE = '00000000-0000-0000-0000-000000000000';

/** What to call whoever an id stands for: a member's name, `you`, `the house`, or the end of the id. */
export function useNames(): (id: string) => string {
  const { actor, modules } = useSignedIn();
  const { data } = useMemberNames(useMay('tenancy:read') && modules.includes('tenancy'));
  return (id) => {
    if (id === HOUSE) return 'the house';
    const name = data?.get(id);
    if (id === actor.id) return `${name || actor.name} (you)`;
    return name || `…${id.slice(-12)}`;
  };
}
