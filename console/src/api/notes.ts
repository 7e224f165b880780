import {
  keepPreviousData,
  useInfiniteQuery,
  useMutation,
  useQuery,
  useQueryClient,
} from '@tanstack/react-query';
import {
  consoleSystemsRead,
  type NewShare,
  type Note,
  type NoteSummary,
  type NoteSummaryPage,
  type NotesListData,
  notesChange,
  notesCreate,
  notesList,
  notesListShares,
  notesListTags,
  notesRead,
  notesReadShared,
  notesRemove,
  notesRestore,
  notesShare,
  notesUnshare,
  type SharedNote,
  type Tag,
} from './generated';

export type { NewShare, Note, NoteSummary, Tag };

export type NoteSort = NonNullable<NonNullable<NotesListData['query']>['sort']>[number];

export interface NoteFilter {
  words: string;
  tag: string | null;
  /** Null for the best match first in a search, else the newest change. */
  sort: NoteSort | null;
  trash: boolean;
}

/** What a person may write into a note. */
export interface Draft {
  title: string;
  body: string;
  tags: string[];
}

/** A note and the entity tag that a change to it must name. */
export interface ReadNote {
  note: Note;
  etag: string;
}

const LIST = ['notes'] as const;
const TAGS = ['note tags'] as const;

function noteKey(id: string) {
  return ['note', id] as const;
}

export function useNotes(filter: NoteFilter) {
  return useInfiniteQuery({
    queryKey: [...LIST, filter],
    queryFn: async ({ pageParam }): Promise<NoteSummaryPage> => {
      const { data } = await notesList({
        query: {
          q: filter.words || undefined,
          tag: filter.tag ? [filter.tag] : undefined,
          deleted: filter.trash || undefined,
          sort: filter.sort === null ? undefined : [filter.sort],
          cursor: pageParam ?? undefined,
          limit: 30,
        },
      });
      return data;
    },
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next_cursor,
    placeholderData: keepPreviousData,
  });
}

/** Days for which a deleted note can be restored, as the server is set; null where one may not look. */
export function useUndeleteDays(): number | null {
  const { data } = useQuery({
    queryKey: ['undelete days'],
    queryFn: async (): Promise<number | null> => {
      const { settings } = (await consoleSystemsRead({ path: { name: 'notes' } })).data;
      return Number(settings.find(({ name }) => name === 'notes.undelete_days')?.value) || null;
    },
    staleTime: Number.POSITIVE_INFINITY,
    retry: false,
  });
  return data ?? null;
}

export function useTags() {
  return useQuery({
    queryKey: TAGS,
    queryFn: async (): Promise<Tag[]> => (await notesListTags({ query: { limit: 100 } })).data.items,
  });
}

/** The note with its body rendered; what a change answers has none, so it is read again after each. */
async function read(id: string): Promise<ReadNote> {
  const { data, response } = await notesRead({ path: { note_id: id }, query: { html: true } });
  return { note: data, etag: response?.headers.get('etag') ?? `"${data.version}"` };
}

export function useNote(id: string) {
  return useQuery({ queryKey: noteKey(id), queryFn: () => read(id) });
}

/** Puts what the server answered into the cache, and has the lists read again. */
function useSettle() {
  const cache = useQueryClient();
  return (id: string, read: ReadNote | null) => {
    if (read) cache.setQueryData(noteKey(id), read);
    else cache.removeQueries({ queryKey: noteKey(id) });
    void cache.invalidateQueries({ queryKey: LIST });
    void cache.invalidateQueries({ queryKey: TAGS });
  };
}

export function useCreateNote() {
  const settle = useSettle();
  return useMutation({
    mutationFn: async (draft: Draft): Promise<ReadNote> => {
      const { data } = await notesCreate({ body: draft });
      return read(data.id);
    },
    onSuccess: (created) => settle(created.note.id, created),
  });
}

/** Saves over the version that `etag` names; a 412 means that somebody saved since. */
export function useChangeNote(id: string) {
  const settle = useSettle();
  return useMutation({
    mutationFn: async ({ draft, etag }: { draft: Draft; etag: string }): Promise<ReadNote> => {
      await notesChange({
        path: { note_id: id },
        headers: { 'If-Match': etag },
        body: draft,
      });
      return read(id);
    },
    onSuccess: (changed) => settle(id, changed),
  });
}

/** The newest version, past the cache: what to show beside one's own when saving met a 412. */
export function useReadAgain(id: string) {
  return useMutation({ mutationFn: () => read(id) });
}

export function useDeleteNote() {
  const settle = useSettle();
  return useMutation({
    mutationFn: ({ id, etag }: { id: string; etag: string }) =>
      notesRemove({ path: { note_id: id }, headers: { 'If-Match': etag } }),
    onSuccess: (_, { id }) => settle(id, null),
  });
}

export function useRestoreNote() {
  const settle = useSettle();
  return useMutation({
    mutationFn: async (id: string): Promise<ReadNote> => {
      await notesRestore({ path: { note_id: id } });
      return read(id);
    },
    onSuccess: (restored) => settle(restored.note.id, restored),
  });
}

/** Whether the note is shared; the server keeps only a digest of the link, so it cannot be shown again. */
export function useShared(id: string, enabled: boolean) {
  return useQuery({
    enabled,
    queryKey: ['note share', id],
    queryFn: async (): Promise<boolean> =>
      (await notesListShares({ query: { note_id: id } })).data.items.length > 0,
  });
}

/** Makes a fresh link; one made before stops working. */
export function useShareNote(id: string) {
  const cache = useQueryClient();
  return useMutation({
    mutationFn: async (): Promise<NewShare> => (await notesShare({ path: { note_id: id }, body: {} })).data,
    onSuccess: () => {
      cache.setQueryData(['note share', id], true);
      void cache.invalidateQueries({ queryKey: LIST });
    },
  });
}

export function useUnshareNote(id: string) {
  const cache = useQueryClient();
  return useMutation({
    mutationFn: () => notesUnshare({ path: { note_id: id } }),
    onSuccess: () => {
      cache.setQueryData(['note share', id], false);
      void cache.invalidateQueries({ queryKey: LIST });
    },
  });
}

export function useSharedNote(token: string) {
  return useQuery({
    queryKey: ['shared note', token],
    queryFn: async (): Promise<SharedNote> => (await notesReadShared({ path: { token } })).data,
  });
}
