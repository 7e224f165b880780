import { useState } from 'react';
import { useLocation } from 'wouter';
import { type Draft, useCreateNote } from '../../api/notes';
import { NoteForm } from './NoteForm';
import { Back } from './NotePane';

const EMPTY: Draft = { title: '', body: '', tags: [] };

export function NewNote() {
  const [draft, setDraft] = useState(EMPTY);
  const [, go] = useLocation();
  const create = useCreateNote();
  return (
    <NoteForm
      draft={draft}
      change={setDraft}
      save={() => create.mutate(draft, { onSuccess: ({ note }) => go(`/notes/${note.id}`) })}
      saving={create.isPending}
      changed={draft !== EMPTY}
      error={create.error}
      close={() => go('/notes')}
      lead={<Back />}
    />
  );
}
