"""Payments as the rest of a product uses them: begin, look, capture, cancel, let expire."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from urllib.parse import urlsplit
from uuid import UUID

from backstay.kernel.database import ListRequest, Page, Reader, UnitOfWork
from backstay.kernel.errors import FieldError, Invalid
from backstay.kernel.ids import uuid7
from backstay.kernel.money import MAX_AMOUNT, UnknownCurrency, exponent
from backstay.kernel.trail import record
from backstay.systems.payments.contracts import (
    RANK,
    Capture,
    CapturePayment,
    CloseSession,
    OpenSession,
    Payment,
    PaymentStatus,
    PaymentStory,
)
from backstay.systems.payments.engines.provider import Source
from backstay.systems.payments.errors import CaptureTooLarge, NoSuchPayment, NotCancelable, NotCapturable
from backstay.systems.payments.queries import events, ledger
from backstay.systems.payments.queries import payments as queries
from backstay.systems.payments.service import at_once
from backstay.systems.payments.service.observing import move
from backstay.systems.payments.service.part import Payments

_LONGEST_URL = 2000


async def begin(
    uow: UnitOfWork,
    *,
    subject: tuple[str, str],
    amount: int,
    currency: str,
    description: str,
    return_url: str,
    expires_at: datetime,
    customer_email: str | None = None,
    capture: Capture = Capture.AUTOMATIC,
    metadata: Mapping[str, str] | None = None,
    discounts: Mapping[str, int] | None = None,
    source: Source | None = None,
) -> Payment:
    """Ask for money. Nothing leaves before the commit; then a job opens a session at the provider.

    Where the provider is a till of this house, the payment is settled with this commit, and says so.

    Args:
        uow: whose commit it is.
        subject: what it is for, as a kind and an id of the caller's.
        amount: minor units, 1 or more.
        currency: ISO 4217.
        description: what the customer reads on the page.
        return_url: where the customer goes afterwards; http or https.
        expires_at: until when it can be paid.
        customer_email: filled in for the customer, where the provider can.
        capture: whether the money is taken at once, or reserved.
        metadata: given to the provider, which shows it to staff.
        discounts: minor units that were taken off before `amount`, by code or name; the provider's page
            shows them, and the price before them.
        source: a module's own till that is to pay, instead of the deployment's provider.

    Raises:
        NoSuchProvider: no module registered the source's.
        Invalid: a value cannot be used; names every one.
    """
    before = amount + sum((discounts or {}).values())
    _refuse_unusable(
        uow, amount=amount, before=before, currency=currency, return_url=return_url, expires_at=expires_at
    )
    payment_id = uuid7()
    part = uow.part(Payments)
    provider, till = part.taker(source)
    made = Payment(
        id=payment_id,
        subject_kind=subject[0],
        subject_id=str(subject[1]),
        amount=amount,
        currency=currency,
        description=description,
        status=PaymentStatus.PENDING,
        capture=capture,
        provider=provider,
        session_url=None,
        return_url=return_url,
        customer_email=customer_email,
        metadata=dict(metadata or {}),
        discounts=dict(discounts or {}),
        captured=0,
        refunding=0,
        refunded=0,
        capture_requested=None,
        review_reason=None,
        last_error=None,
        expires_at=expires_at,
        settled_at=None,
        created_at=uow.now(),
        version=1,
    )
    if till is not None:
        return await at_once.settle(uow, till, made, None if source is None else source.reference)
    await OpenSession(payment_id=payment_id).enqueue(uow)
    at_once.insert(uow, made)
    return made


def note_request(uow: UnitOfWork, payment: Payment) -> None:
    """Leave a record that staff asked for money; what a shopper owes is in the record of what they bought."""
    record(
        uow,
        "payments.payment_requested",
        subject=("payment", payment.id),
        after={"amount": payment.amount, "currency": payment.currency, "for": payment.subject_kind},
    )


def _refuse_unusable(
    uow: UnitOfWork, *, amount: int, before: int, currency: str, return_url: str, expires_at: datetime
) -> None:
    errors = []

    def refuse(pointer: str, code: str, message: str) -> None:
        errors.append(FieldError(pointer=pointer, code=code, message=message))

    if not 1 <= amount <= MAX_AMOUNT:
        refuse("/amount", "range", f"Between 1 and {MAX_AMOUNT} minor units.")
    if before > MAX_AMOUNT:
        refuse("/discounts", "range", f"At most {MAX_AMOUNT} minor units together with the amount.")
    try:
        exponent(currency)
    except UnknownCurrency:
        refuse("/currency", "choice", "An ISO 4217 code of money in use, such as EUR.")
    try:
        parts = urlsplit(return_url)
        fit = parts.scheme in {"http", "https"} and bool(parts.hostname) and return_url.isprintable()
    except ValueError:
        fit = False
    if not fit or not return_url.isascii() or " " in return_url or len(return_url) > _LONGEST_URL:
        refuse("/return_url", "format", "An absolute http or https URL.")
    if expires_at <= uow.now():
        refuse("/expires_at", "range", "A moment in the future.")
    if errors:
        raise Invalid(*errors)


async def find(reader: Reader, payment_id: UUID) -> Payment:
    """The payment.

    Raises:
        NoSuchPayment: there is none.
    """
    payment = await reader.first(queries.GET, id=payment_id)
    if payment is None:
        raise NoSuchPayment
    return payment


async def of_subject(reader: Reader, subject: tuple[str, str]) -> list[Payment]:
    """Every payment for something, the oldest first."""
    return await reader.all(queries.OF_SUBJECT, kind=subject[0], subject_id=str(subject[1]))


async def list_(reader: Reader, request: ListRequest) -> Page[Payment]:
    """The organization's payments."""
    return await reader.page(queries.LIST, request)


async def story(reader: Reader, payment_id: UUID) -> PaymentStory:
    """A payment with everything that is known of it.

    Raises:
        NoSuchPayment: there is none.
    """
    return PaymentStory(
        payment=await find(reader, payment_id),
        attempts=await reader.all(queries.ATTEMPTS, payment_id=payment_id),
        refunds=await reader.all(queries.REFUNDS, payment_id=payment_id),
        events=await reader.all(events.OF_PAYMENT, payment_id=payment_id),
        entries=await reader.all(ledger.OF_PAYMENT, payment_id=payment_id),
    )


async def locked(uow: UnitOfWork, payment_id: UUID) -> Payment:
    """The payment, with its row held.

    Raises:
        NoSuchPayment: there is none.
    """
    payment = await uow.first(queries.LOCK, id=payment_id)
    if payment is None:
        raise NoSuchPayment
    return payment


async def capture(uow: UnitOfWork, payment_id: UUID, amount: int | None = None) -> Payment:
    """Take what is reserved, or a part of it; the rest is let go. A job asks the provider after the commit.

    Raises:
        NoSuchPayment: there is none.
        NotCapturable: it is not authorized, or its capture was asked for already.
        CaptureTooLarge: more than was authorized.
    """
    payment = await locked(uow, payment_id)
    if payment.status is not PaymentStatus.AUTHORIZED or payment.capture_requested is not None:
        raise NotCapturable(payment_status=payment.status.value)
    wanted = payment.amount if amount is None else amount
    if not 1 <= wanted <= payment.amount:
        raise CaptureTooLarge(authorized=payment.amount)
    asked = await uow.one(queries.ASK_CAPTURE, id=payment_id, amount=wanted)
    await CapturePayment(payment_id=payment_id).enqueue(uow)
    record(
        uow,
        "payments.capture_requested",
        subject=("payment", payment_id),
        after={"amount": wanted, "currency": payment.currency},
    )
    return asked


async def cancel(uow: UnitOfWork, payment_id: UUID) -> Payment:
    """Want it no more: the page is closed, what is reserved is let go, by a job after the commit.

    Money that comes all the same is told by `PaymentSucceeded` with `late`. A payment that has
    ended without money stays as it is.

    Raises:
        NoSuchPayment: there is none.
        NotCancelable: the money was taken, or its capture was asked for.
    """
    payment = await locked(uow, payment_id)
    if payment.captured or payment.capture_requested is not None:
        raise NotCancelable(payment_status=payment.status.value)
    if RANK[payment.status] >= RANK[PaymentStatus.FAILED]:
        return payment
    record(uow, "payments.payment_canceled", subject=("payment", payment_id))
    return await _end(uow, payment, PaymentStatus.CANCELED)


async def expire(uow: UnitOfWork, payment_id: UUID) -> Payment:
    """Let it expire if nobody has paid; a payment whose money is reserved, on its way or there stays.

    Look at what is returned: its status says whether it has expired.

    Raises:
        NoSuchPayment: there is none.
    """
    payment = await locked(uow, payment_id)
    if payment.status is not PaymentStatus.PENDING:
        return payment
    return await _end(uow, payment, PaymentStatus.EXPIRED)


async def _end(uow: UnitOfWork, payment: Payment, status: PaymentStatus) -> Payment:
    moved = await move(uow, payment, status)
    await CloseSession(payment_id=payment.id).enqueue(uow)
    return moved
