import type { ReactNode } from 'react';
import { Panel } from './Panel';
import classes from './parts.module.css';
import { Sparkline } from './Sparkline';
import type { Tone } from './tone';

interface TileProps {
  label: string;
  value: ReactNode;
  /** A short sentence under the figure. */
  note?: ReactNode;
  tone?: Tone;
  /** The last hour, oldest minute first. */
  series?: readonly number[];
  /** How one of these figures reads. */
  words?: (value: number) => string;
}

/** One figure that matters, and how it got there. */
export function Tile({ label, value, note, tone = 'accent', series, words = String }: TileProps) {
  return (
    <Panel className={classes.tile}>
      <h2>{label}</h2>
      <b data-tone={tone}>{value}</b>
      {note ? <small>{note}</small> : null}
      {series ? <Sparkline values={series} tone={tone} label={label} words={words} /> : null}
    </Panel>
  );
}
