"""What happens to payments."""

from __future__ import annotations

from typing import ClassVar
from uuid import UUID

from typing_extensions import override

from backstay.kernel.event import Event


class PaymentEvent(Event, frozen=True, kw_only=True):
    """Something happened to a payment."""

    payment_id: UUID
    subject_kind: str
    subject_id: str
    amount: int
    """Minor units asked for."""
    currency: str

    @override
    def subject(self) -> str:
        """The payment: its events are told in their order."""
        return str(self.payment_id)


class PaymentSucceeded(PaymentEvent, frozen=True, kw_only=True):
    """The money was taken. Told once a payment."""

    type: ClassVar[str] = "payments.payment_succeeded"
    captured: int
    """Minor units; less than `amount` where only a part was captured."""
    late: bool = False
    """The payment had been canceled or had expired before: the money came all the same."""


class PaymentAuthorized(PaymentEvent, frozen=True, kw_only=True):
    """The money is reserved."""

    type: ClassVar[str] = "payments.payment_authorized"


class PaymentFailed(PaymentEvent, frozen=True, kw_only=True):
    """An attempt failed. The customer may try again unless it is final."""

    type: ClassVar[str] = "payments.payment_failed"
    reason: str
    final: bool


class PaymentCanceled(PaymentEvent, frozen=True, kw_only=True):
    """It is not wanted any more; what was reserved is let go."""

    type: ClassVar[str] = "payments.payment_canceled"


class PaymentExpired(PaymentEvent, frozen=True, kw_only=True):
    """Its time was over before anybody paid."""

    type: ClassVar[str] = "payments.payment_expired"


class PaymentInReview(PaymentEvent, frozen=True, kw_only=True):
    """What the provider says does not fit what was asked for."""

    type: ClassVar[str] = "payments.payment_in_review"
    reason: str


class RefundEvent(PaymentEvent, frozen=True, kw_only=True):
    """Something happened to a refund."""

    refund_id: UUID
    refund: int
    """Minor units of the refund."""


class RefundSucceeded(RefundEvent, frozen=True, kw_only=True):
    """The money was given back."""

    type: ClassVar[str] = "payments.refund_succeeded"


class RefundFailed(RefundEvent, frozen=True, kw_only=True):
    """The money was not given back, and can be refunded again."""

    type: ClassVar[str] = "payments.refund_failed"
    reason: str
