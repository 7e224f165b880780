"""Refunds: reserved under the payment's row, sent after the commit, settled by what the provider says."""

from __future__ import annotations

from uuid import UUID

from backstay.kernel.database import ListRequest, Page, Reader, UnitOfWork
from backstay.kernel.ids import uuid7
from backstay.kernel.trail import record
from backstay.systems.payments.contracts import (
    REFUND_RANK,
    Payment,
    PaymentStatus,
    Refund,
    RefundLine,
    RefundStatus,
    SendRefund,
)
from backstay.systems.payments.engines.provider import RefundNews
from backstay.systems.payments.errors import RefundKeyReused, RefundTooLarge
from backstay.systems.payments.events import RefundFailed, RefundSucceeded
from backstay.systems.payments.queries import payments as queries
from backstay.systems.payments.queries.payments import OwnRefund
from backstay.systems.payments.service import ledger
from backstay.systems.payments.service.ledger import Kind
from backstay.systems.payments.service.observing import about, move
from backstay.systems.payments.service.payments import locked


async def list_(reader: Reader, request: ListRequest) -> Page[RefundLine]:
    """The organization's refunds."""
    return await reader.page(queries.REFUND_LIST, request)


async def refund(uow: UnitOfWork, payment_id: UUID, amount: int, *, key: str, reason: str) -> Refund:
    """Give money back. A job asks the provider after the commit; `RefundSucceeded` or `RefundFailed` follows.

    Args:
        uow: whose commit it is.
        payment_id: whose money.
        amount: minor units, 1 or more.
        key: the caller's name for this refund: asked for again, it is the same one.
        reason: for people.

    Raises:
        NoSuchPayment: there is none.
        RefundTooLarge: all refunds, those under way included, would exceed what was captured.
        RefundKeyReused: the key belongs to a refund of another amount.
    """
    payment = await locked(uow, payment_id)
    known = await uow.first(queries.REFUND_BY_KEY, payment_id=payment_id, key=key)
    if known is not None:
        if known.amount != amount:
            raise RefundKeyReused(amount=known.amount)
        return known
    made = await _reserve(uow, payment, amount, key=key, reason=reason, reference=None)
    if made is None:
        raise RefundTooLarge(refundable=payment.refundable)
    await SendRefund(refund_id=made.id).enqueue(uow)
    record(
        uow,
        "payments.refund_requested",
        subject=("payment", payment_id),
        after={"refund": made.id, "amount": amount, "currency": payment.currency},
    )
    return _told(made)


async def adopt(uow: UnitOfWork, payment_id: UUID, news: RefundNews) -> str:
    """Follow a refund that somebody made at the provider itself; what changed, in words."""
    payment = await locked(uow, payment_id)
    key = f"provider:{news.reference}"
    known = await uow.first(queries.REFUND_BY_KEY, payment_id=payment_id, key=key)
    if known is None:
        if news.status is RefundStatus.FAILED:
            return "a refund made at the provider, which failed"
        words = "refunded at the provider"
        made = await _reserve(uow, payment, news.amount, key=key, reason=words, reference=news.reference)
        if made is None:
            why = f"{news.amount} were refunded at the provider, and only {payment.refundable} were left"
            await move(uow, payment, PaymentStatus.IN_REVIEW, review=why)
            return f"does not fit: {why}"
        known = _told(made)
    return await settle(uow, known.id, news)


async def settle(uow: UnitOfWork, refund_id: UUID, news: RefundNews) -> str:
    """Let a refund follow what its provider says; what changed, in words."""
    found = await uow.one(queries.REFUND, id=refund_id)
    payment = await locked(uow, found.payment_id)
    found = await uow.one(queries.REFUND, id=refund_id)  # as it is now that the row is held
    if (news.amount, news.currency) != (found.amount, payment.currency):
        why = f"refund {found.id}: asked for {found.amount}, and the provider says {news.amount}"
        await move(uow, payment, PaymentStatus.IN_REVIEW, review=f"{why} {news.currency}")
        return f"does not fit: {why}"
    before = RefundStatus(found.status)
    after = news.status if REFUND_RANK[news.status] > REFUND_RANK[before] else before
    if after is before and found.reference is not None:
        return "changed nothing"
    settled = await uow.one(
        queries.MOVE_REFUND,
        id=found.id,
        status=after.value,
        reference=found.reference or news.reference,
        error=news.error if after is RefundStatus.FAILED else None,
        settled_at=found.settled_at if after is before else uow.now(),
    )
    if after is not before:
        await _book(uow, payment, settled, before)
    return f"refund {before} to {after}"


async def give_up(uow: UnitOfWork, refund_id: UUID, why: str) -> None:
    """The provider refused a refund for good: what was reserved for it can be refunded again."""
    found = await uow.one(queries.REFUND, id=refund_id)
    payment = await locked(uow, found.payment_id)
    news = RefundNews(
        reference=found.reference or "",
        intent="",
        refund_id=refund_id,
        amount=found.amount,
        currency=payment.currency,
        status=RefundStatus.FAILED,
        error=why,
    )
    await settle(uow, refund_id, news)


async def _reserve(
    uow: UnitOfWork, payment: Payment, amount: int, *, key: str, reason: str, reference: str | None
) -> OwnRefund | None:
    """The refund, and its money set aside; None when there is not so much left."""
    if amount < 1 or await uow.first(queries.RESERVE_REFUND, id=payment.id, amount=amount) is None:
        return None
    made = await uow.one(
        queries.ADD_REFUND,
        id=uuid7(),
        payment_id=payment.id,
        amount=amount,
        reason=reason,
        key=key,
        reference=reference,
    )
    await ledger.book(uow, payment, Kind.REFUND_REQUESTED, str(made.id), amount)
    return made


async def _book(uow: UnitOfWork, payment: Payment, settled: Refund, before: RefundStatus) -> None:
    amount, fact = settled.amount, str(settled.id)
    waiting, arrived = -amount if before is RefundStatus.PENDING else 0, 0
    if settled.status is RefundStatus.SUCCEEDED:
        kind, arrived = Kind.REFUND_SETTLED, amount
    elif before is RefundStatus.PENDING:
        kind = Kind.REFUND_RETURNED
    else:
        kind, arrived = Kind.REFUND_REVERSED, -amount
    after = await uow.one(queries.SETTLE_REFUND, id=payment.id, refunding=waiting, refunded=arrived)
    await ledger.book(uow, after, kind, fact, amount)
    said = {**about(after), "refund_id": settled.id, "refund": amount}
    if settled.status is RefundStatus.SUCCEEDED:
        uow.publish(RefundSucceeded(**said))
    else:
        uow.publish(RefundFailed(**said, reason=settled.error or "the provider gives no reason"))


def _told(made: OwnRefund) -> Refund:
    fields = {name: getattr(made, name) for name in Refund.__struct_fields__}
    return Refund(**{**fields, "status": RefundStatus(made.status)})
