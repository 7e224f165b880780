import { ActionIcon, Button, Skeleton, Tooltip } from '@mantine/core';
import { IconArrowLeft, IconNotesOff, IconPencil, IconTrash } from '@tabler/icons-react';
import { useState } from 'react';
import { Link, useLocation } from 'wouter';
import { type ReadNote, useDeleteNote, useNote, useRestoreNote } from '../../api/notes';
import { Ago } from '../../ui/Ago';
import { Empty } from '../../ui/Empty';
import { ProblemNote } from '../../ui/ProblemNote';
import prose from '../../ui/prose.module.css';
import { Tag } from '../../ui/signs';
import { tellProblem, tellWithUndo } from '../../ui/toasts';
import { EditNote } from './EditNote';
import classes from './notes.module.css';
import { ShareMenu } from './ShareMenu';

export function NotePane({ id }: { id: string }) {
  const { data, error, refetch } = useNote(id);
  const [editing, setEditing] = useState(false);
  if (error?.status === 404) {
    return (
      <Empty icon={<IconNotesOff size={40} stroke={1.3} />} title="There is no such note">
        It may have been deleted; the trash keeps deleted notes for a while.
      </Empty>
    );
  }
  if (error && !data) return <ProblemNote error={error} retry={() => void refetch()} />;
  if (!data) return <Skeleton height={300} aria-busy="true" />;
  if (editing) return <EditNote read={data} close={() => setEditing(false)} />;
  return <Reading read={data} edit={() => setEditing(true)} />;
}

function Reading({ read: { note, etag }, edit }: { read: ReadNote; edit: () => void }) {
  const [, go] = useLocation();
  const remove = useDeleteNote();
  const restore = useRestoreNote();

  function deleteIt() {
    remove.mutate(
      { id: note.id, etag },
      {
        onSuccess: () => {
          go('/notes');
          // By then this component is gone, and with it whatever a mutation would call back.
          tellWithUndo(`“${note.title}” is in the trash`, () => {
            restore.mutateAsync(note.id).then(() => go(`/notes/${note.id}`), tellProblem);
          });
        },
        onError: tellProblem,
      },
    );
  }

  return (
    <article className={classes.article}>
      <div className={classes.articleBar}>
        <Back />
        <span className={classes.articleActions}>
          <ShareMenu note={note} />
          <Tooltip label="Move to the trash">
            <ActionIcon size="lg" aria-label="Delete the note" loading={remove.isPending} onClick={deleteIt}>
              <IconTrash size={18} stroke={1.6} />
            </ActionIcon>
          </Tooltip>
          <Button variant="default" leftSection={<IconPencil size={15} />} onClick={edit}>
            Edit
          </Button>
        </span>
      </div>
      <h2>{note.title}</h2>
      <div className={classes.tags}>
        <small>
          Changed <Ago time={note.updated_at} />, version {note.version}
        </small>
        {note.tags.map((tag) => (
          <Tag key={tag}>{tag}</Tag>
        ))}
      </div>
      {note.html ? (
        // biome-ignore lint/security/noDangerouslySetInnerHtml: the server renders it and sanitises it with nh3
        <div className={prose.prose} dangerouslySetInnerHTML={{ __html: note.html }} />
      ) : (
        <p className="dim">This note has a title and no text yet.</p>
      )}
    </article>
  );
}

/** On a narrow screen the note hides the list; this goes back to it. */
export function Back() {
  return (
    <ActionIcon
      component={Link}
      href="/notes"
      size="lg"
      aria-label="Back to the list"
      className={classes.back}
    >
      <IconArrowLeft size={18} />
    </ActionIcon>
  );
}
