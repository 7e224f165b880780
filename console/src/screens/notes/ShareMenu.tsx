import { ActionIcon, Button, Popover, Tooltip } from '@mantine/core';
import { IconShare3 } from '@tabler/icons-react';
import { useState } from 'react';
import { type Note, useShared, useShareNote, useUnshareNote } from '../../api/notes';
import { Command } from '../../ui/Copy';
import { ProblemNote } from '../../ui/ProblemNote';
import { tellProblem } from '../../ui/toasts';
import classes from './notes.module.css';

/** Makes, shows and ends the link by which anybody may read the note. */
export function ShareMenu({ note }: { note: Note }) {
  const [opened, setOpened] = useState(false);
  const { data: shared = false } = useShared(note.id, opened);
  const share = useShareNote(note.id);
  const unshare = useUnshareNote(note.id);
  return (
    <Popover
      width={380}
      position="bottom-end"
      shadow="md"
      withinPortal
      opened={opened}
      onChange={(open) => {
        setOpened(open);
        if (!open) share.reset();
      }}
    >
      <Popover.Target>
        <Tooltip label="Share by a link">
          <ActionIcon size="lg" aria-label="Share the note" onClick={() => setOpened(!opened)}>
            <IconShare3 size={18} stroke={1.6} />
          </ActionIcon>
        </Tooltip>
      </Popover.Target>
      <Popover.Dropdown className={classes.share}>
        <p>
          {shared
            ? 'Anybody who has the link may read this note without signing in. The link is shown only when it is made; a new one ends the old one.'
            : 'With a link, anybody who has it may read this note without signing in.'}
        </p>
        {share.data ? <Command text={linkOf(share.data.token)} /> : null}
        {share.error ? <ProblemNote error={share.error} /> : null}
        <span className={classes.articleActions}>
          {shared ? (
            <Button
              variant="subtle"
              color="red"
              loading={unshare.isPending}
              onClick={() =>
                unshare.mutate(undefined, { onSuccess: () => share.reset(), onError: tellProblem })
              }
            >
              Stop sharing
            </Button>
          ) : null}
          {share.data ? null : (
            <Button loading={share.isPending} onClick={() => share.mutate()}>
              {shared ? 'Make a new link' : 'Make a link'}
            </Button>
          )}
        </span>
      </Popover.Dropdown>
    </Popover>
  );
}

function linkOf(token: string): string {
  return `${window.location.origin}/console/shared/${token}`;
}
