"""What crosses the border of payments: a payment, its refunds, and what is told of their lives."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated, ClassVar, Final
from uuid import UUID

from msgspec import Meta, Struct

from backstay.kernel.money import MAX_AMOUNT, CurrencyCode
from backstay.systems.jobs import Backoff, Job, JobOptions

Charge = Annotated[
    int, Meta(ge=1, le=MAX_AMOUNT, description="Minor units: cents of EUR, yen of JPY.", examples=[1999])
]
Words = Annotated[str, Meta(min_length=1, max_length=300)]
_Name = Annotated[str, Meta(min_length=1, max_length=40)]
Metadata = Annotated[
    dict[_Name, Annotated[str, Meta(max_length=300)]],
    Meta(max_length=20, description="The caller's own notes; given to the provider, which shows them."),
]
SubjectKind = Annotated[str, Meta(pattern="^[a-z][a-z0-9_.]{0,39}$", examples=["order"])]


class Capture(StrEnum):
    """When the money is taken."""

    AUTOMATIC = "automatic"
    """At once."""
    MANUAL = "manual"
    """Reserved first; taken by `capture`, or let go by `cancel`."""


class PaymentStatus(StrEnum):
    """How far a payment has come. See `RANK`: it never goes back."""

    PENDING = "pending"
    """Nothing was paid yet."""
    PROCESSING = "processing"
    """The customer has done their part; the money is on its way, for days with some means."""
    AUTHORIZED = "authorized"
    """Reserved, and not taken yet."""
    FAILED = "failed"
    """The provider refused it for good. A declined card is no end: the customer may try another."""
    EXPIRED = "expired"
    CANCELED = "canceled"
    SUCCEEDED = "succeeded"
    """Captured: wholly, or as much as was asked for."""
    IN_REVIEW = "in_review"
    """What the provider says does not fit what was asked for: a person has to look."""


RANK: Final = {
    PaymentStatus.PENDING: 0,
    PaymentStatus.PROCESSING: 1,
    PaymentStatus.AUTHORIZED: 2,
    PaymentStatus.FAILED: 3,
    PaymentStatus.EXPIRED: 4,
    PaymentStatus.CANCELED: 5,
    PaymentStatus.SUCCEEDED: 6,
    PaymentStatus.IN_REVIEW: 7,
}
"""News changes a payment only upwards, so in whatever order it comes, the end is the same. Money that came
stands above every end without money: it is there, whatever we had decided."""
OPEN: Final = (PaymentStatus.PENDING, PaymentStatus.PROCESSING, PaymentStatus.AUTHORIZED)


class Payment(Struct, frozen=True):
    """Money asked of somebody for something."""

    id: UUID
    subject_kind: str
    subject_id: str
    """What it is for; it means something to whoever began the payment."""
    amount: int
    """Minor units asked for."""
    currency: CurrencyCode
    description: str
    status: PaymentStatus
    capture: Capture
    provider: str
    session_url: str | None
    """Where the customer pays; null until the provider has opened a session, and between two of them."""
    return_url: str
    """Where the customer goes afterwards."""
    customer_email: str | None
    metadata: dict[str, str]
    discounts: dict[str, int]
    """Minor units taken off before `amount`, by the code or name of what took them off."""
    captured: int
    """Minor units taken."""
    refunding: int
    """Of them, asked to be given back, and not yet confirmed."""
    refunded: int
    capture_requested: int | None
    """Minor units that are to be captured; null while nobody has asked."""
    review_reason: str | None
    last_error: str | None
    """Why the latest attempt to pay failed, in the provider's words."""
    expires_at: datetime
    """Until when it can be paid. A provider's session may live shorter and is opened anew."""
    settled_at: datetime | None
    """When it first reached an end or was captured."""
    created_at: datetime
    version: int

    @property
    def refundable(self) -> int:
        """Minor units that can still be given back."""
        return self.captured - self.refunded - self.refunding


class RefundStatus(StrEnum):
    """How far a refund has come. It may fail after it succeeded: a bank can send the money back."""

    PENDING = "pending"
    SUCCEEDED = "succeeded"
    FAILED = "failed"


REFUND_RANK: Final = {RefundStatus.PENDING: 0, RefundStatus.SUCCEEDED: 1, RefundStatus.FAILED: 2}


class Refund(Struct, frozen=True):
    """Money given back."""

    id: UUID
    payment_id: UUID
    amount: int
    reason: str
    status: RefundStatus
    error: str | None
    """Why it failed."""
    created_at: datetime
    settled_at: datetime | None


class RefundLine(Struct, frozen=True):
    """A refund in a list, with what it is of."""

    id: UUID
    payment_id: UUID
    subject_kind: str
    subject_id: str
    """What was paid for."""
    amount: int
    currency: CurrencyCode
    reason: str
    status: RefundStatus
    error: str | None
    created_at: datetime
    settled_at: datetime | None


class Attempt(Struct, frozen=True):
    """One session with the provider in which a payment can be paid."""

    id: UUID
    reference: str | None
    """The provider's id of the session; null until it has answered."""
    intent: str | None
    """The provider's id of the payment within it."""
    status: PaymentStatus
    url: str | None
    captured: int
    seen: int
    """Which statuses it was ever said to have had: a bit for each rank. News only adds bits."""
    error: str | None
    expires_at: datetime
    created_at: datetime


class EventStatus(StrEnum):
    """What became of a provider's event."""

    APPLIED = "applied"
    PARKED = "parked"
    """It speaks of something not known yet; tried again until it is."""
    DROPPED = "dropped"
    """Given up after days of parking: something else shares the provider's account."""


class ProviderEvent(Struct, frozen=True):
    """What a provider told, once."""

    id: UUID
    provider: str
    event_id: str
    type: str
    reference: str
    """The provider's id of what it speaks of."""
    payment_id: UUID | None
    status: EventStatus
    tries: int
    note: str
    """What it changed, or why it is parked."""
    told_at: datetime
    """When it happened, by the provider's clock."""
    created_at: datetime
    """When it came."""


class LedgerEntry(Struct, frozen=True):
    """One side of a transaction. The two sides of each add up to zero."""

    transaction_id: UUID
    kind: str
    account: str
    currency: CurrencyCode
    amount: int
    """Minor units; positive for a debit, negative for a credit."""
    created_at: datetime


class Balance(Struct, frozen=True):
    """Where an account of the money ledger stands."""

    account: str
    currency: CurrencyCode
    balance: int
    """Minor units; all accounts of a currency add up to zero."""


class PaymentStory(Struct, frozen=True, kw_only=True):
    """A payment with everything that is known of it."""

    payment: Payment
    attempts: list[Attempt]
    refunds: list[Refund]
    events: list[ProviderEvent]
    entries: list[LedgerEntry]


_PATIENT: Final = JobOptions(
    queue="payments", max_attempts=20, max_crashes=20, backoff=Backoff(base=2.0, cap=3600.0), breaker=False
)


class OpenSession(Job, frozen=True, kw_only=True):
    """Ask the provider for a page on which a payment can be paid."""

    options: ClassVar[JobOptions] = _PATIENT
    payment_id: UUID


class CloseSession(Job, frozen=True, kw_only=True):
    """Tell the provider that a payment is not wanted any more: close its page, release what is reserved."""

    options: ClassVar[JobOptions] = _PATIENT
    payment_id: UUID


class CapturePayment(Job, frozen=True, kw_only=True):
    """Take what was reserved."""

    options: ClassVar[JobOptions] = _PATIENT
    payment_id: UUID


class SendRefund(Job, frozen=True, kw_only=True):
    """Ask the provider to give money back."""

    options: ClassVar[JobOptions] = _PATIENT
    refund_id: UUID


class SyncPayment(Job, frozen=True, kw_only=True):
    """Read what the provider has and let the payment follow it."""

    options: ClassVar[JobOptions] = _PATIENT
    payment_id: UUID


class ReplayParked(Job, frozen=True, kw_only=True):
    """Try a parked event again."""

    options: ClassVar[JobOptions] = _PATIENT
    event_id: UUID


class ExpireOverdue(Job, frozen=True, kw_only=True):
    """Expire payments whose time is over, and open sessions anew for those that outlive theirs."""


class Reconcile(Job, frozen=True, kw_only=True):
    """Compare what the provider has with what we have written down."""

    options: ClassVar[JobOptions] = JobOptions(queue="payments", max_attempts=3, timeout=600.0)


class DeliverMockEvent(Job, frozen=True, kw_only=True):
    """Hand one event of the mock provider to the webhook, as a real one would."""

    options: ClassVar[JobOptions] = JobOptions(
        queue="payments", max_attempts=10, backoff=Backoff(base=0.5, cap=5.0), breaker=False
    )
    body: str
