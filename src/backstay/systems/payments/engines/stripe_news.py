"""What Stripe's objects say, in the house's words and minor units."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

import msgspec

from backstay.systems.payments.contracts import Capture, PaymentStatus, RefundStatus
from backstay.systems.payments.engines.provider import News, RefundNews, SessionNews
from backstay.systems.payments.errors import ProviderRefused

PAYMENT: Final = "backstay_payment"
ATTEMPT: Final = "backstay_attempt"
REFUND: Final = "backstay_refund"
CAPTURE: Final = "backstay_capture"
"""Names of our own in Stripe's metadata."""
_SCALES: Final = {"ISK": (100, 1), "UGX": (100, 1), "MGA": (1, 100)}
"""Where Stripe's smallest unit is another than ISO 4217's: (multiply, divide).
Source: https://docs.stripe.com/currencies, "Special cases" and "Zero-decimal currencies"."""
_INTENTS: Final = {
    "processing": PaymentStatus.PROCESSING,
    "requires_capture": PaymentStatus.AUTHORIZED,
    "succeeded": PaymentStatus.SUCCEEDED,
    "canceled": PaymentStatus.CANCELED,
}
_REFUNDS: Final = {
    "succeeded": RefundStatus.SUCCEEDED,
    "failed": RefundStatus.FAILED,
    "canceled": RefundStatus.FAILED,
}


def to_stripe(amount: int, currency: str) -> int:
    """Stripe's smallest units.

    Raises:
        ProviderRefused: Stripe cannot take so fine an amount.
    """
    times, over = _SCALES.get(currency, (1, 1))
    scaled, rest = divmod(amount * times, over)
    if rest:
        raise ProviderRefused(f"Stripe takes no {amount} minor units of {currency}: only whole {currency}")
    return scaled


def from_stripe(amount: int, currency: str) -> int:
    """Minor units of ISO 4217."""
    times, over = _SCALES.get(currency, (1, 1))
    return amount * over // times


def session_news(session: dict[str, Any]) -> SessionNews:
    """What a Checkout Session says; it says all if its PaymentIntent is in it."""
    currency = str(session["currency"]).upper()
    total = from_stripe(session["amount_total"], currency)
    intent = session.get("payment_intent")
    known = intent if isinstance(intent, dict) else None
    status, captured, error, doubt = _session_status(session, known, total)
    metadata = session.get("metadata") or {}
    return SessionNews(
        reference=session["id"],
        intent=known["id"] if known is not None else intent,
        attempt_id=_uuid(metadata.get(ATTEMPT)),
        payment_id=_uuid(metadata.get(PAYMENT)),
        amount=total,
        currency=currency,
        status=status,
        captured=captured,
        error=error,
        doubt=doubt,
        url=session.get("url"),
        expires_at=datetime.fromtimestamp(session["expires_at"], UTC),
    )


def _session_status(
    session: dict[str, Any], intent: dict[str, Any] | None, total: int
) -> tuple[PaymentStatus, int, str | None, bool]:
    """The status, what was captured, the latest error, and whether it must be read to be sure."""
    complete = session["status"] == "complete"
    if session["status"] == "expired":
        return PaymentStatus.EXPIRED, 0, None, False
    if intent is not None:
        news = intent_news(intent)
        if complete and news.status is PaymentStatus.PENDING:
            return PaymentStatus.FAILED, 0, news.error or "the payment did not come", False
        return news.status, news.captured, news.error, False
    manual = (session.get("metadata") or {}).get(CAPTURE) == Capture.MANUAL.value
    if complete and session["payment_status"] == "paid" and not manual:
        return PaymentStatus.SUCCEEDED, total, None, False
    return PaymentStatus.PENDING, 0, None, complete


def intent_news(intent: dict[str, Any]) -> SessionNews:
    """What a PaymentIntent says."""
    currency = str(intent["currency"]).upper()
    error = intent.get("last_payment_error") or {}
    metadata = intent.get("metadata") or {}
    return SessionNews(
        reference=None,
        intent=intent["id"],
        attempt_id=_uuid(metadata.get(ATTEMPT)),
        payment_id=_uuid(metadata.get(PAYMENT)),
        amount=from_stripe(intent["amount"], currency),
        currency=currency,
        status=_INTENTS.get(intent["status"], PaymentStatus.PENDING),
        captured=from_stripe(intent.get("amount_received") or 0, currency),
        error=error.get("message"),
    )


def refund_news(refund: dict[str, Any]) -> RefundNews:
    """What a Refund says."""
    currency = str(refund["currency"]).upper()
    return RefundNews(
        reference=refund["id"],
        intent=refund.get("payment_intent") or "",
        refund_id=_uuid((refund.get("metadata") or {}).get(REFUND)),
        amount=from_stripe(refund["amount"], currency),
        currency=currency,
        status=_REFUNDS.get(refund["status"], RefundStatus.PENDING),
        error=refund.get("failure_reason"),
    )


def news_of(type_: str, about: dict[str, Any]) -> News | None:
    """What an event of this type says of its object; None when it is no business of ours."""
    match type_.rpartition(".")[0]:
        case "checkout.session" if about["mode"] == "payment":
            news = session_news(about)
            if type_.endswith("async_payment_failed"):
                words = "the payment did not come"
                return msgspec.structs.replace(news, status=PaymentStatus.FAILED, error=words, doubt=False)
            return news
        case "payment_intent":
            return intent_news(about)
        case "refund":
            return refund_news(about)
        case _:
            return None


def _uuid(text: object) -> UUID | None:
    try:
        return UUID(text) if isinstance(text, str) else None
    except ValueError:
        return None
