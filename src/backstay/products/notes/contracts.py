"""What the notes product takes and gives."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Final
from uuid import UUID

from msgspec import UNSET, Meta, Struct, UnsetType

from backstay.kernel.patterns import NOT_BLANK, PATH_NAME

TITLE_LENGTH: Final = 200
"""Characters of a title, at most."""
BODY_BYTES: Final = 100_000
"""Bytes of a body in UTF-8, at most."""
TAG_LENGTH: Final = 40
"""Characters of a tag's name, at most."""
TAGS_PER_NOTE: Final = 20
TAGS_PER_QUERY: Final = 10
LONGEST_SHARE: Final = 10 * 365 * 86_400
"""Seconds that a link which expires may work, at most."""
QUERY_LENGTH: Final = 200
"""Characters of a search, at most."""

Title = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=TITLE_LENGTH,
        pattern=NOT_BLANK,
        description="Plain text on one line; space around it is removed.",
        examples=["Bread, the slow way"],
    ),
]
Body = Annotated[
    str,
    Meta(
        max_length=BODY_BYTES,
        description=f"Markdown (CommonMark with tables and ~~strikethrough~~), at most {BODY_BYTES} bytes.",
        examples=["500 g flour, 350 g water, **12 hours**."],
    ),
]
TagName = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=TAG_LENGTH,
        pattern=PATH_NAME,
        description="Without a slash. Case does not count; the first spelling stays until a rename.",
        examples=["Recipes"],
    ),
]
TagNames = Annotated[list[TagName], Meta(max_length=TAGS_PER_NOTE)]


class NewNote(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A note to be made."""

    title: Title
    body: Body = ""
    tags: TagNames = []


class NoteChanges(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What to change in a note; what is left out stays as it is."""

    title: Title | UnsetType = UNSET
    body: Body | UnsetType = UNSET
    tags: TagNames | UnsetType = UNSET
    """All its tags from now on."""


class Note(Struct, frozen=True):
    """A note, whole."""

    id: UUID
    title: str
    body: str
    """Markdown, exactly as it was sent."""
    tags: list[str]
    """In the order of the alphabet."""
    created_at: datetime
    updated_at: datetime
    """When its title, body or tags were last changed by hand; renaming a tag everywhere does not count."""
    deleted_at: datetime | None
    version: int
    """Grows with every change; send it back as `If-Match`."""
    html: str | None
    """The body as safe HTML, where it was asked for."""


class Highlight(Struct, frozen=True):
    """Where a search met a note: HTML, escaped, with `<mark>` around what was found."""

    title: str
    snippet: str
    """The part of the body around the first match; the beginning when only the title matches."""


class NoteSummary(Struct, frozen=True):
    """A note in a list."""

    id: UUID
    title: str
    excerpt: str
    """The beginning of the body as plain text."""
    tags: list[str]
    shared: bool
    """Whether anyone with the link can read it now."""
    created_at: datetime
    updated_at: datetime
    deleted_at: datetime | None
    version: int
    highlight: Highlight | None
    """In the answers to a search."""


class Tag(Struct, frozen=True):
    """A tag in use."""

    name: str
    notes: int
    """How many living notes bear it."""


class TagRename(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a tag shall be called; the name of another tag merges the two."""

    name: TagName


class ShareTerms(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How a note is to be shared."""

    expires_in: Annotated[int, Meta(ge=60, le=LONGEST_SHARE, examples=[604_800])] | None = None
    """Seconds until the link stops working; null for never."""


class Share(Struct, frozen=True):
    """A note that can be read by link now; the link itself is shown only when it is made."""

    note_id: UUID
    title: str
    created_at: datetime
    """When the link was made."""
    expires_at: datetime | None
    """When it stops working; null for never."""


class NewShare(Struct, frozen=True):
    """A fresh link. This is the only time that its token is shown: only a digest of it is kept."""

    token: str
    """`GET /v1/shared-notes/{token}` shows the note to anyone."""
    created_at: datetime
    expires_at: datetime | None


class SharedNote(Struct, frozen=True):
    """What someone with the link sees."""

    title: str
    body: str
    updated_at: datetime
    expires_at: datetime | None
    html: str
    """The body as safe HTML."""
