import { Button } from '@mantine/core';
import { type NoteSummary, useRestoreNote, useUndeleteDays } from '../../api/notes';
import { Ago } from '../../ui/Ago';
import { tellProblem } from '../../ui/toasts';
import classes from './notes.module.css';

export function TrashRow({ note }: { note: NoteSummary }) {
  const restore = useRestoreNote();
  const days = useUndeleteDays();
  return (
    <div className={classes.trashRow}>
      <div>
        <b>{note.title}</b>
        <small>
          {note.deleted_at ? (
            <>
              Deleted <Ago time={note.deleted_at} />
              {days === null ? null : (
                <>
                  , gone for good <Ago time={goneAt(note.deleted_at, days)} />
                </>
              )}
            </>
          ) : null}
        </small>
      </div>
      <Button
        size="compact-sm"
        variant="default"
        loading={restore.isPending}
        onClick={() => restore.mutate(note.id, { onError: tellProblem })}
      >
        Restore
      </Button>
    </div>
  );
}

const DAY = 86_400_000;

function goneAt(deletedAt: string, days: number): string {
  return new Date(new Date(deletedAt).getTime() + days * DAY).toISOString();
}
