"""Links: one a note, found again by the digest of its token alone."""

from __future__ import annotations

from datetime import datetime
from typing import Final
from uuid import UUID

from msgspec import Struct
from sqlalchemy import delete, exists, or_, select

from backstay.kernel.database import NOW, equals, listing, param, statement, upsert
from backstay.products.notes.contracts import Share
from backstay.products.notes.queries.notes import MINE
from backstay.products.notes.tables import notes, shares

_IN_FORCE: Final = or_(shares.c.expires_at.is_(None), shares.c.expires_at > NOW)
IS_SHARED: Final = exists().where(shares.c.note_id == notes.c.id, _IN_FORCE).label("shared")


class SharedRow(Struct, frozen=True):
    """What a link leads to, the body not yet rendered."""

    title: str
    body: str
    updated_at: datetime
    expires_at: datetime | None


SHARE = statement(
    upsert(shares, key=("note_id",))
    .insert(token_digest=param("token_digest"), created_at=NOW, expires_at=param("expires_at"))
    .update(token_digest=param("token_digest"), created_at=NOW, expires_at=param("expires_at"))
)
"""A second link replaces the first, which stops working."""
SHARES = listing(
    select(notes.c.id.label("note_id"), notes.c.title, shares.c.created_at, shares.c.expires_at)
    .select_from(shares.join(notes, notes.c.id == shares.c.note_id))
    .where(MINE, _IN_FORCE),
    Share,
    name="notes.shares",
    key=shares.c.note_id,
    sorts={
        "created_at": shares.c.created_at,
        "expires_at": shares.c.expires_at,
        "title": notes.c.title_key,
    },
    default=("-created_at",),
    filters={"note_id": equals(shares.c.note_id, UUID, "The link of this note, if it has one.")},
)
UNSHARE = statement(delete(shares).where(shares.c.note_id == param("note_id")))
SHARED = statement(
    select(notes.c.title, notes.c.body, notes.c.updated_at, shares.c.expires_at)
    .select_from(notes.join(shares, shares.c.note_id == notes.c.id))
    .where(shares.c.token_digest == param("token_digest"), _IN_FORCE),
    SharedRow,
    # Whoever reads has no organization here: the token alone says which note it is.
    unscoped=True,
)
