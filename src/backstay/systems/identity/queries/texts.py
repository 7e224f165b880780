"""Codes by SMS, and the texts that development keeps."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from msgspec import Struct
from sqlalchemy import delete, insert, null, select, update

from backstay.kernel.database import NOW, Timestamp, param, statement, upsert
from backstay.systems.identity.contracts import Text
from backstay.systems.identity.tables import codes, texts

TRIES = 5
"""Wrong codes that make a code worthless."""


class Waiting(Struct, frozen=True):
    """A code that somebody asked for."""

    session_id: UUID
    factor_id: UUID
    expires_at: datetime


class Tried(Struct, frozen=True):
    """A code that somebody tries, with this try counted."""

    factor_id: UUID
    digest: bytes


_NEW = {
    "id": param("id"),
    "factor_id": param("factor_id"),
    "digest": null(),
    "tries": 0,
    "expires_at": param("expires_at", Timestamp),
}
ASK = statement(
    upsert(codes, key=("session_id",)).insert(session_id=param("session_id"), **_NEW).update(**_NEW)
)
"""A new code takes the old one's place."""
WAITING = statement(
    select(codes.c.session_id, codes.c.factor_id, codes.c.expires_at).where(
        codes.c.id == param("id"), codes.c.expires_at > NOW
    ),
    Waiting,
)
MAKE = statement(
    update(codes)
    .where(codes.c.id == param("id"), codes.c.expires_at > NOW)
    .values(digest=param("digest"), tries=0)
)
TRY = statement(
    update(codes)
    .where(
        codes.c.session_id == param("session_id"),
        codes.c.expires_at > NOW,
        codes.c.digest.is_not(None),
        codes.c.tries < TRIES,
    )
    .values(tries=codes.c.tries + 1)
    .returning(codes.c.factor_id, codes.c.digest),
    Tried,
)
"""Counted before it is compared."""
SPEND = statement(
    delete(codes).where(codes.c.session_id == param("session_id"), codes.c.digest == param("digest"))
)
"""Of those who show one code at once, one finds it."""
PRUNE = statement(delete(codes).where(codes.c.expires_at <= NOW))

KEEP = statement(insert(texts))
KEPT = statement(
    select(texts.c.id, texts.c.number, texts.c.body, texts.c.created_at)
    .order_by(texts.c.created_at.desc(), texts.c.id.desc())
    .limit(100),
    Text,
)
PRUNE_TEXTS = statement(delete(texts).where(texts.c.created_at < param("before", Timestamp)))
