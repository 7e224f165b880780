"""What the mock provider says of its books."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from msgspec import Struct

from backstay.kernel.actor import Actor, ActorKind
from backstay.systems.payments.contracts import PaymentStatus, RefundStatus
from backstay.systems.payments.engines.provider import News, RefundNews, SessionNews
from backstay.systems.payments.queries.mock import MockRefund, MockSession


class MockEvent(Struct, frozen=True):
    """An event on the wire."""

    id: str
    type: str
    created: int
    object: dict[str, Any]


def wire_of(news: News) -> dict[str, Any]:
    """News as an event carries it."""
    wire: dict[str, Any] = msgspec.to_builtins(news)
    return wire


def refund_news(session: MockSession, made: MockRefund) -> RefundNews:
    """What the mock provider says of a refund."""
    return RefundNews(
        reference=made.reference,
        intent=session.reference.replace("mock_cs_", "mock_pi_"),
        refund_id=UUID(made.idempotency_key),
        amount=made.amount,
        currency=session.currency,
        status=RefundStatus(made.status),
        error=made.error,
    )


def actor_of(organization_id: UUID) -> Actor:
    """The mock provider at work on its own books."""
    return Actor(
        id=UUID(int=0),
        kind=ActorKind.SYSTEM,
        name="mock provider",
        organization_id=organization_id,
        permissions=frozenset(),
    )


def session_news(session: MockSession, now: datetime, url: str) -> SessionNews:
    """What the mock provider says of a session."""
    status = "pending" if session.status == "challenged" else session.status
    if status == "pending" and session.expires_at <= now:
        status = "expired"
    return SessionNews(
        reference=session.reference,
        intent=session.reference.replace("mock_cs_", "mock_pi_"),
        attempt_id=UUID(session.idempotency_key),
        payment_id=session.payment_id,
        amount=session.amount,
        currency=session.currency,
        status=PaymentStatus(status),
        captured=session.captured,
        error=session.error,
        url=url,
        expires_at=session.expires_at,
    )
