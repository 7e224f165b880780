"""What customers are told by mail, and what they are not."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import httpx
import pytest

from backstay.kernel.clock import ManualClock
from backstay.kernel.database import UnitOfWork
from backstay.kernel.ids import uuid7
from backstay.products.commerce import orders, shops
from backstay.products.commerce.notices.module import module as notices
from tests.house import open_house
from tests.products.commerce.orders.conftest import SHOP, Market
from tests.products.commerce.storefront.conftest import MODULES

TIMES = "\N{MULTIPLICATION SIGN}"


@pytest.fixture
async def market(database_url: str, clock: ManualClock) -> AsyncIterator[Market]:
    environ = {"PAYMENTS_URL": "mock://", "BACKSTAY_HTTP_PUBLIC_URL": "https://shop.example"}
    async with open_house([*MODULES, notices], database_url, clock, environ=environ) as house:
        made = Market(house, clock)
        await made.open()
        yield made


async def mails(market: Market) -> list[dict[str, Any]]:
    """What was sent, the oldest first."""
    found = await market.ask("GET", "/v1/mail/messages?sort=created_at", who=market.merchant)
    assert {one["to_address"] for one in found["items"]} <= {"ada@example.test"}
    return list(found["items"])


async def text_of(market: Market, message: dict[str, Any]) -> str:
    found = await market.ask("GET", f"/v1/mail/messages/{message['id']}", who=market.merchant)
    return str(found["text"])


async def test_a_customer_is_told_of_everything_that_matters_and_once(market: Market) -> None:
    order = await market.buy(mug=2, tea=1)
    assert order["status"] == "paid"
    lines = [{"line_id": order["lines"][0]["id"], "quantity": 1}]
    parcel = {
        "lines": lines,
        "carrier": "Post",
        "tracking_number": "RR1",
        "tracking_url": "https://post.example/RR1",
    }
    path = f"/orders/{order['id']}"
    sent = await market.manage("POST", f"{path}/fulfilments", parcel, if_match=f'"{order["version"]}"')
    await market.work()
    await market.manage("POST", f"{path}/fulfilments", {}, if_match=f'"{sent["version"]}"')
    await market.work()
    refund = {"lines": lines, "reason": "It came broken."}
    await market.manage("POST", f"{path}/refunds", refund)
    await market.work()
    told = await mails(market)
    assert [(one["template"], one["subject"]) for one in told] == [
        ("notices.paid", f"Your order {order['number']} at North Star"),
        ("notices.sent", f"A part of your order {order['number']} is on its way"),
        ("notices.sent", f"Your order {order['number']} is on its way"),
        ("notices.refunded", f"€10.00 back for order {order['number']}"),
    ]
    thanks = await text_of(market, told[0])
    assert f"2 {TIMES} Mug: €20.00\n1 {TIMES} Tea: €3.99\nShipping: €4.90\n" in thanks
    assert "Total: €28.89" in thanks
    assert "Ada Lovelace\n1 Analytical Way\n10115 Berlin\nDE\n" in thanks
    assert thanks.startswith("Thank you for your order.\n\nNorth Star has your payment")
    parcels = [await text_of(market, one) for one in told[1:3]]
    assert f"1 {TIMES} Mug\n" in parcels[0]
    assert "Post RR1" in parcels[0]
    assert "https://post.example/RR1" in parcels[0]
    assert f"1 {TIMES} Mug\n1 {TIMES} Tea\n" in parcels[1]
    assert "Follow the parcel" not in parcels[1]
    # Every event again, and nobody hears of it.
    again = await market.ask(
        "POST", "/v1/event-subscriptions/notices.tell_customer/replays", {"first": 1}, who=market.merchant
    )
    await market.work()
    done = await market.ask("GET", f"/v1/event-replays/{again['id']}", who=market.merchant)
    assert (done["state"], done["events"]) == ("done", 4)
    assert await mails(market) == told


async def test_of_what_happened_long_ago_nobody_is_told(market: Market) -> None:
    order = await market.buy(mug=1)
    product = order["lines"][0]["product_id"]
    at = datetime(2010, 12, 1, tzinfo=UTC)
    line = orders.PastLine(
        id="1",
        variant_id=UUID(market.variants["mug"]),
        product_id=UUID(product),
        sku="MUG",
        title="Mug",
        quantity=2,
        unit_price=1000,
    )
    past = orders.PastOrder(
        id=uuid7(), number="536365", at=at, currency="EUR", email="ada@example.test", lines=(line,)
    )
    back = orders.PastReturn(
        id=uuid7(),
        order_id=past.id,
        at=at,
        lines=(orders.RefundedLine(line_id="1", quantity=1, amount=1000),),
        reason="It came broken.",
    )

    async def write_down(uow: UnitOfWork) -> None:
        await orders.record(uow, await shops.own(uow, SHOP), [past], [back])

    await market.house.backend.database.run(market.merchant, write_down)
    await market.work()
    kept = await market.read(str(past.id))
    assert (kept["paid"], kept["refunded"]) == (2000, 1000)
    assert [one["template"] for one in await mails(market)] == ["notices.paid"]


async def test_what_is_not_paid_is_told_nothing_and_what_is_called_off_is(market: Market) -> None:
    waiting = await market.buy(pay=False, mug=1)
    assert await mails(market) == []
    call_off = {"reason": "Changed their mind"}
    await market.ask(
        "POST", f"/v1/store/{SHOP}/orders/{waiting['id']}/cancel", call_off, x_order_token=waiting["token"]
    )
    paid = await market.buy(mug=1)
    await market.manage("POST", f"/orders/{paid['id']}/cancel", call_off, if_match=f'"{paid["version"]}"')
    await market.work()
    told = await mails(market)
    assert [one["template"] for one in told] == [
        "notices.canceled",
        "notices.paid",
        "notices.canceled",
        "notices.refunded",
    ]
    unpaid, _, back, _ = [await text_of(market, one) for one in told]
    assert "Changed their mind" in unpaid
    assert "Nothing was paid, and nothing is due." in unpaid
    assert "What you paid goes back" in back


async def test_the_mails_link_shows_the_order_to_whoever_has_it_and_to_nobody_else(market: Market) -> None:
    order = await market.buy(mug=1)
    (thanks,) = await mails(market)
    (link,) = re.findall(r"https://\S+", await text_of(market, thanks))
    assert link.startswith(f"https://shop.example/store/{SHOP}/orders/{order['id']}/open?token=")
    path = link.removeprefix("https://shop.example")
    transport = httpx.ASGITransport(market.house.app)
    async with httpx.AsyncClient(transport=transport, base_url="https://shop.example") as browser:
        forged = await browser.get(f"{path}x")
        assert (forged.status_code, dict(browser.cookies)) == (404, {})
        assert (await browser.get(f"/store/{SHOP}/orders/{order['id']}")).status_code == 404
        opened = await browser.get(path)
        assert opened.status_code == 303
        assert urlsplit(opened.headers["location"]).path == f"/store/{SHOP}/orders/{order['id']}"
        assert "token" not in opened.headers["location"]
        shown = await browser.get(opened.headers["location"])
        assert shown.status_code == 200
        assert order["number"] in shown.text
        other = await market.buy(tea=1)
        assert (await browser.get(f"/store/{SHOP}/orders/{other['id']}")).status_code == 404
