import { Button } from '@mantine/core';
import { IconDownload } from '@tabler/icons-react';
import classes from './blocks.module.css';
import { Copy } from './Copy';

interface OnceProps {
  /** What it is: `key`, `recovery codes`. */
  label: string;
  lines: readonly string[];
  /** The name of the file that keeps it, where one is offered. */
  file?: string;
}

/** A secret that is shown this once: to copy, or to keep as a file. */
export function Once({ label, lines, file }: OnceProps) {
  const text = lines.join('\n');
  return (
    <div className={classes.once} role="status">
      <p>Keep this now: it is not shown again.</p>
      <div>
        {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard */}
        <pre tabIndex={0} data-many={lines.length > 1}>
          {lines.map((line) => (
            <span key={line}>{`${line}\n`}</span>
          ))}
        </pre>
        <Copy text={text} label={label} />
      </div>
      {file ? (
        <Button
          component="a"
          href={`data:text/plain;charset=utf-8,${encodeURIComponent(`${text}\n`)}`}
          download={file}
          size="compact-sm"
          variant="default"
          leftSection={<IconDownload size={15} />}
        >
          Save as a file
        </Button>
      ) : null}
    </div>
  );
}
