"""Payments that are settled in the commit that asks for them: the provider is a till of this house."""

from __future__ import annotations

from typing import Any

from msgspec import structs

from backstay.kernel.database import UnitOfWork
from backstay.kernel.ids import uuid7
from backstay.systems.payments.contracts import Payment, PaymentStatus
from backstay.systems.payments.engines.provider import Till
from backstay.systems.payments.queries import payments as queries
from backstay.systems.payments.service import ledger
from backstay.systems.payments.service.observing import bit, tell
from backstay.systems.payments.service.part import Payments

_FILLED = ("created_at", "version")
"""Written by the statement layer, as they are in the payment."""


def insert(uow: UnitOfWork, payment: Payment) -> None:
    """Write a new payment down."""
    own: dict[str, Any] = structs.asdict(payment)
    own |= {"status": payment.status.value, "capture": payment.capture.value}
    uow.write(queries.INSERT, {name: value for name, value in own.items() if name not in _FILLED})


async def settle(uow: UnitOfWork, till: Till, asked: Payment, source: str | None) -> Payment:
    """Write a new payment down with its attempt, its money and its event, as the till has taken it."""
    attempt_id = uuid7()
    order = uow.part(Payments).order_of(uow.organization_id, asked, attempt_id, asked.expires_at)
    news = await till.take(uow, structs.replace(order, source=source))
    ended = news.status is PaymentStatus.SUCCEEDED
    payment = structs.replace(
        asked, status=news.status, captured=news.captured, settled_at=uow.now() if ended else None
    )
    insert(uow, payment)
    uow.write(
        queries.ADD_ATTEMPT,
        {
            "id": attempt_id,
            "payment_id": payment.id,
            "provider": payment.provider,
            "reference": news.reference,
            "intent": news.intent,
            "status": news.status.value,
            "url": None,
            "captured": news.captured,
            "seen": bit(news.status),
            "error": None,
            "expires_at": order.expires_at,
        },
    )
    if news.captured:
        ledger.book_first(uow, payment, f"{attempt_id}:{news.captured}", news.captured)
    tell(uow, asked, payment)
    return payment
