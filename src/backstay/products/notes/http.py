"""The notes product over HTTP: one's own notes under `/notes`, what others shared under `/shared-notes`."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, ClassVar, Final
from uuid import UUID

from msgspec import Meta

from backstay.kernel.actor import Permission
from backstay.kernel.backend import Backend
from backstay.kernel.database import Page, Reader, UnitOfWork
from backstay.kernel.http import (
    Controller,
    FromPath,
    FromQuery,
    IfMatch,
    JSONBody,
    ListQuery,
    Request,
    Response,
    delete,
    get,
    patch,
    post,
)
from backstay.products.notes import service
from backstay.products.notes.contracts import (
    QUERY_LENGTH,
    TAGS_PER_QUERY,
    NewNote,
    NewShare,
    Note,
    NoteChanges,
    NoteSummary,
    Share,
    SharedNote,
    ShareTerms,
    Tag,
    TagName,
    TagRename,
)
from backstay.products.notes.errors import (
    NoSuchLink,
    NoSuchNote,
    NoSuchTag,
    StaleNote,
    UndeleteWindowOver,
)
from backstay.products.notes.queries.lists import notes_search
from backstay.products.notes.queries.sharing import SHARES
from backstay.products.notes.queries.tags import TAGS
from backstay.products.notes.settings import NotesSettings
from backstay.systems.idempotency import Replayable

READ = Permission("notes:read", "See one's own notes, tags and links", presets=("user",))
WRITE = Permission("notes:write", "Make, change, tag, delete and restore one's own notes", presets=("user",))
SHARE = Permission(
    "notes:share", "Let anyone with a link read a note of one's own, and end that again", presets=("user",)
)

_UNSEEN: Final = {"cache-control": "no-store", "x-robots-tag": "noindex, nofollow"}
"""Neither caches nor search engines may keep what a link shows: it can be revoked at any moment."""

Search = Annotated[
    str,
    Meta(
        max_length=QUERY_LENGTH,
        description='Words that must be there; `"a phrase"`, `-without`, `or`; the last word may go on.',
        examples=['bread "slow oven" -cake'],
    ),
]
Tags = Annotated[
    list[TagName],
    Meta(max_length=TAGS_PER_QUERY, description="Notes that bear this tag; given again, that one too."),
]
Deleted = Annotated[
    bool, Meta(description="Deleted notes that can still be restored, instead of living ones.")
]
Html = Annotated[bool, Meta(description="Render the body: `html` is null otherwise.")]


class NotesController(Controller):
    """One's own notes."""

    path: ClassVar[str] = "/notes"

    @get(permission=READ, listing=notes_search(deleted=False, tags=0))
    async def list(
        self,
        reader: Reader,
        query: ListQuery,
        q: FromQuery[Search | None] = None,
        tag: FromQuery[Tags | None] = None,
        deleted: FromQuery[Deleted] = False,
    ) -> Page[NoteSummary]:
        """List or search one's notes.

        The newest change comes first; in a search (`q`) the best match, which is `sort=rank`.
        """
        return await service.list_notes(reader, query, search=q, tags=tag or (), deleted=deleted)

    @post(permission=WRITE, declares=[Replayable()])
    async def create(self, uow: UnitOfWork, data: JSONBody[NewNote]) -> Response[Note]:
        """Make a note."""
        note = await service.create(uow, data)
        return Response(note, headers={"location": f"/v1/notes/{note.id}"})

    @get("/{note_id:uuid}", permission=READ, problems=[NoSuchNote])
    async def read(self, reader: Reader, note_id: FromPath[UUID], html: FromQuery[Html] = False) -> Note:
        """Read a note."""
        note = await service.get(reader, note_id)
        return await service.rendered(note) if html else note

    @patch("/{note_id:uuid}", permission=WRITE, problems=[NoSuchNote, StaleNote])
    async def change(
        self, uow: UnitOfWork, note_id: FromPath[UUID], expected: IfMatch, data: JSONBody[NoteChanges]
    ) -> Note:
        """Change a note, unless it was changed since you read it. What is left out stays as it is."""
        return await service.change(uow, note_id, data, version=expected)

    @delete("/{note_id:uuid}", permission=WRITE, problems=[NoSuchNote, StaleNote])
    async def remove(self, uow: UnitOfWork, note_id: FromPath[UUID], expected: IfMatch) -> None:
        """Delete a note, unless it was changed since you read it. Its link ends; it can be restored."""
        await service.delete(uow, note_id, version=expected)

    @post("/{note_id:uuid}/restore", permission=WRITE, status=200, problems=[NoSuchNote, UndeleteWindowOver])
    async def restore(self, uow: UnitOfWork, backend: Backend, note_id: FromPath[UUID]) -> Note:
        """Undo the deletion of a note, within the days that the deployment allows."""
        days = backend.settings.module(NotesSettings).undelete_days
        return await service.restore(uow, note_id, window=timedelta(days=days))

    @get("/shares", permission=READ, listing=SHARES)
    async def list_shares(self, reader: Reader, query: ListQuery) -> Page[Share]:
        """List one's notes that anyone with a link can read now."""
        return await service.list_shares(reader, query)

    @post(
        "/{note_id:uuid}/share",
        permission=SHARE,
        problems=[NoSuchNote],
        declares=[Replayable(secret=True)],
    )
    async def share(self, uow: UnitOfWork, note_id: FromPath[UUID], data: JSONBody[ShareTerms]) -> NewShare:
        """Make a link that lets anyone read the note. An earlier link stops working."""
        return await service.share(uow, note_id, data)

    @delete("/{note_id:uuid}/share", permission=SHARE, problems=[NoSuchNote])
    async def unshare(self, uow: UnitOfWork, note_id: FromPath[UUID]) -> None:
        """End a note's link, if it has one."""
        await service.unshare(uow, note_id)


class TagsController(Controller):
    """The tags of one's own notes."""

    path: ClassVar[str] = "/notes/tags"

    @get(permission=READ, listing=TAGS)
    async def list_tags(self, reader: Reader, query: ListQuery) -> Page[Tag]:
        """List one's tags with how many notes bear each."""
        return await service.list_tags(reader, query)

    @patch("/{name:str}", permission=WRITE, problems=[NoSuchTag])
    async def rename_tag(self, uow: UnitOfWork, name: FromPath[TagName], data: JSONBody[TagRename]) -> Tag:
        """Rename a tag on every note; the name of another tag merges the two."""
        return await service.rename_tag(uow, name, data.name)

    @delete("/{name:str}", permission=WRITE, problems=[NoSuchTag])
    async def remove_tag(self, uow: UnitOfWork, name: FromPath[TagName]) -> None:
        """Take a tag off every note."""
        await service.remove_tag(uow, name)


class SharedNotesController(Controller):
    """Notes that somebody shared, for anyone with the link."""

    path: ClassVar[str] = "/shared-notes"

    @get("/{token:str}", public=True, problems=[NoSuchLink])
    async def read_shared(
        self, request: Request, reader: Reader, token: FromPath[str]
    ) -> Response[SharedNote]:
        """Read a shared note. A link that never was and one that has ended look alike."""
        # The token opens the note, so it must not reach logs and traces with the path.
        request.record.path = "/v1/shared-notes/[token]"
        try:
            shared = await service.read_shared(reader, token)
        except NoSuchLink as failure:
            failure.headers.update(_UNSEEN)
            raise
        return Response(shared, headers=_UNSEEN)
