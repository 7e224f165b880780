"""Carts over HTTP, on both databases."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from backstay.kernel.clock import ManualClock
from backstay.kernel.database import UnitOfWork
from backstay.products.commerce import carts
from backstay.products.commerce.carts.queries import LIST
from backstay.products.commerce.carts.service import PERSONAL, expire
from backstay.products.commerce.shops import enter
from tests.products.commerce.carts.conftest import ADA, CARTS, EVE, MERCHANT, SHOP, Store, problem


def totals(seen: Any) -> tuple[int, int, int, int]:
    found = seen["totals"]
    return found["subtotal"], found["discount"], found["shipping"], found["total"]


def notices(seen: Any) -> list[list[tuple[str, int | None, int | None]]]:
    return [[(one["kind"], one["was"], one["now"]) for one in line["notices"]] for line in seen["lines"]]


async def test_a_guest_fills_a_cart_and_nobody_else_touches_it(store: Store) -> None:
    guest = await store.guest(shirt=1)
    assert totals(guest.seen) == (2000, 0, 0, 2000)
    assert guest.seen["totals"]["tax"] == 319
    await guest.do("POST", "/lines", store.lines(shirt=1, mug=3))
    assert await guest.bag() == {"shirt": 2, "mug": 3}
    put = {"lines": [*store.lines(mug=1)["lines"], *store.lines(shirt={"saved": True}, poster=2)["lines"]]}
    seen = await guest.do("PUT", "/lines", put)
    assert await guest.bag() == {"shirt": "saved 2", "mug": 1, "poster": 2}
    assert totals(seen) == (2000, 0, 0, 2000)
    assert seen["cart"]["version"] == 4
    assert (await guest.do("PUT", "/lines", put))["cart"]["version"] == 4
    stale = await guest.ask("POST", "/lines", store.lines(mug=1), if_match='"2"')
    assert problem(stale) == (409, "cart_changed")
    assert stale.json()["version"] == 4
    told = {(line["variant_id"], line["quantity_before"], line["quantity"]) for line in stale.json()["lines"]}
    mug, shirt, poster = (store.variants[name] for name in ("mug", "shirt", "poster"))
    assert told == {(mug, 0, 1), (shirt, 1, 0), (poster, 0, 2)}
    await guest.do("PUT", "/lines", store.lines(poster=0), if_match='"4"')
    other = await store.guest(mug=1)
    ways: list[tuple[str, str, Any]] = [
        ("GET", "", None),
        ("PATCH", "", {"note": "mine"}),
        ("POST", "/lines", store.lines(mug=1)),
        ("PUT", "/lines", store.lines(mug=9)),
        ("POST", "/seen", None),
        ("POST", "/codes", {"code": "abc"}),
        ("DELETE", "/codes/abc", None),
    ]
    for method, path, json in ways:
        for who in (None, ADA, MERCHANT):
            for headers in ({}, {"x_cart_token": str(other.token)}, {"x_cart_token": "guess"}):
                answer = await store.house(who, method, f"{CARTS}/{guest.id}{path}", json, **headers)
                assert problem(answer) == (404, "cart_not_found"), (method, path, who)
    assert await guest.bag() == {"shirt": "saved 2", "mug": 1}
    missing = await guest.ask("GET", x_cart_token=str(guest.token), accept="application/json")
    assert "token_digest" not in missing.text
    assert missing.json()["token"] is None


async def test_an_account_has_one_cart_that_is_its_own(store: Store) -> None:
    none = await store.house(ADA, "GET", f"{CARTS}/mine")
    assert problem(none) == (404, "cart_not_found")
    assert problem(await store.house(None, "GET", f"{CARTS}/mine")) == (404, "cart_not_found")
    opened = await asyncio.gather(*(store.account(ADA) for _ in range(3)))
    assert len({one.id for one in opened}) == 1
    ada = opened[0]
    assert ada.token is None
    await asyncio.gather(*(ada.do("POST", "/lines", store.lines(mug=1)) for _ in range(6)))
    assert (await store.house(ADA, "GET", f"{CARTS}/mine")).json()["lines"][0]["quantity"] == 6
    for who in (None, EVE, MERCHANT):
        answer = await store.house(who, "GET", f"{CARTS}/{ada.id}")
        assert problem(answer) == (404, "cart_not_found")
    listed = await store.manage("GET", f"{SHOP}/carts")
    assert (await store.manage("GET", f"{SHOP}/carts?state=open"))["items"] == listed["items"]
    assert [(one["customer_id"], one["units"]) for one in listed["items"]] == [(str(ADA.id), 6)]
    assert (await store.manage("GET", f"{SHOP}/carts/{ada.id}"))["totals"]["total"] == 6000
    assert problem(await store.house(EVE, "GET", f"{SHOP}/carts")) == (403, "forbidden")
    database = store.house.backend.database
    exported = await PERSONAL.export(database.reader(ADA), ADA.id)
    assert [line.quantity for line in exported["carts"][0].lines] == [6]
    assert await database.run(ADA, lambda uow: PERSONAL.erase(uow, ADA.id)) == 1
    assert problem(await ada.ask("GET")) == (404, "cart_not_found")


async def test_what_is_not_as_it_was_seen_is_told(store: Store) -> None:
    guest = await store.guest(shirt=2, mug=1, poster=1)
    place = (await store.manage("POST", f"{SHOP}/inventory/locations", {"name": "Here"}))["id"]
    put = {"location_id": place, "reason": "new"}
    await store.manage(
        "POST",
        f"{SHOP}/inventory/adjustments",
        {**put, "variant_id": store.variants["shirt"], "by": 1},
        idempotency_key="one",
    )
    await store.reprice("mug", 1200)
    await store.reprice("poster", None)
    seen = await guest.do("GET")
    assert notices(seen) == [
        [("fewer_left", 2, 1)],
        [("price_changed", 1000, 1200)],
        [("gone", 500, None)],
    ]
    assert (seen["lines"][2]["offer"], totals(seen)) == (None, (5200, 0, 0, 5200))
    refused = await guest.ask("PUT", "/lines", store.lines(poster=2, mug=1))
    assert problem(refused) == (422, "not_for_sale")
    assert [error["pointer"] for error in refused.json()["errors"]] == ["/lines/0/variant_id"]
    seen = await guest.do("POST", "/seen")
    assert notices(seen) == [[("fewer_left", 2, 1)], [], [("gone", None, None)]]
    seen = await guest.do("PUT", "/lines", store.lines(shirt=1, poster={"saved": True}))
    assert (notices(seen), totals(seen)) == ([[], [], [("gone", None, None)]], (3200, 0, 0, 3200))
    cart = seen["cart"]["id"]
    await store.reprice("mug", 900)

    async def check(uow: UnitOfWork) -> None:
        inside, shop = await enter(uow, "north-star")
        found = await carts.locked(inside, shop, UUID(cart), carts.proof_of(None, guest.token))
        made = await carts.priced(inside, shop, found)
        carts.expect(made, version=found.version, total=2900)
        carts.expect(made, version=None, total=None)
        carts.expect(made, version=found.version, total=3200)

    with pytest.raises(carts.CartChanged) as changed:
        await store.house.backend.database.run(ADA, check)
    (line,) = changed.value.extensions["lines"]
    assert (line["price_before"], line["price"], line["quantity"]) == (1200, 900, 1)
    assert (changed.value.extensions["total"], changed.value.extensions["version"]) == (
        2900,
        found_version(seen),
    )


def found_version(seen: Any) -> int:
    return int(seen["cart"]["version"])


async def test_codes_shipping_and_currency(store: Store) -> None:
    tenth = {"name": "Tenth", "off": {"kind": "percent", "ppm": 100_000}, "minimum": {"EUR": 3000}}
    coupon = await store.manage("POST", f"{SHOP}/coupons", tenth)
    await store.manage("POST", f"{SHOP}/coupons/{coupon['id']}/codes", {"code": "Tenth"})
    guest = await store.guest(shirt=1)
    refused = await guest.ask("POST", "/codes", {"code": "tenth"})
    assert problem(refused) == (409, "coupon_refused")
    assert refused.json()["refused"] == [{"code": "Tenth", "name": "Tenth", "reason": "minimum"}]
    await guest.do("POST", "/lines", store.lines(mug=1))
    seen = await guest.do("POST", "/codes", {"code": "tenth"})
    assert (totals(seen), seen["cart"]["codes"]) == ((3000, 300, 0, 2700), ["tenth"])
    options = [(one["id"], one["amount"]) for one in seen["shipping_options"]]
    assert options == [(store.post, 490)]
    address = {"name": "Ada", "line1": "1, Rue", "city": "Lyon", "country": "FR"}
    changes = {"shipping_address": address, "shipping_method": store.post, "email": "ada@example.test"}
    seen = await guest.do("PATCH", "", changes)
    assert (totals(seen), seen["totals"]["taxes"][0]["name"]) == ((3000, 300, 490, 3190), "TVA")
    await guest.do("PUT", "/lines", store.lines(mug=0))
    seen = await guest.do("GET")
    assert (totals(seen), seen["coupons"][0]["refusal"], seen["coupons"][0]["missing"]) == (
        (2000, 0, 490, 2490),
        "minimum",
        1000,
    )
    wrong = await guest.ask("PATCH", "", {"currency": "USD", "shipping_method": str(uuid4())})
    assert problem(wrong) == (422, "invalid")
    await guest.do("POST", "/lines", store.lines(mug=1, shirt=4))
    assert totals(await guest.do("GET")) == (11000, 1100, 490, 10390)
    await guest.do("POST", "/lines", store.lines(shirt=1))
    assert totals(await guest.do("GET")) == (13000, 1300, 0, 11700)
    seen = await guest.do("PATCH", "", {"currency": "GBP"})
    assert notices(seen) == [[], [("gone", None, None)]]
    assert (totals(seen), seen["cart"]["shipping_method"]) == ((10800, 0, 0, 10800), store.post)
    seen = await guest.do("DELETE", "/codes/TENTH")
    assert (seen["cart"]["codes"], seen["coupons"]) == ([], [])


@pytest.mark.parametrize(
    ("way", "bag"),
    [
        ("add", {"shirt": 4, "mug": 2, "poster": 5}),
        ("larger", {"shirt": 3, "mug": 2, "poster": 5}),
        ("guest", {"shirt": 1, "mug": "saved 2", "poster": 5}),
        ("account", {"shirt": 3, "mug": 2, "poster": "saved 5"}),
    ],
)
async def test_a_sign_in_brings_two_carts_together(store: Store, way: str, bag: dict[str, int | str]) -> None:
    await store.manage("PATCH", SHOP, {"merge": way}, if_match='"1"')
    ada, guest = await store.account(ADA, shirt=3, mug=2), await store.guest(shirt=1, poster=5)
    nobody = await guest.ask("POST", "/merge")
    assert problem(nobody) == (401, "sign_in_to_merge")
    taken = await store.house(EVE, "POST", f"{CARTS}/{guest.id}/merge", x_cart_token="guess")
    assert problem(taken) == (404, "cart_not_found")
    url = f"{CARTS}/{guest.id}/merge"
    merges = await asyncio.gather(
        *(store.house(ADA, "POST", url, x_cart_token=str(guest.token)) for _ in range(3))
    )
    assert [one.status_code for one in merges] == [200] * 3, merges[0].text
    assert {one.json()["cart"]["id"] for one in merges} == {ada.id}
    assert await ada.bag() == bag
    gone = await guest.ask("POST", "/lines", store.lines(mug=1))
    assert (problem(gone), gone.json()["cart_id"]) == ((409, "cart_merged"), ada.id)
    again = await store.house(EVE, "POST", url, x_cart_token=str(guest.token))
    assert problem(again) == (409, "cart_merged")


async def test_an_account_without_a_cart_takes_the_guests_over(store: Store) -> None:
    guest = await store.guest(shirt=1)
    url = f"{CARTS}/{guest.id}/merge"
    for _ in range(2):
        taken = await store.house(ADA, "POST", url, x_cart_token=str(guest.token))
        assert (taken.status_code, taken.json()["cart"]["id"]) == (200, guest.id)
    assert problem(await guest.ask("GET")) == (404, "cart_not_found")
    late = await store.house(EVE, "POST", url, x_cart_token=str(guest.token))
    assert problem(late) == (404, "cart_not_found")
    order = uuid4()
    database, shop = store.house.backend.database, store.house

    async def complete(uow: UnitOfWork, order_id: UUID) -> None:
        inside, found = await enter(uow, "north-star")
        cart = await carts.locked(inside, found, UUID(guest.id), carts.proof_of(ADA, None))
        carts.complete(inside, cart, order_id)

    for _ in range(2):
        await database.run(MERCHANT, lambda uow: complete(uow, order))
    with pytest.raises(carts.CartCompleted):
        await database.run(MERCHANT, lambda uow: complete(uow, uuid4()))
    bought = await shop(ADA, "POST", f"{CARTS}/{guest.id}/lines", store.lines(mug=1))
    assert (problem(bought), bought.json()["order_id"]) == ((409, "cart_completed"), str(order))
    assert (await store.account(ADA)).id != guest.id


async def test_fields_are_named_and_nothing_is_stored(store: Store) -> None:
    url = f"{CARTS}"
    unknown = {"variant_id": str(uuid4()), "quantity": 1}
    refused = await store.house(None, "POST", url, {"lines": [*store.lines(mug=1)["lines"], unknown]})
    assert problem(refused) == (422, "not_for_sale")
    assert [error["pointer"] for error in refused.json()["errors"]] == ["/lines/1/variant_id"]
    wrong = await store.house(None, "POST", url, {"currency": "EURO", "lines": [{"quantity": 0}], "x": 1})
    assert {error["pointer"] for error in wrong.json()["errors"]} == {
        "/currency",
        "/lines/0/variant_id",
        "/lines/0/quantity",
        "/x",
    }
    dollars = await store.house(None, "POST", url, {"currency": "USD"})
    assert [error["pointer"] for error in dollars.json()["errors"]] == ["/currency"]
    assert (await store.manage("GET", f"{SHOP}/carts"))["items"] == []
    guest = await store.guest(mug=1)
    twice = {"lines": [*store.lines(mug=2)["lines"], *store.lines(mug=3)["lines"]]}
    doubled = await guest.ask("PUT", "/lines", twice)
    assert [error["pointer"] for error in doubled.json()["errors"]] == ["/lines/1/variant_id"]
    absent = await guest.ask("PUT", "/lines", store.lines(shirt={"saved": True}))
    assert [error["pointer"] for error in absent.json()["errors"]] == ["/lines/0/quantity"]
    assert problem(await guest.ask("POST", "/lines", store.lines(mug=1000))) == (409, "cart_full")
    assert await guest.bag() == {"mug": 1}
    assert problem(await store.house(None, "POST", "/v1/store/no-shop/carts", {})) == (404, "shop_not_found")


async def test_carts_go_when_their_time_is_over(store: Store, clock: ManualClock) -> None:
    old, ada = await store.guest(mug=1), await store.account(ADA, mug=1)
    clock.move(timedelta(days=29))
    fresh = await store.guest(mug=1)
    clock.move(timedelta(days=1))
    assert problem(await old.ask("GET")) == (404, "cart_not_found")
    database = store.house.backend.database
    assert (await expire(database), await expire(database)) == (1, 0)
    left = {one["id"] for one in (await store.manage("GET", f"{SHOP}/carts"))["items"]}
    assert (left, LIST.name) == ({fresh.id, ada.id}, "carts.list")
