"""Sums follow orders through all that can happen to them, and are what the orders' events say at any time."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from backstay.kernel.clock import ManualClock
from backstay.products.commerce.insights.module import module as insights
from backstay.products.commerce.insights.service.counting import count
from backstay.products.commerce.insights.service.projecting import generation_of
from backstay.products.commerce.insights.service.tending import tend
from backstay.products.commerce.orders import figuring
from backstay.systems.events.testing import project
from tests.house import open_house
from tests.products.commerce.orders.conftest import MODULES, SHOP, Market

DAY = timedelta(days=1)


@pytest.fixture
async def market(database_url: str, clock: ManualClock) -> AsyncIterator[Market]:
    environ = {"PAYMENTS_URL": "mock://", "BACKSTAY_HTTP_PUBLIC_URL": "https://shop.example"}
    async with open_house([*MODULES, insights], database_url, clock, environ=environ) as house:
        made = Market(house, clock)
        await made.open()
        yield made


async def asked(market: Market, what: str) -> Any:
    """What the merchant is told once everything that happened is counted."""
    await market.work()
    await project(market.house.backend)
    found = await market.manage("GET", "/insights/agreement")
    assert (found["broken"], found["agrees"]) == ([], True)
    return await market.manage("GET", f"/insights/{what}")


async def as_bob(market: Market, **units: int) -> dict[str, Any]:
    """An order of somebody else's, paid."""
    path, token, _ = await market.fill(codes=(), **units)
    seen = await market.ask("PATCH", path, {"email": "Bob@example.test"}, x_cart_token=token)
    made: dict[str, Any] = (await market.check_out(path, token, seen)).json()
    await market.work()
    await market.pay(made)
    return await market.read(made["order"]["id"])


async def test_sums_follow_orders_and_are_made_anew_beside_those_in_use(market: Market) -> None:
    empty = await asked(market, "summary")
    assert (empty["sales"]["orders"], empty["currencies"], empty["counting"]) == (0, [], None)

    # One paid of 24.90 with the post, one that waits for its money, one of somebody else's a day later.
    first = await market.buy(mug=2)
    waiting = await market.buy(pay=False, tea=1)
    market.clock.move(DAY)
    second = await as_bob(market, tea=5)
    today = market.clock.now().date()
    told = await asked(market, "summary")
    assert told["sales"] == {
        "orders": 2,
        "units": 7,
        "gross": 4975,
        "discounts": 0,
        "total": 4975,
        "shipping": 980,
        "tax": first["tax"] + second["tax"],
        "refunds": 0,
        "net": 4975,
        "average": 2487,
        "coupon_orders": 0,
    }
    assert told["statuses"] == {"paid": 2, "pending": 1}
    assert told["customers"] == {"new": 2, "orders": 2, "returning_orders": 0}
    assert (told["first_day"], told["last_day"]) == (str(today - DAY), str(today))

    # Half of the first goes back, and its customer comes back a month later, with a coupon.
    half = {"lines": [{"line_id": "1", "quantity": 1}], "reason": "Broken"}
    back = (await market.manage("POST", f"/orders/{first['id']}/refunds", half))["refunding"]
    await market.manage(
        "POST", f"/orders/{waiting['id']}/cancel", {"reason": "No"}, if_match=f'"{waiting["version"]}"'
    )
    await asked(market, "summary")
    market.clock.move(31 * DAY)
    terms = {"name": "Tenth", "off": {"kind": "percent", "ppm": 100_000}}
    coupon = await market.manage("POST", "/coupons", terms)
    await market.manage("POST", f"/coupons/{coupon['id']}/codes", {"code": "TENTH"})
    again = await market.buy(mug=1, codes=("TENTH",))
    told = await asked(market, "summary")
    earlier = await asked(market, f"summary?since={today - DAY}&until={today}")
    assert earlier["sales"]["refunds"] == back > 0
    assert (told["sales"]["total"], told["sales"]["discounts"], told["sales"]["gross"]) == (
        again["total"],
        again["discount"],
        again["total"] + again["discount"],
    )
    assert told["sales"]["coupon_orders"] == 1
    assert (told["previous"]["total"], told["previous"]["net"]) == (4975, 4975 - back)
    assert told["customers"] == {"new": 0, "orders": 1, "returning_orders": 1}
    assert told["statuses"] == {"paid": 3, "canceled": 1}

    # By month, what sold best, and who came back.
    since, until = today - DAY, market.clock.now().date()
    series = await asked(market, f"revenue?since={since}&until={until}&step=month")
    assert [(one["orders"], one["refunds"]) for one in series["points"]] == [(2, back), (1, 0)]
    days = await asked(market, f"revenue?since={since}&until={until}")
    assert len(days["points"]) == len(days["previous"]) == (until - since).days + 1
    assert sum(one["net"] for one in days["points"]) == sum(one["net"] for one in series["points"])
    best = await asked(market, "top?window=all&by=units")
    assert [(one["title"], one["units"]) for one in best["items"]] == [("Tea", 5), ("Mug", 3)]
    best = await asked(market, f"top?since={since}&until={today}&what=variants")
    assert [(one["sku"], one["revenue"]) for one in best["items"]] == [("tea", 1995), ("mug", 2000 - back)]
    assert (await asked(market, "top?window=7d"))["items"][0]["title"] == "Mug"
    kept = await asked(market, "cohorts?months=2")
    assert [(one["month"], one["active"]) for one in kept["cohorts"]] == [(str(since)[:7], [2, 1])]

    # The catalogue sorts by what was sold.
    await tend(market.house.backend.database)
    window = await market.ask("GET", f"/v1/store/{SHOP}/products?sort=best_selling")
    assert [one["title"] for one in window["items"]] == ["Tea", "Mug"]

    # The same from the first order on, and whatever is told late or twice changes nothing.
    database = market.house.backend.database
    before = await asked(market, "summary")
    rebuilt = await market.ask("POST", "/v1/event-projections/insights.sales/rebuild", who=market.merchant)
    after = await asked(market, "summary")
    assert (rebuilt["generation"], after) == (2, before)
    async with database.transaction(market.merchant) as uow:
        generation = await generation_of(uow)
        (found,) = await figuring.figures(uow, [UUID(first["id"])])
        assert generation == 2
        await count(uow, generation, found.shop_id, [found])
    assert await asked(market, "summary") == before

    # A shop that moves has other days, from the next order on, in the past too.
    shop = await market.manage("GET", "")
    moved = {"time_zone": "America/Los_Angeles"}
    await market.manage("PATCH", "", moved, if_match=f'"{shop["version"]}"')
    await market.buy(mug=1)
    await market.work()
    await project(market.house.backend)
    await tend(database)
    there = await asked(market, "summary")
    assert (there["time_zone"], there["first_day"]) == ("America/Los_Angeles", str(today - 2 * DAY))


async def test_what_runs_out_is_told_with_how_long_it_lasts_and_nonsense_is_refused(market: Market) -> None:
    (level,) = (await market.manage("GET", f"/inventory/levels?variant_id={market.variants['tea']}"))["items"]
    tag = f'"{level["version"]}"'
    await market.manage("PATCH", f"/inventory/levels/{level['id']}", {"low_stock_at": 8}, if_match=tag)
    await market.buy(tea=3)
    (low,) = await asked(market, "low-stock")
    assert (low["sku"], low["title"], low["available"], low["sold"], low["days_left"]) == (
        "tea",
        "Tea",
        7,
        3,
        70,
    )
    assert (await asked(market, "summary"))["low_stock"] == 1
    assert await asked(market, "top-rated") == []
    for query, field in (
        ("summary?since=2026-02-30", "?since"),
        ("summary?since=2026-02-02&until=2026-02-01", "?until"),
        ("revenue?since=1000-01-01&until=2026-01-01", "?since"),
        ("revenue?since=1990-01-01&until=2026-01-01", "?until"),
        ("revenue?step=hour", "?step"),
        ("top?window=2d&limit=0", "?window"),
        ("cohorts?months=37", "?months"),
        ("cohorts?until=9999-12-31", "?since"),
        ("summary?currency=euro", "?currency"),
    ):
        answer = await market.send("GET", f"/v1/shops/{SHOP}/insights/{query}", who=market.merchant)
        named = [one["pointer"] for one in answer.json()["errors"]]
        assert (answer.status_code, field in named) == (422, True), (query, answer.text)
    for edge in (
        "since=1970-01-01&until=1970-01-02",
        "since=2999-12-01&until=2999-12-31",
        "until=1970-01-01",
    ):
        for step in ("day", "week", "month"):
            await market.manage("GET", f"/insights/revenue?{edge}&step={step}")
    assert (await market.manage("GET", "/insights/cohorts?until=1970-01-01"))["months"][0] == "1969-02"
