"""The way through Stripe, every question and answer judged by Stripe's own description of its API."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import Any

import pytest

from backstay.kernel.settings import SettingsError, load
from backstay.systems.payments import Capture
from backstay.systems.payments.engines.stripe_news import from_stripe, to_stripe
from backstay.systems.payments.errors import ProviderRefused
from backstay.systems.payments.service.part import account_of
from tests.plugins.needs import needs
from tests.systems.payments.conftest import MODULES, Till
from tests.systems.payments.stripe_double import Stripe, stripe_double


async def deliver(till: Till, stripe: Stripe, type_: str, about: dict[str, Any]) -> int:
    body, headers = stripe.event(type_, about, int(till.clock.now().timestamp()))
    answer = await till.house.client.post("/v1/payments/webhooks/stripe", content=body, headers=headers)
    return answer.status_code


def session_of(stripe: Stripe, story: dict[str, Any]) -> dict[str, Any]:
    return stripe.sessions[story["attempts"][0]["reference"]]


@needs("stripe-spec")
async def test_stripe_from_the_page_to_the_refund(open_till: Any) -> None:
    async with stripe_double() as stripe:
        till = await open_till(stripe.url)
        # The first answer is lost after the work was done: asked again under its key, it is the same page.
        stripe.failing = 1
        whole = await till.begin(1999, metadata={"order": "17"})
        till.clock.move(timedelta(minutes=5))
        await till.drain()
        held = await till.begin(700, capture=Capture.MANUAL)
        gone = await till.begin(300, capture=Capture.MANUAL)
        left = await till.begin(100)
        assert len(stripe.sessions) == 4
        stories = {one.id: await till("GET", f"/{one.id}") for one in (whole, held, gone, left)}
        for one in (whole, held, gone):
            stripe.pay(session_of(stripe, stories[one.id])["id"])
            told = session_of(stripe, stories[one.id])
            assert await deliver(till, stripe, "checkout.session.completed", told) == 200
        assert await deliver(till, stripe, "customer.created", stripe.sessions["cs_test_1"]) == 200
        await till.drain()
        # A completed page of a reserved payment does not say enough: it was read.
        assert [await till.status(one.id) for one in (whole, held, gone)] == [
            "succeeded",
            "authorized",
            "authorized",
        ]
        await till("POST", f"/{held.id}/capture", {"amount": 650}, idempotency_key="k1")
        await till("POST", f"/{gone.id}/cancel")
        await till("POST", f"/{left.id}/cancel")
        refund = {"amount": 999, "reason": "broken"}
        await till("POST", f"/{whole.id}/refunds", refund, idempotency_key="k2")
        await till.drain()
        (made,) = stripe.refunds.values()
        assert (made["amount"], made["status"]) == (999, "pending")
        for status in ("succeeded", "failed"):
            made |= {"status": status}
            assert await deliver(till, stripe, "refund.updated", made) == 200
        ends = [(await till("GET", f"/{one.id}"))["payment"] for one in (whole, held, gone, left)]
        assert [(one["status"], one["captured"], one["refunded"]) for one in ends] == [
            ("succeeded", 1999, 0),
            ("succeeded", 650, 0),
            ("canceled", 0, 0),
            ("canceled", 0, 0),
        ]
        assert [one["status"] for one in stripe.intents.values()] == ["succeeded", "succeeded", "canceled"]
        assert session_of(stripe, stories[left.id])["status"] == "expired"
        assert [await till("POST", f"/{one.id}/reconcile") for one in (whole, held, gone, left)] == [[]] * 4
        story = await till("GET", f"/{whole.id}")
        assert [one["kind"] for one in story["entries"]][::2] == [
            "capture",
            "refund_requested",
            "refund_settled",
            "refund_reversed",
        ]
        assert Counter(one for one in stripe.asked if one.startswith("POST")) == {
            "POST /v1/checkout/sessions": 5,
            "POST /v1/payment_intents/pi_test_7/capture": 1,
            "POST /v1/payment_intents/pi_test_9/cancel": 1,
            "POST /v1/checkout/sessions/cs_test_4/expire": 1,
            "POST /v1/refunds": 1,
        }


@needs("stripe-spec")
async def test_what_a_code_took_off_is_shown_on_stripes_page(open_till: Any) -> None:
    async with stripe_double() as stripe:
        till = await open_till(stripe.url)
        stripe.failing = 1  # the coupon is there, its answer is lost: it is not made again
        paid = await till.begin(1999, discounts={"WELCOME10": 200, "A name that is by itself quite long": 1})
        till.clock.move(timedelta(minutes=5))
        await till.drain()
        story = await till("GET", f"/{paid.id}")
        session = session_of(stripe, story)
        assert (session["amount_subtotal"], session["amount_total"]) == (2200, 1999)
        (coupon,) = stripe.coupons.values()
        assert (coupon["amount_off"], coupon["currency"], coupon["duration"]) == (201, "eur", "once")
        assert coupon["name"] == "WELCOME10, A name that is by itself qui…"
        assert coupon["metadata"] == {
            "backstay_payment": str(paid.id),
            "backstay_attempt": story["attempts"][0]["id"],
        }
        stripe.pay(session["id"])
        told = session_of(stripe, story)
        assert await deliver(till, stripe, "checkout.session.completed", told) == 200
        await till.drain()
        whole = (await till("GET", f"/{paid.id}"))["payment"]
        assert (whole["status"], whole["captured"], whole["review_reason"]) == ("succeeded", 1999, None)
        assert whole["discounts"] == {"WELCOME10": 200, "A name that is by itself quite long": 1}
        # Ariary are told to Stripe in whole ones: 5 of the smallest are one, and 3 cannot be shown.
        coarse = await till.begin(500, currency="MGA", discounts={"X": 3})
        await till.drain()
        other = session_of(stripe, await till("GET", f"/{coarse.id}"))
        assert (other["amount_subtotal"], other["amount_total"]) == (5, 5)


def test_stripes_smallest_units_are_not_always_those_of_iso_4217() -> None:
    assert [to_stripe(1999, one) for one in ("EUR", "JPY", "KWD", "ISK", "UGX")] == [
        1999,
        1999,
        1999,
        199900,
        199900,
    ]
    assert (to_stripe(500, "MGA"), from_stripe(5, "MGA"), from_stripe(199900, "ISK")) == (5, 500, 1999)
    with pytest.raises(ProviderRefused, match="only whole MGA"):
        to_stripe(501, "MGA")


@pytest.mark.parametrize(
    "url",
    [
        "stripe://api.stripe.com?webhook_secret=whsec_1",
        "stripe://sk_1@api.stripe.com",
        "stripe+http://sk_1@api.stripe.com?webhook_secret=whsec_1",
        "stripe://sk_1@api.stripe.com?webhook_secert=whsec_1",
        "mock://?late=2",
        "mock://?delay=soon",
        "paypal://x",
    ],
)
def test_a_url_that_cannot_be_used_is_refused_without_its_key(url: str) -> None:
    settings = load(MODULES, {"PAYMENTS_URL": url, "BACKSTAY_APP_ENVIRONMENT": "test"}, None)
    with pytest.raises(SettingsError) as refused:
        account_of(settings)
    assert "payments.url" in str(refused.value)
    assert "sk_1" not in str(refused.value)
