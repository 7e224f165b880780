import { Button, CloseButton, Select, Skeleton, TextInput } from '@mantine/core';
import { useDebouncedCallback } from '@mantine/hooks';
import { IconFeather, IconSearch, IconTrash } from '@tabler/icons-react';
import { useState } from 'react';
import { Link } from 'wouter';
import { type NoteFilter, type NoteSort, type NoteSummary, useNotes, useTags } from '../../api/notes';
import { Ago } from '../../ui/Ago';
import { Empty } from '../../ui/Empty';
import { Panel } from '../../ui/Panel';
import { ProblemNote } from '../../ui/ProblemNote';
import { Tag } from '../../ui/signs';
import classes from './notes.module.css';
import { TrashRow } from './TrashRow';

const SORTS: { value: NoteSort; label: string }[] = [
  { value: '-created_at', label: 'Newest' },
  { value: 'created_at', label: 'Oldest' },
  { value: 'title', label: 'Title' },
];

interface NoteListProps {
  filter: NoteFilter;
  change: (filter: NoteFilter) => void;
  opened: string | null;
}

export function NoteList({ filter, change, opened }: NoteListProps) {
  const { data, error, refetch, hasNextPage, fetchNextPage, isFetchingNextPage } = useNotes(filter);
  const notes = data?.pages.flatMap((page) => page.items) ?? [];
  return (
    <section className={classes.list} aria-label="Notes">
      <Tools filter={filter} change={change} />
      {error && !data ? <ProblemNote error={error} retry={() => void refetch()} /> : null}
      {!data && !error ? (
        <div aria-busy="true">
          {[1, 2, 3, 4].map((place) => (
            <Skeleton key={place} height={92} mb={8} radius={10} />
          ))}
        </div>
      ) : null}
      {data && notes.length === 0 ? <NoNotes filter={filter} /> : null}
      {notes.length ? (
        <Panel>
          <ul className={classes.rows}>
            {notes.map((note) => (
              <li key={note.id}>
                {filter.trash ? <TrashRow note={note} /> : <Row note={note} opened={note.id === opened} />}
              </li>
            ))}
          </ul>
        </Panel>
      ) : null}
      {hasNextPage ? (
        <Button variant="default" fullWidth loading={isFetchingNextPage} onClick={() => void fetchNextPage()}>
          Load more
        </Button>
      ) : null}
    </section>
  );
}

function Tools({ filter, change }: { filter: NoteFilter; change: (filter: NoteFilter) => void }) {
  const [typed, setTyped] = useState(filter.words);
  const later = useDebouncedCallback((words: string) => change({ ...filter, words }), 220);
  const { data: tags = [] } = useTags();
  function clear() {
    setTyped('');
    change({ ...filter, words: '' });
  }
  return (
    <search className={classes.tools}>
      <TextInput
        aria-label="Search the notes"
        placeholder="Search the notes"
        leftSection={<IconSearch size={15} />}
        value={typed}
        rightSection={typed ? <CloseButton size="sm" aria-label="Clear the search" onClick={clear} /> : null}
        onChange={(event) => {
          setTyped(event.currentTarget.value);
          later(event.currentTarget.value.trim());
        }}
      />
      <Select
        aria-label="Tag"
        placeholder="Any tag"
        clearable
        searchable
        nothingFoundMessage="No such tag"
        data={tags.map((tag) => ({ value: tag.name, label: `${tag.name} (${tag.notes})` }))}
        value={filter.tag}
        onChange={(tag) => change({ ...filter, tag })}
      />
      <Select
        aria-label="Order"
        allowDeselect={false}
        data={[{ value: '', label: filter.words ? 'Best match' : 'Changed last' }, ...SORTS]}
        value={filter.sort ?? ''}
        onChange={(sort) => change({ ...filter, sort: (sort || null) as NoteSort | null })}
      />
      <Button
        variant={filter.trash ? 'light' : 'default'}
        aria-pressed={filter.trash}
        leftSection={<IconTrash size={15} />}
        onClick={() => change({ ...filter, trash: !filter.trash })}
      >
        Trash
      </Button>
    </search>
  );
}

function Row({ note, opened }: { note: NoteSummary; opened: boolean }) {
  return (
    <Link href={`/notes/${note.id}`} className={classes.row} aria-current={opened ? 'true' : undefined}>
      <Found html={note.highlight?.title} text={note.title} as="b" />
      <Found html={note.highlight?.snippet} text={note.excerpt} as="p" />
      <span className={classes.rowFoot}>
        <small>
          <Ago time={note.updated_at} />
        </small>
        {note.shared ? <Tag tone="accent">shared</Tag> : null}
        {note.tags.map((tag) => (
          <Tag key={tag}>{tag}</Tag>
        ))}
      </span>
    </Link>
  );
}

/** The words of a note, with what a search found in them marked by the server. */
function Found({ html, text, as: Element }: { html: string | undefined; text: string; as: 'b' | 'p' }) {
  if (html) {
    // biome-ignore lint/security/noDangerouslySetInnerHtml: the server escapes the text around its `<mark>`
    return <Element dangerouslySetInnerHTML={{ __html: html }} />;
  }
  return text ? <Element>{text}</Element> : null;
}

function NoNotes({ filter }: { filter: NoteFilter }) {
  const [title, words] = filter.trash
    ? ['The trash is empty', 'Notes that you delete stay here for a while and can be restored.']
    : filter.words || filter.tag
      ? ['No note matches', 'Try fewer words, or another tag.']
      : [
          'Nothing is written yet',
          'Write the first note with the button above; it stays yours until you share it.',
        ];
  return (
    <Panel>
      <Empty icon={<IconFeather size={38} stroke={1.3} />} title={title}>
        {words}
      </Empty>
    </Panel>
  );
}
