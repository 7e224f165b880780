"""Against localstripe, a Stripe that nobody here wrote: intents, refunds, and deliveries that it signs.

It has no Checkout Sessions and only the half of a coupon, so a page is the double's and the PaymentIntent in
it is localstripe's. It does not tell `amount_received`, takes no notice of `Idempotency-Key` and lets more be
refunded than was paid: what that is about is shown by the double alone, which Stripe's own description judges.
"""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from msgspec import structs
from typing_extensions import override

from backstay.kernel.settings import Secret
from backstay.systems.payments import Capture, PaymentStatus, RefundStatus
from backstay.systems.payments.engines.provider import Held, Order, RefundNews, SessionNews
from backstay.systems.payments.engines.stripe import StripeAccount, StripeProvider
from backstay.systems.payments.engines.stripe_client import StripeClient
from backstay.systems.payments.engines.stripe_news import session_news
from backstay.systems.payments.errors import BadSignature, ProviderAway, ProviderRefused
from tests.systems.payments.stripe_spec import sample
from tests.tools_env import executable

pytestmark = [pytest.mark.needs("localstripe"), pytest.mark.needs("stripe-spec")]

KEY = Secret("sk_test_12345")
SECRET = "whsec_of_localstripe"


@dataclass
class Delivered:
    """What came to the address of our events."""

    events: asyncio.Queue[tuple[dict[str, str], bytes]] = field(default_factory=asyncio.Queue)

    async def take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode().rstrip().split("\r\n")[1:]
        headers = {name.lower(): value for name, value in (line.split(": ", 1) for line in head)}
        body = await reader.readexactly(int(headers["content-length"]))
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
        await writer.drain()
        writer.close()
        await self.events.put((headers, body))


class Narrow(StripeClient):
    """Asks for coupons as localstripe knows them: they must have an id, and have no name and no end."""

    @override
    async def post(self, path: str, key: str, **fields: Any) -> dict[str, Any]:
        if path == "/v1/coupons":
            fields = {name: fields[name] for name in ("amount_off", "currency", "duration", "metadata")}
            fields["id"] = key
        return await super().post(path, key, **fields)


class Desk(StripeProvider):
    """The provider; its pages are the double's, and completed."""

    def __init__(self, base: str) -> None:
        super().__init__(StripeAccount(key=KEY, webhook_secrets=(Secret(SECRET),), base=base))
        self.stripe = StripeClient(base, KEY)
        self._client = Narrow(base, KEY)

    async def pay(self, amount: int, capture_method: str, number: str = "4242424242424242") -> Held:
        """What a customer does on the page: a card, and an intent that it pays."""
        card = {"number": number, "exp_month": 12, "exp_year": 2040, "cvc": "123"}
        method = await self.stripe.post("/v1/payment_methods", str(uuid4()), type="card", card=card)
        held = Held(organization_id=uuid4(), attempt_id=uuid4(), reference="cs_1", intent=None)
        intent = await self.stripe.post(
            "/v1/payment_intents",
            str(uuid4()),
            amount=amount,
            currency="eur",
            payment_method=method["id"],
            capture_method=capture_method,
            metadata={"backstay_attempt": str(held.attempt_id)},
        )
        await self.stripe.post(f"/v1/payment_intents/{intent['id']}/confirm", str(uuid4()))
        return structs.replace(held, intent=intent["id"])

    @override
    async def read(self, held: Held) -> SessionNews:
        intent = await self.stripe.get(f"/v1/payment_intents/{held.intent}")
        page = {
            "status": "complete",
            "payment_status": "paid",
            "payment_intent": intent,
            "currency": intent["currency"],
            "amount_total": intent["amount"],
            "metadata": intent["metadata"],
            "expires_at": intent["created"] + 3600,
        }
        return session_news(sample("checkout.session") | page)

    @override
    async def aclose(self) -> None:
        await self.stripe.aclose()
        await super().aclose()


@pytest.fixture
async def localstripe() -> AsyncIterator[str]:
    """Its address."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    process = await asyncio.create_subprocess_exec(
        *(str(executable("localstripe")), "--from-scratch", "--port", str(port)),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    )
    assert process.stdout is not None
    try:
        async with asyncio.timeout(30):
            while b"Running on" not in (line := await process.stdout.readline()):
                assert line, "localstripe ended before it listened"
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        await process.communicate()


@pytest.fixture
async def desk(localstripe: str) -> AsyncIterator[Desk]:
    made = Desk(localstripe)
    yield made
    await made.aclose()


async def test_what_is_reserved_is_taken_or_let_go_once(desk: Desk) -> None:
    taken, gone = await desk.pay(1999, "manual"), await desk.pay(700, "manual")
    before = await desk.read(taken)
    assert (before.status, before.amount, before.currency) == (PaymentStatus.AUTHORIZED, 1999, "EUR")
    assert (before.intent, before.attempt_id) == (taken.intent, taken.attempt_id)
    assert (await desk.capture(taken, 1999, "k1")).status is PaymentStatus.SUCCEEDED
    assert (await desk.close(gone, "k2")).status is PaymentStatus.CANCELED
    # What has ended is asked for no more.
    assert (await desk.capture(gone, 700, "k3")).status is PaymentStatus.CANCELED
    assert (await desk.close(taken, "k4")).status is PaymentStatus.SUCCEEDED
    challenged = await desk.pay(300, "automatic", "4000002500003155")
    assert (await desk.read(challenged)).status is not PaymentStatus.SUCCEEDED


async def test_a_coupon_for_one_page_is_a_coupon_to_it(desk: Desk) -> None:
    order = Order(
        organization_id=uuid4(),
        payment_id=uuid4(),
        attempt_id=uuid4(),
        amount=1999,
        currency="EUR",
        description="Two mugs",
        capture=Capture.AUTOMATIC,
        customer_email=None,
        metadata={},
        discounts={"WELCOME10": 200, "SPRING": 1},
        return_url="https://shop.example/",
        expires_at=datetime.now(UTC).replace(microsecond=0) + timedelta(days=1),
    )
    with pytest.raises(ProviderAway, match="404"):  # it has no pages
        await desk.open(order)
    (coupon,) = (await desk.stripe.get("/v1/coupons"))["data"]
    assert (coupon["amount_off"], coupon["currency"], coupon["duration"]) == (201, "eur", "once")
    assert coupon["metadata"] == {
        "backstay_payment": str(order.payment_id),
        "backstay_attempt": str(order.attempt_id),
    }


async def test_refunds_are_found_again_and_know_whose_they_are(desk: Desk) -> None:
    whole, other = await desk.pay(1999, "automatic"), await desk.pay(500, "automatic")
    ids = [uuid4(), uuid4()]
    made = [await desk.refund(whole, id_, amount) for id_, amount in zip(ids, (999, 1), strict=True)]
    assert [(one.amount, one.currency, one.status, one.intent) for one in made] == [
        (999, "EUR", RefundStatus.SUCCEEDED, whole.intent),
        (1, "EUR", RefundStatus.SUCCEEDED, whole.intent),
    ]

    def known(news: list[RefundNews]) -> dict[UUID | None, tuple[str, int]]:
        return {one.refund_id: (one.reference, one.amount) for one in news}

    assert known(await desk.refunds(whole)) == known(made)
    assert set(known(made)) == set(ids)
    assert await desk.refunds(other) == []
    unknown = Held(organization_id=uuid4(), attempt_id=uuid4(), reference="cs_1", intent="pi_none")
    with pytest.raises(ProviderRefused):
        await desk.refund(unknown, uuid4(), 1)


async def test_what_it_signs_is_believed_and_nothing_else(desk: Desk) -> None:
    delivered = Delivered()
    server = await asyncio.start_server(delivered.take, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with server:
        address: dict[str, Any] = {"url": f"http://127.0.0.1:{port}/", "secret": SECRET}
        await _listen(desk, address)
        held = await desk.pay(1999, "automatic")
        async with asyncio.timeout(30):
            headers, body = await delivered.events.get()
        assert b"payment_intent.succeeded" in body
        told = desk.verify(headers, body, datetime.now(UTC))
        assert isinstance(told.news, SessionNews)
        assert (told.type, told.news.status) == ("payment_intent.succeeded", PaymentStatus.SUCCEEDED)
        assert (told.news.intent, told.news.attempt_id) == (held.intent, held.attempt_id)
        for forged in (body.replace(b"1999", b"9999"), body + b" "):
            with pytest.raises(BadSignature):
                desk.verify(headers, forged, datetime.now(UTC))
        await _listen(desk, {**address, "secret": "whsec_of_somebody_else"})
        await desk.pay(5, "automatic")
        async with asyncio.timeout(30):
            headers, body = await delivered.events.get()
        with pytest.raises(BadSignature):
            desk.verify(headers, body, datetime.now(UTC))


async def _listen(desk: Desk, address: dict[str, Any]) -> None:
    """Have every event sent there."""
    async with httpx.AsyncClient() as client:
        answer = await client.post(
            f"{desk.stripe._base}/_config/webhooks/ours", data=address, auth=(KEY.reveal(), "")
        )
        assert answer.status_code == 200
