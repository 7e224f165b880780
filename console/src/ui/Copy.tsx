import { ActionIcon, Tooltip, UnstyledButton } from '@mantine/core';
import { useClipboard } from '@mantine/hooks';
import { IconCheck, IconCopy } from '@tabler/icons-react';
import classes from './ui.module.css';

/** A button that copies; with `shown`, the text itself is the button. */
export function Copy({ text, label, shown }: { text: string; label: string; shown?: string }) {
  const clipboard = useClipboard({ timeout: 1_500 });
  const words = clipboard.copied ? 'Copied' : `Copy ${label}`;
  return (
    <Tooltip label={words}>
      {shown ? (
        <UnstyledButton
          className="mono truncate"
          fz="inherit"
          maw="100%"
          aria-label={`Copy ${label}`}
          onClick={() => clipboard.copy(text)}
        >
          {shown}
        </UnstyledButton>
      ) : (
        <ActionIcon size="md" aria-label={`Copy ${label}`} onClick={() => clipboard.copy(text)}>
          {clipboard.copied ? <IconCheck size={16} /> : <IconCopy size={16} />}
        </ActionIcon>
      )}
    </Tooltip>
  );
}

/** A command line with its copy button. */
export function Command({ text }: { text: string }) {
  return (
    <div className={classes.command}>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard */}
      <code tabIndex={0}>{text}</code>
      <Copy text={text} label="command" />
    </div>
  );
}
