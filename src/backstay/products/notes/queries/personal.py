"""All that a person has in notes, in every organization: for an export of their data, or its end."""

from __future__ import annotations

from datetime import datetime
from typing import Final
from uuid import UUID

from msgspec import Struct
from sqlalchemy import delete, select

from backstay.kernel.database import Deleted, Uuid, param, statement
from backstay.products.notes.queries.notes import DIALECTS, tag_names
from backstay.products.notes.tables import notes, tags

_THEIRS: Final = notes.c.owner_id == param("user_id", Uuid)


class OwnNote(Struct, frozen=True):
    """A note in an export."""

    id: UUID
    organization_id: UUID
    title: str
    body: str
    tags: list[str]
    created_at: datetime
    updated_at: datetime
    deleted_at: datetime | None


NOTES_OF = statement(
    {
        dialect: select(
            notes.c.id,
            notes.c.organization_id,
            notes.c.title,
            notes.c.body,
            tag_names(dialect),
            notes.c.created_at,
            notes.c.updated_at,
            notes.c.deleted_at,
        )
        .where(_THEIRS)
        .order_by(notes.c.created_at, notes.c.id)
        for dialect in DIALECTS
    },
    OwnNote,
    deleted=Deleted.ANY,
    unscoped=True,
)
ERASE_NOTES = statement(delete(notes).where(_THEIRS), deleted=Deleted.ANY, unscoped=True)
"""Their links and what tags they bore go with them."""
ERASE_TAGS = statement(delete(tags).where(tags.c.owner_id == param("user_id", Uuid)), unscoped=True)
