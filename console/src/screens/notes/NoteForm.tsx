import { Button, SegmentedControl, TagsInput, Textarea, TextInput } from '@mantine/core';
import { getHotkeyHandler } from '@mantine/hooks';
import { type FormEvent, lazy, type ReactNode, Suspense, useState } from 'react';
import { type Draft, useTags } from '../../api/notes';
import type { ApiError } from '../../api/problem';
import { ProblemNote } from '../../ui/ProblemNote';
import classes from './notes.module.css';

const Preview = lazy(() => import('./Preview'));

interface NoteFormProps {
  draft: Draft;
  change: (draft: Draft) => void;
  save: () => void;
  saving: boolean;
  changed: boolean;
  error: ApiError | null;
  close: () => void;
  lead: ReactNode;
}

/** Title, tags and Markdown; Ctrl-S saves. */
export function NoteForm({ draft, change, save, saving, changed, error, close, lead }: NoteFormProps) {
  const [view, setView] = useState('write');
  const { data: tags = [] } = useTags();

  function submit(event: FormEvent) {
    event.preventDefault();
    save();
  }

  const errors = new Map(error?.problem.errors?.map((field) => [field.pointer, field.message]));
  const hotkeys = getHotkeyHandler([['mod+S', () => save()]]);
  return (
    <form className={classes.form} onSubmit={submit} onKeyDown={hotkeys}>
      <div className={classes.articleBar}>
        {lead}
        <SegmentedControl
          size="xs"
          aria-label="View"
          value={view}
          onChange={setView}
          data={[
            { value: 'write', label: 'Write' },
            { value: 'preview', label: 'Preview' },
          ]}
        />
        <span className={classes.articleActions}>
          <Button variant="subtle" color="gray" onClick={close}>
            Cancel
          </Button>
          <Button type="submit" loading={saving} disabled={!changed || draft.title.trim() === ''}>
            Save
          </Button>
        </span>
      </div>
      {error ? <ProblemNote error={error} /> : null}
      <TextInput
        aria-label="Title"
        placeholder="Title"
        size="lg"
        required
        maxLength={200}
        autoFocus={draft.title === ''}
        error={errors.get('/title')}
        value={draft.title}
        onChange={(event) => change({ ...draft, title: event.currentTarget.value })}
      />
      <TagsInput
        aria-label="Tags"
        placeholder={draft.tags.length ? '' : 'Tags, each ended by Enter'}
        error={errors.get('/tags')}
        data={tags.map((tag) => tag.name)}
        value={draft.tags}
        onChange={(chosen) => change({ ...draft, tags: chosen.map((tag) => tag.trim().toLowerCase()) })}
      />
      {view === 'write' ? (
        <Textarea
          aria-label="Text in Markdown"
          placeholder={
            '# A heading\n\nSome *Markdown*, a [link](https://example.org), a list:\n\n- one\n- two'
          }
          autosize
          minRows={14}
          maxRows={34}
          error={errors.get('/body')}
          classNames={{ input: classes.markdown }}
          value={draft.body}
          onChange={(event) => change({ ...draft, body: event.currentTarget.value })}
        />
      ) : (
        <Suspense fallback={null}>
          <Preview text={draft.body} />
        </Suspense>
      )}
    </form>
  );
}
