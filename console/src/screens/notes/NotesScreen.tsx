import { Button } from '@mantine/core';
import { IconNotes, IconPlus } from '@tabler/icons-react';
import { useState } from 'react';
import { Link, useRoute } from 'wouter';
import type { NoteFilter } from '../../api/notes';
import { Empty } from '../../ui/Empty';
import { Page } from '../../ui/Page';
import { Panel } from '../../ui/Panel';
import { NewNote } from './NewNote';
import { NoteList } from './NoteList';
import { NotePane } from './NotePane';
import classes from './notes.module.css';

const EVERYTHING: NoteFilter = { words: '', tag: null, sort: null, trash: false };

export default function NotesScreen() {
  const [filter, setFilter] = useState(EVERYTHING);
  const [, params] = useRoute('/notes/:id');
  const id = params?.id ?? null;
  return (
    <Page
      title="Notes"
      lead="Personal notes in Markdown: found by their words, grouped by tags, shared by a link."
      actions={
        <Button component={Link} href="/notes/new" leftSection={<IconPlus size={16} />}>
          New note
        </Button>
      }
    >
      <div className={classes.panes} data-open={id !== null}>
        <NoteList filter={filter} change={setFilter} opened={id} />
        <Panel className={classes.pane}>
          {id === 'new' ? <NewNote /> : null}
          {id !== null && id !== 'new' ? <NotePane key={id} id={id} /> : null}
          {id === null ? (
            <Empty icon={<IconNotes size={40} stroke={1.3} />} title="No note is open">
              Choose one from the list, or write a new one.
            </Empty>
          ) : null}
        </Panel>
      </div>
    </Page>
  );
}
