import type { ReactNode } from 'react';
import classes from './ui.module.css';

interface EmptyProps {
  icon: ReactNode;
  title: string;
  /** Why there is nothing, and what to do next. */
  children: ReactNode;
  actions?: ReactNode;
}

export function Empty({ icon, title, children, actions }: EmptyProps) {
  return (
    <div className={classes.empty}>
      {icon}
      <h2>{title}</h2>
      <p>{children}</p>
      {actions ? <div className={classes.emptyActions}>{actions}</div> : null}
    </div>
  );
}
