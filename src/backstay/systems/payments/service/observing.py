"""What providers say becomes what we know: a join, so that order, repetition and lateness do not matter."""

from __future__ import annotations

from functools import reduce
from typing import Any, Final
from uuid import UUID

from msgspec import structs

from backstay.kernel.database import UnitOfWork
from backstay.systems.payments.contracts import (
    OPEN,
    RANK,
    Attempt,
    Capture,
    CapturePayment,
    CloseSession,
    Payment,
    PaymentStatus,
    SyncPayment,
)
from backstay.systems.payments.engines.provider import SessionNews
from backstay.systems.payments.events import (
    PaymentAuthorized,
    PaymentCanceled,
    PaymentEvent,
    PaymentExpired,
    PaymentFailed,
    PaymentInReview,
    PaymentSucceeded,
)
from backstay.systems.payments.queries import payments as queries
from backstay.systems.payments.service import ledger

_ENDED: Final = (PaymentStatus.EXPIRED, PaymentStatus.CANCELED, PaymentStatus.FAILED)


def bit(status: PaymentStatus) -> int:
    """Its place in `Attempt.seen`."""
    return 1 << RANK[status]


def status_of(attempt: Attempt) -> PaymentStatus:
    """What an attempt alone makes of its payment."""

    def was(status: PaymentStatus) -> bool:
        return bool(attempt.seen & bit(status))

    if attempt.captured:
        return PaymentStatus.SUCCEEDED
    if was(PaymentStatus.FAILED):
        return PaymentStatus.FAILED
    if was(PaymentStatus.AUTHORIZED):
        # What was reserved and let go is over; a page that was only closed may be followed by another.
        ended = was(PaymentStatus.CANCELED) or was(PaymentStatus.EXPIRED)
        return PaymentStatus.CANCELED if ended else PaymentStatus.AUTHORIZED
    return PaymentStatus.PROCESSING if was(PaymentStatus.PROCESSING) else PaymentStatus.PENDING


def mismatch(payment: Payment, attempt: Attempt, news: SessionNews) -> str | None:
    """Why the news cannot be about this payment as we asked for it; None when it fits."""
    if news.payment_id not in {None, payment.id} or news.attempt_id not in {None, attempt.id}:
        return "the provider says that this is another payment"
    if None not in {news.reference, attempt.reference} and news.reference != attempt.reference:
        return f"a second session {news.reference} claims to be this one"
    if news.currency != payment.currency:
        return f"asked for {payment.currency}, and the provider says {news.currency}"
    if news.amount != payment.amount:
        return f"asked for {payment.amount}, and the provider says {news.amount}"
    whole = payment.capture is Capture.AUTOMATIC
    if news.captured > payment.amount or (whole and news.captured not in {0, payment.amount}):
        return f"asked for {payment.amount}, and {news.captured} were captured"
    return None


async def observe(uow: UnitOfWork, payment_id: UUID, attempt_id: UUID, news: SessionNews) -> str:
    """Let an attempt and its payment follow what a provider says; what changed, in words."""
    payment = await uow.one(queries.LOCK, id=payment_id)
    attempt = await uow.one(queries.ATTEMPT, id=attempt_id)
    wrong = mismatch(payment, attempt, news)
    if wrong is not None:
        await move(uow, payment, PaymentStatus.IN_REVIEW, review=wrong)
        return f"does not fit: {wrong}"
    after = _joined(attempt, news)
    if after != attempt:
        await uow.execute(
            queries.SET_ATTEMPT,
            id=attempt.id,
            reference=after.reference,
            intent=after.intent,
            status=after.status.value,
            url=after.url,
            captured=after.captured,
            seen=after.seen,
            error=after.error,
            expires_at=after.expires_at,
        )
    if news.doubt:
        await SyncPayment(payment_id=payment_id).enqueue(uow)
    return await _follow(uow, payment, attempt, after)


def _joined(attempt: Attempt, news: SessionNews) -> Attempt:
    seen = attempt.seen | (0 if news.doubt else bit(news.status))
    status = max((one for one in RANK if seen & bit(one)), key=RANK.__getitem__, default=attempt.status)
    return structs.replace(
        attempt,
        reference=attempt.reference or news.reference,
        intent=attempt.intent or news.intent,
        seen=seen,
        status=status,
        captured=max(attempt.captured, news.captured),
        url=attempt.url or news.url,
        error=news.error or attempt.error,
        expires_at=attempt.expires_at if news.expires_at is None else news.expires_at,
    )


async def _follow(uow: UnitOfWork, payment: Payment, before: Attempt, after: Attempt) -> str:
    every = await uow.all(queries.ATTEMPTS, payment_id=payment.id)
    captured = sum(one.captured for one in every)
    status = reduce(higher, (status_of(one) for one in every), payment.status)
    review = None
    if captured > payment.amount:
        status, review = (
            PaymentStatus.IN_REVIEW,
            f"paid twice: {captured} came, and {payment.amount} were asked",
        )
    open_url = next(
        (one.url for one in reversed(every) if one.status is PaymentStatus.PENDING and one.url), None
    )
    failed_anew = after.error is not None and after.error != before.error
    error = after.error if failed_anew else payment.last_error
    moved = await move(uow, payment, status, captured=captured, review=review, error=error, url=open_url)
    if after.captured > before.captured:
        fact = f"{after.id}:{after.captured}"
        await ledger.book(uow, moved, ledger.Kind.CAPTURE, fact, after.captured - before.captured)
    if failed_anew and moved.status is PaymentStatus.PENDING:
        _publish(uow, moved, PaymentFailed, reason=str(after.error), final=False)
    reserved = status_of(after) is PaymentStatus.AUTHORIZED
    opened = after.status is PaymentStatus.PENDING and before.reference is None
    if (reserved or opened) and moved.status in _ENDED:
        # The provider was still at it when we had let the payment go.
        await CloseSession(payment_id=payment.id).enqueue(uow)
    elif reserved and moved.capture_requested is not None:
        await CapturePayment(payment_id=payment.id).enqueue(uow)
    if moved.version == payment.version:
        return "changed nothing"
    return f"{payment.status} to {moved.status}" if payment.status is not moved.status else "noted"


def higher(one: PaymentStatus, other: PaymentStatus) -> PaymentStatus:
    """The one that stands above."""
    return one if RANK[one] >= RANK[other] else other


async def move(
    uow: UnitOfWork,
    payment: Payment,
    status: PaymentStatus,
    *,
    captured: int | None = None,
    review: str | None = None,
    error: str | None = None,
    url: str | None = None,
) -> Payment:
    """Write down where a payment stands now, and tell it if it is somewhere else than before.

    Args:
        uow: holds the payment's row.
        payment: as it was.
        status: where it may go; it never goes down.
        captured: as it is now; as it was when not given.
        review: why a person must look; the first reason stays.
        error: why the latest attempt failed.
        url: where it can be paid, if it still can.
    """
    status = higher(payment.status, status)
    taken = payment.captured if captured is None else captured
    ended = status not in OPEN
    values = {
        "status": status.value,
        "captured": taken,
        "review_reason": payment.review_reason or review,
        "last_error": error if error is not None else payment.last_error,
        "session_url": url if status is PaymentStatus.PENDING else None,
        "settled_at": (payment.settled_at or uow.now()) if ended else None,
    }
    present = {**{name: getattr(payment, name) for name in values}, "status": payment.status.value}
    if values == present:
        return payment
    moved = await uow.one(queries.MOVE, id=payment.id, **values)
    if moved.status is not payment.status:
        tell(uow, payment, moved)
    return moved


def tell(uow: UnitOfWork, before: Payment, after: Payment) -> None:
    """Publish where a payment stands now."""
    match after.status:
        case PaymentStatus.AUTHORIZED:
            _publish(uow, after, PaymentAuthorized)
        case PaymentStatus.FAILED:
            _publish(uow, after, PaymentFailed, reason=after.last_error or "refused", final=True)
        case PaymentStatus.EXPIRED:
            _publish(uow, after, PaymentExpired)
        case PaymentStatus.CANCELED:
            _publish(uow, after, PaymentCanceled)
        case PaymentStatus.SUCCEEDED:
            _publish(uow, after, PaymentSucceeded, captured=after.captured, late=before.status in _ENDED)
        case PaymentStatus.IN_REVIEW:
            _publish(uow, after, PaymentInReview, reason=after.review_reason or "")
        case PaymentStatus.PENDING | PaymentStatus.PROCESSING:
            pass


def about(payment: Payment) -> dict[str, Any]:
    """What every event of a payment says."""
    return {
        "payment_id": payment.id,
        "subject_kind": payment.subject_kind,
        "subject_id": payment.subject_id,
        "amount": payment.amount,
        "currency": payment.currency,
    }


def _publish(uow: UnitOfWork, payment: Payment, kind: type[PaymentEvent], **more: Any) -> None:
    uow.publish(kind(**about(payment), **more))
