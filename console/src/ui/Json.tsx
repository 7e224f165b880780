import { pretty } from '../lib/json';
import { Copy } from './Copy';
import classes from './parts.module.css';

/** A value as indented JSON, to read and to copy. */
export function Json({ value, label }: { value: unknown; label: string }) {
  const text = pretty(value);
  return (
    <div className={classes.json}>
      <Copy text={text} label={label} />
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard */}
      <pre tabIndex={0}>{text}</pre>
    </div>
  );
}
