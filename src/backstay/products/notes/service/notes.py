"""Notes: made, read, listed, searched, changed, deleted and restored."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

import msgspec

from backstay.kernel.database import ListRequest, Page, Reader, UnitOfWork
from backstay.kernel.errors import FieldError, Invalid
from backstay.kernel.ids import uuid7
from backstay.kernel.trail import record
from backstay.products.notes.contracts import (
    QUERY_LENGTH,
    TAGS_PER_QUERY,
    NewNote,
    Note,
    NoteChanges,
    NoteSummary,
)
from backstay.products.notes.errors import NoSuchNote, StaleNote, UndeleteWindowOver
from backstay.products.notes.queries import lists, sharing
from backstay.products.notes.queries import notes as queries
from backstay.products.notes.service.search import Marker, match_of, parse
from backstay.products.notes.service.tags import ensure_tags, link_tags, relink_tags
from backstay.products.notes.service.text import content_of, tag_key


async def create(uow: UnitOfWork, new: NewNote) -> Note:
    """Make a note of the actor's own.

    Raises:
        Invalid: names every field that cannot be accepted.
    """
    content = content_of(new)
    assert content.title is not None
    assert content.body is not None
    id_ = uuid7()
    tags = await ensure_tags(uow, content.tags or {})
    await uow.execute(
        queries.INSERT,
        id=id_,
        title=content.title,
        title_key=content.title_key,
        body=content.body,
        excerpt=content.excerpt,
    )
    await link_tags(uow, id_, tags)
    record(uow, "notes.note_created", subject=("note", id_), after={"version": 1})
    return Note(
        id=id_,
        title=content.title,
        body=content.body,
        tags=[tag.name for tag in tags],
        created_at=uow.now(),
        updated_at=uow.now(),
        deleted_at=None,
        version=1,
        html=None,
    )


async def get(reader: Reader, id_: UUID) -> Note:
    """The note.

    Raises:
        NoSuchNote: there is none, it is deleted, or it is somebody else's.
    """
    note = await reader.first(queries.GET, id=id_)
    if note is None:
        raise NoSuchNote
    return note


async def list_notes(
    reader: Reader,
    request: ListRequest,
    *,
    search: str | None = None,
    tags: Sequence[str] = (),
    deleted: bool = False,
) -> Page[NoteSummary]:
    """A page of the actor's notes, the newest change first; of a search, the best match first.

    Args:
        reader: whose actor's notes.
        request: limit, sort, cursor and the filters `updated_since` and `updated_before`.
        search: only notes in which these words are found; see `service.search` for the language.
            Blank is no search; signs without a word find nothing.
        tags: only notes that bear all of these.
        deleted: deleted notes instead of living ones.

    Raises:
        Invalid: names every parameter that cannot be accepted.
        BadCursor: the cursor is of another list, search or sort.
    """
    keys = sorted({tag_key(tag) for tag in tags})
    errors: list[FieldError] = []
    if len(keys) > TAGS_PER_QUERY:
        message = f"may be given at most {TAGS_PER_QUERY} times"
        errors.append(FieldError(pointer="?tag", code="length", message=message))
    if search is not None and len(search) > QUERY_LENGTH:
        message = f"must have at most {QUERY_LENGTH} characters"
        errors.append(FieldError(pointer="?q", code="length", message=message))
    if errors:
        raise Invalid(*errors)
    named: dict[str, Any] = {f"tag_{n}": key for n, key in enumerate(keys)}
    if search is None or not search.strip():
        # Without a search, everything matches alike.
        sort = [word for word in request.sort if word.removeprefix("-") != lists.RANK]
        request = msgspec.structs.replace(request, sort=sort)
        return await reader.page(lists.notes_list(deleted=deleted, tags=len(keys)), request, **named)
    query = parse(search)
    if not query:
        return Page([], None, None)
    match = match_of(query, reader.actor.id, reader.dialect)
    ranked = not request.sort or any(word.removeprefix("-") not in lists.SORTS for word in request.sort)
    listing = lists.notes_search(deleted=deleted, tags=len(keys), ranked=ranked)
    found = await reader.page(listing, request, match=match, **named)
    marker = Marker(query)
    return Page([_summary(row, marker) for row in found.items], found.next_cursor, found.previous_cursor)


def _summary(row: lists.Found, marker: Marker) -> NoteSummary:
    return NoteSummary(
        id=row.id,
        title=row.title,
        excerpt=row.excerpt,
        tags=row.tags,
        shared=row.shared,
        created_at=row.created_at,
        updated_at=row.updated_at,
        deleted_at=row.deleted_at,
        version=row.version,
        highlight=marker.highlight(row),
    )


async def change(uow: UnitOfWork, id_: UUID, changes: NoteChanges, *, version: int) -> Note:
    """Change what is named, if the note is still at `version`.

    Raises:
        Invalid: names every field that cannot be accepted.
        NoSuchNote: there is none, it is deleted, or it is somebody else's.
        StaleNote: it has another version by now, which the error names.
    """
    content = content_of(changes)
    # Tags before the note: a renaming of a tag takes its locks in this order too.
    tags = None if content.tags is None else await ensure_tags(uow, content.tags)
    changed = await uow.execute(
        queries.CHANGE,
        id=id_,
        version=version,
        title=content.title,
        title_key=content.title_key,
        body=content.body,
        excerpt=content.excerpt,
    )
    if not changed:
        raise await _why_not(uow, id_)
    if tags is not None:
        await relink_tags(uow, id_, tags)
    # Which fields, not what they say: notes are their owner's, the trail is the organization's.
    fields = [name for name in changes.__struct_fields__ if getattr(changes, name) is not msgspec.UNSET]
    changed_note = await uow.one(queries.GET, id=id_)
    record(
        uow,
        "notes.note_changed",
        subject=("note", id_),
        before={"version": version},
        after={"version": changed_note.version, "fields": fields},
    )
    return changed_note


async def delete(uow: UnitOfWork, id_: UUID, *, version: int) -> None:
    """Delete the note, if it is still at `version`; it can be restored for a while. Its link ends at once.

    Raises:
        NoSuchNote: there is none, it is deleted, or it is somebody else's.
        StaleNote: it has another version by now.
    """
    if not await uow.execute(queries.DELETE, id=id_, version=version):
        raise await _why_not(uow, id_)
    # Restoring a note must not publish it again unasked.
    await uow.execute(sharing.UNSHARE, note_id=id_)
    record(uow, "notes.note_deleted", subject=("note", id_), before={"version": version})


async def _why_not(reader: Reader, id_: UUID) -> NoSuchNote | StaleNote:
    found = await reader.first(queries.FIND, id=id_)
    if found is None or found.deleted_at is not None:
        return NoSuchNote()
    stale = StaleNote(version=found.version)
    stale.headers["ETag"] = f'"{found.version}"'
    return stale


async def restore(uow: UnitOfWork, id_: UUID, *, window: timedelta) -> Note:
    """Undo the deletion of a note; one that is not deleted is returned as it is.

    Args:
        uow: the unit of work.
        id_: which note.
        window: how long after its deletion a note can come back, to the microsecond inclusive.

    Raises:
        NoSuchNote: there is none, or it is somebody else's.
        UndeleteWindowOver: it was deleted too long ago.
    """
    if not await uow.execute(queries.RESTORE, id=id_, since=uow.now() - window):
        found = await uow.first(queries.FIND, id=id_)
        if found is None:
            raise NoSuchNote
        if found.deleted_at is not None:
            raise UndeleteWindowOver(deleted_at=found.deleted_at)
        return await get(uow, id_)
    restored = await get(uow, id_)
    record(uow, "notes.note_restored", subject=("note", id_), after={"version": restored.version})
    return restored


async def count(reader: Reader) -> int:
    """How many living notes the organization has."""
    return await reader.one(queries.COUNT)
