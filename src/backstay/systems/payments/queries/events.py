"""What providers told."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from msgspec import Struct
from sqlalchemy import select, update

from backstay.kernel.database import listing, param, statement, upsert
from backstay.systems.payments.contracts import EventStatus, ProviderEvent
from backstay.systems.payments.tables import events


class Parked(Struct, frozen=True):
    """A parked event with what it says."""

    id: UUID
    provider: str
    event_id: str
    tries: int
    note: str
    news: Any
    next_try_at: datetime | None
    created_at: datetime


_EVENT = tuple(events.c[name] for name in ProviderEvent.__struct_fields__)
_PARKED = tuple(events.c[name] for name in Parked.__struct_fields__)
_IS_PARKED = events.c.status == EventStatus.PARKED.value

ADD = statement(
    upsert(events, key=("provider", "event_id"))
    .insert(
        id=param("id"),
        type=param("type"),
        reference=param("reference"),
        payment_id=param("payment_id"),
        status=param("status"),
        tries=0,
        note=param("note"),
        news=param("news"),
        told_at=param("told_at"),
        next_try_at=param("next_try_at"),
    )
    .returning(events.c.id),
    UUID,
)
"""An event that is known already is left alone, and gives nothing back."""
SET_NOTE = statement(update(events).where(events.c.id == param("id")).values(note=param("note")))
OF_PAYMENT = statement(
    select(*_EVENT).where(events.c.payment_id == param("payment_id")).order_by(events.c.id), ProviderEvent
)
PARKED_LIST = listing(
    select(*_EVENT).where(_IS_PARKED),
    ProviderEvent,
    name="payments.parked",
    key=events.c.id,
    sorts={"created_at": events.c.created_at},
    default=("-created_at",),
    unscoped=True,
)
PARKED = statement(select(*_PARKED).where(_IS_PARKED, events.c.id == param("id")), Parked, unscoped=True)
LOCK = statement(
    select(*_PARKED).where(_IS_PARKED, events.c.id == param("id")).with_for_update(), Parked, unscoped=True
)
GET = statement(select(*_EVENT).where(events.c.id == param("id")), ProviderEvent, unscoped=True)
MOVE = statement(
    update(events)
    .where(events.c.id == param("id"))
    .values(
        organization_id=param("organization"),
        payment_id=param("payment_id"),
        status=param("status"),
        tries=events.c.tries + 1,
        note=param("note"),
        next_try_at=param("next_try_at"),
    ),
    unscoped=True,
)
"""An event that has found its payment moves into the payment's organization."""
