import { Checkbox, Skeleton } from '@mantine/core';
import { type Declared, useDeclared } from '../../api/access';
import { ProblemNote } from '../../ui/ProblemNote';
import { Tag } from '../../ui/signs';
import classes from './access.module.css';

interface PermissionMatrixProps {
  /** What the role itself gives. */
  own: ReadonlySet<string>;
  /** What comes with the roles that it contains. */
  inherited: ReadonlySet<string>;
  /** Absent where it is only to be looked at. */
  change?: (own: ReadonlySet<string>) => void;
}

/** Every permission, by the system that asks for it: given by the role, come along, or not given. */
export function PermissionMatrix({ own, inherited, change }: PermissionMatrixProps) {
  const { data, error, refetch } = useDeclared();
  if (error && !data) return <ProblemNote error={error} retry={() => void refetch()} />;
  if (!data) return <Skeleton height={300} aria-busy="true" />;
  // What reaches beyond one organization no role can give.
  const ordinary = data.filter(({ house }) => !house);
  const modules = [...new Set(ordinary.map(({ module }) => module))];

  function turn(name: string, on: boolean) {
    const next = new Set(own);
    if (on) next.add(name);
    else next.delete(name);
    change?.(next);
  }

  return (
    <div className={classes.matrix}>
      {modules.map((module) => (
        <fieldset key={module}>
          <legend>{module}</legend>
          {ordinary
            .filter((one) => one.module === module)
            .map((one) => (
              <Line
                key={one.name}
                permission={one}
                given={own.has(one.name)}
                along={inherited.has(one.name)}
                {...(change ? { turn: (on: boolean) => turn(one.name, on) } : {})}
              />
            ))}
        </fieldset>
      ))}
    </div>
  );
}

interface LineProps {
  permission: Declared;
  given: boolean;
  along: boolean;
  turn?: (on: boolean) => void;
}

function Line({ permission, given, along, turn }: LineProps) {
  return (
    <Checkbox
      size="sm"
      checked={given || along}
      disabled={along && !given}
      readOnly={!turn}
      label={
        <span className={classes.permission}>
          <code>{permission.name}</code>
          {along && !given ? <Tag>comes along</Tag> : null}
          <small>{permission.description}</small>
        </span>
      }
      onChange={(event) => turn?.(event.currentTarget.checked)}
    />
  );
}
