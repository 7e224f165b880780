"""The mock provider's own books."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from msgspec import Struct
from sqlalchemy import func, insert, select, update

from backstay.kernel.database import Json, param, statement, upsert
from backstay.systems.payments.tables import mock_refunds, mock_sessions


class MockSession(Struct, frozen=True):
    """A session as the mock provider has it."""

    reference: str
    organization_id: UUID
    idempotency_key: str
    payment_id: UUID
    amount: int
    currency: str
    description: str
    discounts: dict[str, int]
    return_url: str
    manual: int
    status: str
    captured: int
    error: str | None
    expires_at: datetime
    step: int
    """How many things have happened to it."""


class MockRefund(Struct, frozen=True):
    """A refund as the mock provider has it."""

    reference: str
    idempotency_key: str
    session: str
    amount: int
    status: str
    error: str | None


_SESSION = tuple(mock_sessions.c[name] for name in MockSession.__struct_fields__)
_REFUND = tuple(mock_refunds.c[name] for name in MockRefund.__struct_fields__)
_NAMED = mock_sessions.c.reference == param("reference")

OPEN = statement(
    upsert(mock_sessions, key=("organization_id", "idempotency_key"))
    .insert(
        reference=param("reference"),
        payment_id=param("payment_id"),
        amount=param("amount"),
        currency=param("currency"),
        description=param("description"),
        discounts=param("discounts", Json),
        return_url=param("return_url"),
        manual=param("manual"),
        status="pending",
        captured=0,
        error=None,
        expires_at=param("expires_at"),
        step=1,
    )
    .returning(*_SESSION),
    MockSession,
)
TAKE = statement(insert(mock_sessions))
BY_KEY = statement(select(*_SESSION).where(mock_sessions.c.idempotency_key == param("key")), MockSession)
GET = statement(select(*_SESSION).where(_NAMED), MockSession)
LOCK = statement(select(*_SESSION).where(_NAMED).with_for_update(), MockSession)
FIND = statement(select(*_SESSION).where(_NAMED), MockSession, unscoped=True)
"""Whoever has the address of a session's page may pay it, as with a real provider."""
MOVE = statement(
    update(mock_sessions)
    .where(_NAMED)
    .values(
        status=param("status"),
        captured=param("captured"),
        error=param("error"),
        step=mock_sessions.c.step + 1,
    )
    .returning(*_SESSION),
    MockSession,
)
REFUND_BY_KEY = statement(select(*_REFUND).where(mock_refunds.c.idempotency_key == param("key")), MockRefund)
ADD_REFUND = statement(insert(mock_refunds))
REFUNDS = statement(
    select(*_REFUND).where(mock_refunds.c.session == param("session")).order_by(mock_refunds.c.created_at),
    MockRefund,
)
REFUNDED = statement(
    select(func.coalesce(func.sum(mock_refunds.c.amount), 0).label("sum")).where(
        mock_refunds.c.session == param("session"), mock_refunds.c.status != "failed"
    ),
    int,
)
