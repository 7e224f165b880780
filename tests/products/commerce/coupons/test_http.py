"""Coupons over HTTP, on both databases: terms, codes, a trial, claims by hand, a replay of past orders."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import httpx
import pytest

from backstay.kernel.clock import ManualClock
from backstay.products.commerce.coupons import (
    Buyer,
    Goods,
    GoodsLine,
    NewCoupon,
    PastOrder,
    Simulation,
    simulate,
)
from backstay.products.commerce.coupons.service import PERSONAL
from backstay.products.commerce.pricing import Percent
from backstay.products.commerce.shops import own
from backstay.systems.jobs.testing import drain
from tests.conftest import make_actor
from tests.house import House, open_house
from tests.products.commerce.coupons.test_claims import ADA, MODULES

URL = "/v1/shops/north-star/coupons"
TENTH = {"name": "Tenth", "off": {"kind": "percent", "ppm": 100_000}}
PRODUCT = str(uuid4())
GOODS = {"currency": "EUR", "lines": [{"id": "one", "amount": 3000, "product_id": PRODUCT}]}


@pytest.fixture
async def house(database_url: str, clock: ManualClock) -> AsyncIterator[House]:
    async with open_house(MODULES, database_url, clock) as opened:
        new = {"slug": "north-star", "name": "North Star", "currency": "EUR", "country": "DE"}
        assert (await opened(ADA, "POST", "/v1/shops", new)).status_code == 201
        yield opened


def problem(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


async def test_the_life_of_a_coupon(house: House) -> None:
    async def ask(method: str, path: str = "", json: Any = None, **headers: str) -> httpx.Response:
        return await house(ADA, method, f"{URL}{path}", json, **headers)

    until = "2026-02-01T00:00:00Z"
    made = await ask("POST", "", {**TENTH, "redeem_by": until, "limit": 2})
    assert (made.status_code, made.headers["etag"]) == (201, '"1"'), made.text
    coupon = f"/{made.json()['id']}"
    late = await ask("POST", f"{coupon}/codes", {"code": "abc", "expires_at": "2026-02-01T00:00:01Z"})
    assert [error["pointer"] for error in late.json()["errors"]] == ["/expires_at"]
    code = (await ask("POST", f"{coupon}/codes", {"code": "abc", "expires_at": until})).json()
    assert problem(await ask("POST", f"{coupon}/codes", {"code": "ABC"})) == (409, "coupon_code_taken")
    assert problem(await ask("PATCH", coupon, {"paused": True})) == (428, "precondition_required")
    paused = await ask("PATCH", coupon, {"paused": True}, if_match='"1"')
    assert (paused.json()["paused"], paused.headers["etag"]) == (True, '"2"')
    assert problem(await ask("PATCH", coupon, {"name": "x"}, if_match='"1"')) == (412, "stale_coupon")
    buyer = {"customer_id": str(ADA.id), "email": "Ada@example.test"}
    purchase = {"holder": str(uuid4()), "codes": ["ABC"], "goods": GOODS, "buyer": buyer}
    refused = await ask("POST", "/claims", purchase)
    assert problem(refused) == (409, "coupon_refused")
    assert refused.json()["refused"] == [{"code": "abc", "name": "Tenth", "reason": "paused"}]
    await ask("PATCH", coupon, {"paused": False}, if_match='"2"')
    claimed = await ask("POST", "/claims", purchase)
    assert claimed.json()["applied"][0]["value"] == 100_000, claimed.text
    assert (await ask("POST", "/claims", purchase)).json() == claimed.json()
    (use,) = (await ask("GET", f"{coupon}/claims")).json()["items"]
    assert (use["email"], use["code"], use["counted"]) == ("ada@example.test", "abc", True)
    reader = house.backend.database.reader(ADA)
    (kept,) = (await PERSONAL.export(reader, ADA.id))["uses"]
    assert (kept.name, kept.code) == ("Tenth", "abc")
    assert await house.backend.database.run(ADA, lambda uow: PERSONAL.erase(uow, ADA.id)) == 1
    (use,) = (await ask("GET", f"{coupon}/claims")).json()["items"]
    assert (use["email"], use["customer_id"], use["counted"]) == (None, None, True)
    for status in (204, 404):
        assert (await ask("DELETE", f"/claims/{purchase['holder']}")).status_code == status
    assert (await ask("DELETE", f"{coupon}/codes/{code['id']}")).status_code == 204
    asked = await ask("POST", f"{coupon}/codes/generate", {"count": 30, "prefix": "VIP-"})
    assert asked.status_code == 202
    await drain(house.backend)
    codes = [one async for one in _walk(house, f"{URL}{coupon}/codes?active=true&limit=20")]
    assert (len({one["code"] for one in codes}), {one["limit"] for one in codes}) == (30, {1})
    assert all(one["code"].startswith("VIP-") for one in codes)
    assert (await ask("DELETE", coupon, if_match='"3"')).status_code == 204
    assert problem(await ask("GET", coupon)) == (404, "coupon_not_found")
    assert (await ask("GET")).json()["items"] == []


async def _walk(house: House, url: str) -> AsyncIterator[Any]:
    cursor = ""
    while True:
        page = (await house(ADA, "GET", f"{url}{cursor}")).json()
        for item in page["items"]:
            yield item
        if page["next_cursor"] is None:
            return
        cursor = f"&cursor={page['next_cursor']}"


async def test_drafts_are_tried_and_fields_named(house: House) -> None:
    tried = await house(ADA, "POST", f"{URL}/try", {"coupon": TENTH, "goods": GOODS})
    assert (tried.json()["discount"], tried.json()["verdict"]["refusal"]) == (300, None), tried.text
    least = {**TENTH, "minimum": {"EUR": 5000}}
    tried = await house(ADA, "POST", f"{URL}/try", {"coupon": least, "goods": GOODS})
    assert (tried.json()["verdict"]["refusal"], tried.json()["verdict"]["missing"]) == ("minimum", 2000)
    wrong = {
        **TENTH,
        "off": {"kind": "fixed", "amounts": {"USD": 1}},
        "minimum": {"JPY": 1},
        "starts_at": "2026-02-01T00:00:00Z",
        "redeem_by": "2026-01-01T00:00:00Z",
    }
    refused = await house(ADA, "POST", URL, wrong)
    assert {error["pointer"] for error in refused.json()["errors"]} == {
        "/minimum/JPY",
        "/off/amounts/USD",
        "/redeem_by",
    }
    refused = await house(ADA, "POST", URL, {"name": " ", "off": {"kind": "percent", "ppm": -1}, "limit": 0})
    assert {error["pointer"] for error in refused.json()["errors"]} == {"/name", "/off/ppm", "/limit"}
    stranger = make_actor("eve")
    assert problem(await house(stranger, "GET", URL)) == (404, "shop_not_found")


async def test_a_draft_is_replayed_on_past_orders(house: House) -> None:
    shop = await own(house.backend.database.reader(ADA), "north-star")
    draft = NewCoupon(
        name="draft", off=Percent(ppm=100_000), minimum={"EUR": 1000}, first_order=True, limit=2
    )
    orders = [
        PastOrder(
            goods=Goods(currency="EUR", lines=(GoodsLine(id="one", amount=amount, product_id=uuid4()),)),
            buyer=Buyer(email=f"{who}@example.test"),
            placed_at=datetime(2026, 1, day, tzinfo=UTC),
        )
        for day, who, amount in (
            (2, "ada", 9000),
            (1, "ada", 2000),
            (3, "bob", 500),
            (4, "cyd", 3000),
            (5, "dan", 1000),
        )
    ]
    assert simulate(shop, draft, orders) == [
        Simulation(
            currency="EUR",
            orders=5,
            used=2,
            discount=500,
            subtotal=5000,
            refused={"minimum": 1, "used_by_you": 1, "used_up": 1},
        )
    ]
