import { type ReactNode, useEffect } from 'react';
import classes from './ui.module.css';

interface PageProps {
  title: string;
  /** What this screen answers, in a sentence. */
  lead?: ReactNode;
  actions?: ReactNode;
  children: ReactNode;
}

/** The frame of every screen; it also names the browser's tab. */
export function Page({ title, lead, actions, children }: PageProps) {
  useEffect(() => {
    document.title = `${title} · backstay`;
  }, [title]);
  return (
    <div className={classes.page}>
      <header className={classes.pageHeader}>
        <div className={classes.pageWords}>
          <h1>{title}</h1>
          {lead ? <p>{lead}</p> : null}
        </div>
        {actions ? <div className={classes.pageActions}>{actions}</div> : null}
      </header>
      {children}
    </div>
  );
}
