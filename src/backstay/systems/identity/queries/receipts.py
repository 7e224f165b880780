"""Exports and erasures."""

from __future__ import annotations

from uuid import UUID

from msgspec import Struct
from sqlalchemy import delete, insert, null, select, update

from backstay.kernel.database import NOW, Timestamp, Uuid, param, statement
from backstay.systems.identity.contracts import PersonalReceipt
from backstay.systems.identity.tables import receipts

_SHOWN = [
    receipts.c.id,
    receipts.c.kind,
    receipts.c.requested_at,
    receipts.c.done_at,
    receipts.c.details,
]


class Asked(Struct, frozen=True):
    """Who asked."""

    user_id: UUID


INSERT = statement(insert(receipts))
GET = statement(select(*_SHOWN).where(receipts.c.id == param("id")), PersonalReceipt)
BY_DIGEST = statement(select(*_SHOWN).where(receipts.c.digest == param("digest")), PersonalReceipt)
ASKED = statement(
    select(receipts.c.user_id)
    .where(receipts.c.id == param("id"), receipts.c.done_at.is_(None))
    .with_for_update(),
    Asked,
)
FINISH = statement(
    update(receipts)
    .where(receipts.c.id == param("id"))
    .values(done_at=NOW, details=param("details"), content=param("content"))
)
NOTE = statement(update(receipts).where(receipts.c.id == param("id")).values(details=param("details")))
CONTENT = statement(
    select(receipts.c.content).where(
        receipts.c.id == param("id"),
        receipts.c.user_id == param("user_id", Uuid),
        receipts.c.content.is_not(None),
    ),
    bytes,
)
FORGET_CONTENT = statement(
    update(receipts)
    .where(receipts.c.done_at < param("before", Timestamp), receipts.c.content.is_not(None))
    .values(content=null())
)
FORGET_OF = statement(
    update(receipts)
    .where(receipts.c.user_id == param("user_id", Uuid), receipts.c.content.is_not(None))
    .values(content=null())
)
PRUNE = statement(delete(receipts).where(receipts.c.requested_at < param("before", Timestamp)))
