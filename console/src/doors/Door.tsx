import { Loader } from '@mantine/core';
import { type ReactNode, useEffect, useState } from 'react';
import { Mark } from '../ui/Mark';
import classes from './doors.module.css';
import { Rigging } from './Rigging';

interface DoorProps {
  title: string;
  /** What the browser's tab is called, if not that. */
  tab?: string;
  /** What is asked for, and why. */
  lead?: ReactNode;
  children?: ReactNode;
  /** Other ways, below the card's line. */
  foot?: ReactNode;
}

/** The frame of every page that one sees before one is in; it also names the browser's tab. */
export function Door({ title, tab = title, lead, children, foot }: DoorProps) {
  useEffect(() => {
    document.title = `${tab} · backstay`;
  }, [tab]);
  return (
    <div className={classes.scene}>
      <Rigging />
      <main className={classes.card}>
        <div className={classes.brand}>
          <Mark size={38} />
          <span>backstay</span>
        </div>
        <h1>{title}</h1>
        {lead ? <p className={classes.lead}>{lead}</p> : null}
        {children}
        {foot ? <div className={classes.foot}>{foot}</div> : null}
      </main>
    </div>
  );
}

export function Opening() {
  return (
    <div className={classes.waiting}>
      <Loader type="dots" aria-label="Loading" />
    </div>
  );
}

/** What stands after the `#` of the address; it goes to no server, and out of the history once it is read. */
export function useSecretOfAddress(): string {
  const [secret] = useState(() => decodeURIComponent(window.location.hash.slice(1)));
  useEffect(() => {
    if (secret) window.history.replaceState(null, '', window.location.pathname + window.location.search);
  }, [secret]);
  return secret;
}
