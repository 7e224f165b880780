"""Stripe: Checkout Sessions to pay on, PaymentIntents to capture and to let go, refunds, signed events."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import UUID

import msgspec
from msgspec import Struct

from backstay.kernel.settings import Secret
from backstay.systems.payments.contracts import Capture, PaymentStatus
from backstay.systems.payments.engines import signature
from backstay.systems.payments.engines.provider import Held, Order, RefundNews, SessionNews, Told
from backstay.systems.payments.engines.stripe_client import StripeClient
from backstay.systems.payments.engines.stripe_news import (
    ATTEMPT,
    CAPTURE,
    PAYMENT,
    REFUND,
    news_of,
    refund_news,
    session_news,
    to_stripe,
)
from backstay.systems.payments.errors import BadEvent, ProviderRefused

HEADER: Final = "stripe-signature"
_LONGEST_NAME: Final = 40
"""Characters of a coupon's name."""
_SPARE: Final = timedelta(hours=1)
"""For which a page's coupon outlives it, so that it is there for whoever pays at the last moment."""
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
        off = _off(order)
        coupon = await self._coupon(order, off) if off else None
        named = {
            **order.metadata,
            PAYMENT: str(order.payment_id),
            ATTEMPT: str(order.attempt_id),
            CAPTURE: order.capture.value,
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
                        "unit_amount": to_stripe(order.amount, order.currency) + off,
                        "product_data": {"name": order.description},
                    },
                }
            ],
            discounts=None if coupon is None else [{"coupon": coupon}],
            metadata=named,
            payment_intent_data={
                "metadata": named,
                "description": order.description,
                "capture_method": "manual" if order.capture is Capture.MANUAL else "automatic",
            },
            expand=_EXPANDED,
        )
        return session_news(session)

    async def _coupon(self, order: Order, off: int) -> str:
        """A coupon at Stripe for this one page, which takes off what our own took off.

        A page takes one, so all codes are in its name. It is used up by its page's payment, and of no use
        elsewhere. Source: https://docs.stripe.com/api/coupons/create
        """
        made = await self._client.post(
            "/v1/coupons",
            f"{order.attempt_id}-coupon",
            amount_off=off,
            currency=order.currency.lower(),
            duration="once",
            max_redemptions=1,
            redeem_by=int((order.expires_at + _SPARE).timestamp()),
            name=_fitting(", ".join(order.discounts)),
            metadata={PAYMENT: str(order.payment_id), ATTEMPT: str(order.attempt_id)},
        )
        return str(made["id"])

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
            metadata={REFUND: str(refund_id)},
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
            news = news_of(event.type, event.data["object"])
        except (msgspec.DecodeError, KeyError, TypeError, AttributeError, ValueError) as wrong:
            raise BadEvent(f"It cannot be read: {type(wrong).__name__}.") from None
        told_at = datetime.fromtimestamp(event.created, UTC)
        return Told(event_id=event.id, type=event.type, told_at=told_at, news=news)

    async def aclose(self) -> None:
        """Close idle connections."""
        await self._client.aclose()


def _off(order: Order) -> int:
    """What Stripe shall show as taken off; nothing where its units are too coarse for that."""
    try:
        return to_stripe(sum(order.discounts.values()), order.currency)
    except ProviderRefused:
        return 0


def _fitting(name: str) -> str:
    return name if len(name) <= _LONGEST_NAME else f"{name[: _LONGEST_NAME - 1]}…"
