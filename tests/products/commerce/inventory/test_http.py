"""Stock over HTTP, on both databases: what a merchant does with it, and what a shopper sees."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from backstay.kernel.clock import ManualClock
from backstay.products.commerce import inventory
from backstay.products.commerce.inventory import Want
from backstay.products.commerce.inventory.module import module
from backstay.products.commerce.pricing.module import module as pricing
from backstay.products.commerce.shops.module import module as shops
from backstay.systems.events.module import module as events
from backstay.systems.idempotency.module import module as idempotency
from backstay.systems.jobs.module import module as jobs
from tests.conftest import make_actor
from tests.house import House, open_house

ADA = make_actor("ada")
EVE = make_actor("eve")
MUG, TEA, CUP = (str(UUID(int=n)) for n in (1, 2, 3))
BASE = "/v1/shops/tea-house/inventory"
SHOP = {"slug": "tea-house", "name": "Tea House", "currency": "GBP", "country": "GB"}


@pytest.fixture
async def house(database_url: str, clock: ManualClock) -> AsyncIterator[House]:
    # Without the servers' own parts: here nobody sweeps.
    quiet = [replace(jobs, services=(), works=()), replace(events, works=())]
    modules = [*quiet, idempotency, pricing, shops, module]
    async with open_house(modules, database_url, clock) as opened:
        assert (await opened(ADA, "POST", "/v1/shops", SHOP)).status_code == 201
        yield opened


async def post(house: House, path: str, body: Any, key: str | None = None) -> httpx.Response:
    answer = await house(ADA, "POST", BASE + path, body, idempotency_key=key or str(uuid4()))
    assert answer.status_code < 500, answer.text
    return answer


async def place(house: House, name: str, priority: int = 100) -> str:
    made = await post(house, "/locations", {"name": name, "priority": priority})
    assert made.status_code == 201, made.text
    return str(made.json()["id"])


def problem(answer: httpx.Response) -> tuple[int, str]:
    assert answer.headers["content-type"] == "application/problem+json"
    return answer.status_code, answer.json()["code"]


async def test_the_life_of_stock(house: House) -> None:
    near, far = await place(house, "near", 1), await place(house, "far", 2)
    came = {"variant_id": MUG, "location_id": near, "by": 5, "reason": "delivered"}
    keyless = await house(ADA, "POST", f"{BASE}/adjustments", came)
    assert problem(keyless) == (400, "idempotency_key_required")
    first = await post(house, "/adjustments", came, key="one-click")
    level = first.json()
    assert {name: level[name] for name in ("on_hand", "reserved", "available", "version")} == {
        "on_hand": 5,
        "reserved": 0,
        "available": 5,
        "version": 1,
    }
    again = await post(house, "/adjustments", came, key="one-click")
    assert (again.content, again.headers["idempotent-replayed"]) == (first.content, "true")

    # To a number, by compare and swap; a wish that says both or half is told so.
    exact = {"variant_id": MUG, "location_id": near, "to": 8, "expected": 4, "reason": "recount"}
    changed = await post(house, "/adjustments", exact)
    assert (*problem(changed), changed.json()["on_hand"]) == (409, "stock_changed", 5)
    assert (await post(house, "/adjustments", exact | {"expected": 5})).json()["on_hand"] == 8
    for wrong, at in (({"by": 1}, "/by"), ({"expected": None}, "/expected"), ({"to": None}, "/to")):
        refused = await post(house, "/adjustments", exact | wrong)
        assert [error["pointer"] for error in refused.json()["errors"]] == [at]

    held = (await post(house, "/reservations", {"lines": [{"variant_id": MUG, "quantity": 6}]})).json()
    assert held["allocations"] == [{"variant_id": MUG, "location_id": near, "quantity": 6}]
    less = {"variant_id": MUG, "location_id": near, "by": -3, "reason": "broke"}
    refused = await post(house, "/adjustments", less)
    assert (*problem(refused), refused.json()["reserved"]) == (409, "stock_reserved", 6)
    gone = await post(house, "/adjustments", less | {"by": -9})
    assert gone.json()["shortages"] == [{"variant_id": MUG, "wanted": 9, "available": 8}]
    full = await post(house, "/adjustments", less | {"by": 1_000_000_000})
    assert problem(full) == (409, "stock_too_large")
    carried = {"variant_id": MUG, "from_location_id": near, "to_location_id": far, "quantity": 3}
    short = await post(house, "/transfers", carried)
    assert problem(short) == (409, "insufficient_stock")
    assert short.json()["shortages"] == [{"variant_id": MUG, "wanted": 3, "available": 2}]
    both = (await post(house, "/transfers", carried | {"quantity": 2})).json()
    assert [(one["location_id"], one["on_hand"], one["available"]) for one in both] == [
        (near, 6, 0),
        (far, 2, 2),
    ]
    found = [{"variant_id": TEA, "on_hand": 7}, {"variant_id": MUG, "on_hand": 9}]
    counted = await post(house, "/counts", {"location_id": far, "lines": found})
    assert {one["variant_id"]: one["on_hand"] for one in counted.json()} == {TEA: 7, MUG: 9}
    twice = await post(house, "/counts", {"location_id": far, "lines": [*found, found[0]]})
    assert [error["pointer"] for error in twice.json()["errors"]] == ["/lines/2/variant_id"]

    thresholds = {"low_stock_at": 7, "backorder_limit": 0}
    url = f"{BASE}/levels/{level['id']}"
    assert (await house(ADA, "PATCH", url, thresholds, if_match='"1"')).json()["version"] == 2
    assert problem(await house(ADA, "PATCH", url, thresholds, if_match='"1"')) == (412, "stale_level")
    for state, expected in (("low", [(MUG, near)]), ("out", [(MUG, near)])):
        listed = (await house(ADA, "GET", f"{BASE}/levels?state={state}")).json()["items"]
        assert [(one["variant_id"], one["location_id"]) for one in listed] == expected

    out = await post(house, f"/reservations/{held['holder_id']}/hand-out", None)
    assert (out.status_code, out.content) == (204, b"")
    lines = (await house(ADA, "GET", f"{BASE}/movements?level_id={level['id']}&sort=sequence")).json()
    assert [(one["sequence"], one["kind"], one["on_hand"], one["reserved"]) for one in lines["items"]] == [
        (1, "adjusted", 5, 0),
        (2, "adjusted", 8, 0),
        (3, "reserved", 8, 6),
        (4, "transferred", 6, 6),
        (5, "shipped", 0, 0),
    ]
    assert {one["created_by"] for one in lines["items"]} == {str(ADA.id)}
    assert (await house(ADA, "GET", f"{BASE}/invariants")).json() == {
        "levels": 3,
        "holds": True,
        "discrepancies": [],
    }
    assert problem(await house(EVE, "GET", f"{BASE}/invariants")) == (404, "shop_not_found")


async def test_locations_open_change_and_close(house: House) -> None:
    near, far = await place(house, "near", 5), await place(house, "far", 3)
    assert problem(await post(house, "/locations", {"name": "far"})) == (409, "location_name_taken")
    listed = (await house(ADA, "GET", f"{BASE}/locations")).json()["items"]
    assert [one["id"] for one in listed] == [far, near]
    url = f"{BASE}/locations/{near}"
    taken = await house(ADA, "PATCH", url, {"name": "far"}, if_match='"1"')
    assert problem(taken) == (409, "location_name_taken")
    assert (await house(ADA, "PATCH", url, {"active": False}, if_match='"1"')).json()["active"] is False
    assert problem(await house(ADA, "DELETE", url, if_match='"1"')) == (412, "stale_location")
    await post(house, "/counts", {"location_id": near, "lines": [{"variant_id": MUG, "on_hand": 9}]})
    assert problem(await house(ADA, "DELETE", url, if_match='"2"')) == (409, "location_in_use")
    assert (await house(ADA, "DELETE", f"{BASE}/locations/{far}", if_match='"1"')).status_code == 204
    # What lies in a place that is off sale is tracked, and cannot be had.
    short = await post(house, "/reservations", {"lines": [{"variant_id": MUG, "quantity": 1}]})
    assert short.json()["shortages"] == [{"variant_id": MUG, "wanted": 1, "available": 0}]


async def test_what_shoppers_are_told(house: House, clock: ManualClock) -> None:
    near = await place(house, "near")
    lines = [{"variant_id": MUG, "on_hand": 6}, {"variant_id": TEA, "on_hand": 1}]
    levels = (await post(house, "/counts", {"location_id": near, "lines": lines})).json()
    held = [{"variant_id": MUG, "quantity": 1}, {"variant_id": TEA, "quantity": 1}]
    hold = (await post(house, "/reservations", {"lines": held, "seconds": 60})).json()
    url = f"/v1/store/tea-house/availability?variant_id={MUG}&variant_id={TEA}&variant_id={CUP}"

    async def shelves() -> list[tuple[str, int | None]]:
        answer = await house(None, "GET", url)
        assert answer.status_code == 200, answer.text
        return [(one["state"], one["quantity"]) for one in answer.json()]

    assert await shelves() == [("few_left", None), ("out", None), ("in_stock", None)]
    tea = next(one for one in levels if one["variant_id"] == TEA)
    await house(ADA, "PATCH", f"{BASE}/levels/{tea['id']}", {"backorder_limit": 3}, if_match='"1"')
    await house(ADA, "PATCH", "/v1/shops/tea-house", {"exact_stock": True}, if_match='"1"')
    assert await shelves() == [("few_left", 5), ("backorder", 0), ("in_stock", None)]
    clock.move(timedelta(seconds=60))
    assert await shelves() == [("in_stock", 6), ("few_left", 1), ("in_stock", None)]
    # A hold that is over is in no list, though its row waits to be swept.
    assert (await house(ADA, "GET", f"{BASE}/reservations")).json()["items"] == []
    assert problem(await house(None, "GET", "/v1/store/nowhere/availability?variant_id=" + MUG)) == (
        404,
        "shop_not_found",
    )
    nobody = await house(None, "GET", "/v1/store/tea-house/availability")
    assert problem(nobody)[0] == 422
    assert (await house(ADA, "DELETE", f"{BASE}/reservations/{hold['holder_id']}")).status_code == 204
    gone = await house(ADA, "DELETE", f"{BASE}/reservations/{hold['holder_id']}")
    assert problem(gone) == (404, "reservation_not_found")


async def test_what_an_order_holds_is_not_a_merchants_to_give_back(house: House) -> None:
    near = await place(house, "near")
    await post(house, "/counts", {"location_id": near, "lines": [{"variant_id": MUG, "on_hand": 2}]})
    shop_id = UUID((await house(ADA, "GET", "/v1/shops/tea-house")).json()["id"])
    order = uuid4()
    await house.backend.database.run(
        ADA, lambda uow: inventory.reserve(uow, shop_id, order, [Want(UUID(MUG), 2)], until=None)
    )
    for method, path in (("DELETE", ""), ("POST", "/hand-out")):
        refused = await house(ADA, method, f"{BASE}/reservations/{order}{path}")
        assert problem(refused) == (409, "reservation_not_by_hand")
    (line,) = (await house(ADA, "GET", f"{BASE}/reservations?by_hand=false")).json()["items"]
    assert (line["holder_id"], line["units"], line["expires_at"]) == (str(order), 2, None)
    (await house(ADA, "GET", f"{BASE}/reservations/{order}")).raise_for_status()
