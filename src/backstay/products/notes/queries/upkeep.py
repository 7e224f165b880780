"""The removal of what nobody can reach any more, over every organization.

SKIP LOCKED lets several nodes work side by side on PostgreSQL without waiting for each other.
"""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import delete, exists, select

from backstay.kernel.database import Deleted, any_of, param, statement
from backstay.products.notes.tables import note_tags, notes, tags

PURGE = statement(
    delete(notes).where(
        notes.c.id.in_(
            select(notes.c.id)
            .where(notes.c.deleted_at < param("before"))
            .order_by(notes.c.deleted_at, notes.c.id)
            .limit(param("batch"))
            .with_for_update(skip_locked=True)
        )
    ),
    deleted=Deleted.ONLY,
    unscoped=True,
)

_UNUSED = ~exists().where(note_tags.c.tag_id == tags.c.id)
UNUSED_TAGS = statement(
    select(tags.c.id).where(_UNUSED).limit(param("batch")).with_for_update(skip_locked=True),
    UUID,
    unscoped=True,
)
DROP_UNUSED = statement(delete(tags).where(any_of(tags.c.id, "ids"), _UNUSED), unscoped=True)
