import type { ReactNode } from 'react';
import type { Connection } from '../api/stream';
import type { Tone } from './tone';
import classes from './ui.module.css';

export function Dot({ tone, label, beating }: { tone: Tone; label?: string; beating?: boolean }) {
  return (
    <>
      <span className={classes.dot} data-tone={tone} data-beating={beating} aria-hidden="true" />
      {label ? <span className="visually-hidden">{label}</span> : null}
    </>
  );
}

export function Tag({ tone = 'rest', children }: { tone?: Tone; children: ReactNode }) {
  return (
    <span className={classes.tag} data-tone={tone}>
      {children}
    </span>
  );
}

const WORDS: Record<Connection, [Tone, string]> = {
  connecting: ['rest', 'Connecting'],
  live: ['good', 'Live'],
  lost: ['warn', 'Reconnecting'],
  off: ['rest', 'Paused'],
};

/** Whether what the screen shows is still moving. */
export function Live({ connection }: { connection: Connection }) {
  const [tone, words] = WORDS[connection];
  return (
    <span className={classes.live} role="status">
      <Dot tone={tone} beating={connection === 'live'} />
      {words}
    </span>
  );
}
