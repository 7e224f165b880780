"""Stripe: Checkout Sessions to pay on, PaymentIntents to capture and to let go, refunds, signed events."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import UUID

import msgspec
from msgspec import Struct

from backstay.kernel.settings import Secret
from backstay.systems.payments.contracts import Capture, PaymentStatus, RefundStatus
from backstay.systems.payments.engines import signature
from backstay.systems.payments.engines.provider import Held, News, Order, RefundNews, SessionNews, Told
from backstay.systems.payments.engines.stripe_client import StripeClient
from backstay.systems.payments.errors import BadEvent, ProviderRefused

HEADER: Final = "stripe-signature"
_PAYMENT: Final = "backstay_payment"
_ATTEMPT: Final = "backstay_attempt"
_REFUND: Final = "backstay_refund"
_CAPTURE: Final = "backstay_capture"
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
_EXPANDED: Final = ["payment_intent"]


class StripeAccount(Struct, frozen=True, kw_only=True):
    """Whose account it is."""

    key: Secret
    webhook_secrets: tuple[Secret, ...]
    base: str


class _Event(Struct, frozen=True):
    id: str
    type: str
    created: int
    data: dict[str, Any]


class StripeProvider:
    """A `Provider` with an account at Stripe."""

    name = "stripe"
    session_life = timedelta(hours=24)
    shortest_life = timedelta(minutes=31)  # Stripe wants 30, counted from when it gets the request

    def __init__(self, account: StripeAccount) -> None:
        """Asks nobody yet."""
        self._client = StripeClient(account.base, account.key)
        self._secrets = [secret.reveal().encode() for secret in account.webhook_secrets]

    async def open(self, order: Order) -> SessionNews:
        """As `Provider.open`."""
        named = {
            **order.metadata,
            _PAYMENT: str(order.payment_id),
            _ATTEMPT: str(order.attempt_id),
            _CAPTURE: order.capture.value,
        }
        session = await self._client.post(
            "/v1/checkout/sessions",
            str(order.attempt_id),
            mode="payment",
            client_reference_id=str(order.payment_id),
            success_url=order.return_url,
            cancel_url=order.return_url,
            expires_at=int(order.expires_at.timestamp()),
            customer_email=order.customer_email,
            line_items=[
                {
                    "quantity": 1,
                    "price_data": {
                        "currency": order.currency.lower(),
                        "unit_amount": to_stripe(order.amount, order.currency),
                        "product_data": {"name": order.description},
                    },
                }
            ],
            metadata=named,
            payment_intent_data={
                "metadata": named,
                "description": order.description,
                "capture_method": "manual" if order.capture is Capture.MANUAL else "automatic",
            },
            expand=_EXPANDED,
        )
        return session_news(session)

    async def read(self, held: Held) -> SessionNews:
        """As `Provider.read`."""
        return session_news(
            await self._client.get(f"/v1/checkout/sessions/{held.reference}", expand=_EXPANDED)
        )

    async def capture(self, held: Held, amount: int, key: str) -> SessionNews:
        """As `Provider.capture`."""
        before = await self.read(held)
        if before.status is not PaymentStatus.AUTHORIZED or before.intent is None:
            return before
        wanted = to_stripe(amount, before.currency)
        await self._client.post(f"/v1/payment_intents/{before.intent}/capture", key, amount_to_capture=wanted)
        return await self.read(held)

    async def close(self, held: Held, key: str) -> SessionNews:
        """As `Provider.close`."""
        before = await self.read(held)
        try:
            if before.status is PaymentStatus.PENDING:
                await self._client.post(f"/v1/checkout/sessions/{held.reference}/expire", key)
            elif before.status is PaymentStatus.AUTHORIZED and before.intent is not None:
                await self._client.post(f"/v1/payment_intents/{before.intent}/cancel", key)
            else:
                return before
        except ProviderRefused:
            # The customer was quicker: what there is now, reading tells.
            pass
        return await self.read(held)

    async def refund(self, held: Held, refund_id: UUID, amount: int) -> RefundNews:
        """As `Provider.refund`."""
        before = await self.read(held)
        made = await self._client.post(
            "/v1/refunds",
            str(refund_id),
            payment_intent=before.intent,
            amount=to_stripe(amount, before.currency),
            metadata={_REFUND: str(refund_id)},
        )
        return refund_news(made)

    async def refunds(self, held: Held) -> list[RefundNews]:
        """As `Provider.refunds`."""
        found, after = list[RefundNews](), None
        while True:
            page = await self._client.get(
                "/v1/refunds", payment_intent=held.intent, limit=100, starting_after=after
            )
            found += [refund_news(one) for one in page["data"]]
            if not page["has_more"]:
                return found
            after = page["data"][-1]["id"]

    def verify(self, headers: Mapping[str, str], body: bytes, now: datetime) -> Told:
        """As `Provider.verify`. Source: https://docs.stripe.com/webhooks, "Verify manually"."""
        signature.verify(self._secrets, headers.get(HEADER), body, now)
        try:
            event = msgspec.json.decode(body, type=_Event)
            news = _news_of(event.type, event.data["object"])
        except (msgspec.DecodeError, KeyError, TypeError, AttributeError, ValueError) as wrong:
            raise BadEvent(f"It cannot be read: {type(wrong).__name__}.") from None
        told_at = datetime.fromtimestamp(event.created, UTC)
        return Told(event_id=event.id, type=event.type, told_at=told_at, news=news)

    async def aclose(self) -> None:
        """Close idle connections."""
        await self._client.aclose()


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
        attempt_id=_uuid(metadata.get(_ATTEMPT)),
        payment_id=_uuid(metadata.get(_PAYMENT)),
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
    manual = (session.get("metadata") or {}).get(_CAPTURE) == Capture.MANUAL.value
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
        attempt_id=_uuid(metadata.get(_ATTEMPT)),
        payment_id=_uuid(metadata.get(_PAYMENT)),
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
        refund_id=_uuid((refund.get("metadata") or {}).get(_REFUND)),
        amount=from_stripe(refund["amount"], currency),
        currency=currency,
        status=_REFUNDS.get(refund["status"], RefundStatus.PENDING),
        error=refund.get("failure_reason"),
    )


def _news_of(type_: str, about: dict[str, Any]) -> News | None:
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
