import { useState } from 'react';
import { type Draft, type ReadNote, useChangeNote, useReadAgain } from '../../api/notes';
import { act } from '../../ui/act';
import { tellProblem } from '../../ui/toasts';
import { Conflict } from './Conflict';
import { NoteForm } from './NoteForm';
import { Back } from './NotePane';

/** Edits the version that was read; if somebody saved another since, both are shown. */
export function EditNote({ read, close }: { read: ReadNote; close: () => void }) {
  // What one started from stays as it was, also when the cache is refreshed underneath.
  const [base, setBase] = useState(read);
  const [draft, setDraft] = useState<Draft>(draftOf(read));
  const [theirs, setTheirs] = useState<ReadNote | null>(null);
  const change = useChangeNote(base.note.id);
  const again = useReadAgain(base.note.id);

  function save(over: ReadNote = base) {
    act(
      change,
      { draft, etag: over.etag },
      {
        told: 'Saved',
        after: close,
        failed: (error) => {
          if (error.status === 412) again.mutate(undefined, { onSuccess: setTheirs, onError: tellProblem });
        },
      },
    );
  }

  const original = draftOf(base);
  const changed = JSON.stringify(draft) !== JSON.stringify(original);
  return (
    <>
      <Conflict
        mine={draft}
        theirs={theirs}
        saving={change.isPending}
        keepMine={() => {
          if (theirs) save(theirs);
        }}
        takeTheirs={() => {
          if (!theirs) return;
          setBase(theirs);
          setDraft(draftOf(theirs));
          setTheirs(null);
          change.reset();
        }}
        goOn={() => {
          if (theirs) setBase(theirs);
          setTheirs(null);
          change.reset();
        }}
      />
      <NoteForm
        draft={draft}
        change={setDraft}
        save={() => save()}
        saving={change.isPending || again.isPending}
        changed={changed}
        error={change.error?.status === 412 ? null : change.error}
        close={close}
        lead={<Back />}
      />
    </>
  );
}

function draftOf({ note }: ReadNote): Draft {
  return { title: note.title, body: note.body, tags: note.tags };
}
