import { Fragment, type ReactNode } from 'react';
import classes from './ui.module.css';

/** A block of named values; rows whose value is null are left out. */
export function KeyValues({ values }: { values: Record<string, ReactNode> }) {
  return (
    <dl className={classes.keyValues}>
      {Object.entries(values).map(([name, value]) =>
        value === null || value === undefined ? null : (
          <Fragment key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </Fragment>
        ),
      )}
    </dl>
  );
}
