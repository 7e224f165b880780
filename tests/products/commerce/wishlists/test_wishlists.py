"""What an account wishes for in a shop, what becomes of it, and who sees it, on both databases."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import pytest

from backstay.kernel.actor import SYSTEM
from backstay.kernel.clock import ManualClock
from backstay.products.commerce.wishlists.module import module as wishlists
from backstay.products.commerce.wishlists.service import PERSONAL
from tests.house import open_house
from tests.products.commerce.carts.conftest import ADA, CARTS, EVE, MODULES, SHOP, Store, problem

URL = "/v1/store/north-star/wishlists"


@pytest.fixture
async def store(database_url: str, clock: ManualClock) -> AsyncIterator[Store]:
    async with open_house([*MODULES, wishlists], database_url, clock) as house:
        opened = Store(house)
        await opened.fill()
        yield opened


def shown(answer: Any) -> dict[str, list[tuple[str, int | None, int | None]]]:
    """The notices of each wish, by title."""
    return {
        one["item"]["title"]: [(note["kind"], note["was"], note["now"]) for note in one["notices"]]
        for one in answer["items"]
    }


async def test_wishes_tell_what_has_become_of_them(store: Store) -> None:
    async def ask(method: str, path: str = "", json: Any = None, **headers: str) -> Any:
        answer = await store.house(ADA, method, f"{URL}{path}", json, **headers)
        assert answer.status_code < 300, (method, path, answer.text)
        return answer.json() if answer.content else None

    shirt, mug, poster = (store.variants[title] for title in ("shirt", "mug", "poster"))
    assert await ask("GET") == []
    made = await ask("PUT", f"/default/items/{shirt}", {"note": "Size M"})
    assert (made["name"], made["default"], made["version"]) == ("Wishlist", True, 2)
    again = await ask("PUT", f"/default/items/{shirt}", {})
    assert (again["version"], again["items"][0]["item"]["note"]) == (2, "Size M")
    await ask("PUT", f"/default/items/{mug}", {})
    await ask("PUT", f"/default/items/{poster}", {"currency": "GBP"})
    one = f"/{made['id']}"
    assert shown(await ask("GET", one)) == {"Shirt": [], "Mug": [], "Poster": []}

    await store.reprice("shirt", 1_500)
    await store.reprice("mug", None)
    place = (await store.manage("POST", f"{SHOP}/inventory/locations", {"name": "Hamburg"}))["id"]

    async def stock(by: int) -> None:
        body = {"variant_id": shirt, "location_id": place, "by": by, "reason": "counted"}
        key = str(uuid4())
        await store.manage("POST", f"{SHOP}/inventory/adjustments", body, idempotency_key=key)

    await stock(1)
    await stock(-1)
    seen = await ask("GET", one)
    assert shown(seen) == {
        "Shirt": [("price_dropped", 2_000, 1_500), ("out_of_stock", None, None)],
        "Mug": [("gone", None, None)],
        "Poster": [],
    }
    assert (seen["items"][0]["offer"]["unit_price"], seen["items"][2]["offer"]["currency"]) == (1_500, "GBP")

    # Wished for while none was there: it is told when some are.
    await ask("DELETE", f"{one}/items/{shirt}")
    await ask("PUT", f"{one}/items/{shirt}", {})
    await stock(1)
    await store.reprice("shirt", 1_600)
    assert shown(await ask("GET", one))["Shirt"] == [
        ("price_rose", 1_500, 1_600),
        ("back_in_stock", None, None),
    ]

    cart = (await store.account(ADA)).id
    moved = await ask("POST", f"{one}/items/{shirt}/move", {"cart_id": cart, "quantity": 1})
    assert (moved["cart_id"], list(shown(moved["list"]))) == (cart, ["Mug", "Poster"])
    assert (await store.house(ADA, "GET", f"{CARTS}/{cart}")).json()["lines"][0]["variant_id"] == shirt
    for path, json, expected in (
        (f"{one}/items/{shirt}/move", {"cart_id": cart}, (404, "not_on_the_list")),
        (f"{one}/items/{mug}/move", {"cart_id": cart}, (422, "not_for_sale")),
        (f"{one}/items/{poster}/move", {"cart_id": str(uuid4())}, (404, "cart_not_found")),
    ):
        assert problem(await store.house(ADA, "POST", f"{URL}{path}", json)) == expected
    # What a cart refused is on the list still.
    assert list(shown(await ask("GET", one))) == ["Mug", "Poster"]
    kept = await ask("POST", f"{one}/items/{poster}/move", {"cart_id": cart, "keep": True})
    assert list(shown(kept["list"])) == ["Mug", "Poster"]

    database = store.house.backend.database
    (told,) = (await PERSONAL.export(database.reader(SYSTEM), ADA.id))["lists"]
    assert [item.title for item in told.items] == ["Mug", "Poster"]
    assert await database.run(SYSTEM, lambda uow: PERSONAL.erase(uow, ADA.id)) == 1
    assert await ask("GET") == []


async def test_lists_are_named_shared_and_their_accounts_alone(store: Store) -> None:
    async def ada(method: str, path: str = "", json: Any = None, **headers: str) -> Any:
        return await store.house(ADA, method, f"{URL}{path}", json, **headers)

    first = (await ada("POST", "", {"name": "Birthday"})).json()
    second = (await ada("POST", "", {"name": "Kitchen"})).json()
    assert (first["default"], second["default"]) == (True, False)
    assert problem(await ada("POST", "", {"name": "BIRTHDAY"})) == (409, "wishlist_name_taken")
    wrong = await ada("POST", "", {"name": " "})
    assert (wrong.status_code, [error["pointer"] for error in wrong.json()["errors"]]) == (422, ["/name"])
    one, two = f"/{first['id']}", f"/{second['id']}"
    answer = await ada("PATCH", two, {"name": "birthday"}, if_match='"1"')
    assert problem(answer) == (409, "wishlist_name_taken")
    changed = await ada("PATCH", two, {"name": "For the house", "default": True}, if_match='"1"')
    assert (changed.json()["default"], changed.headers["etag"]) == (True, '"2"')
    assert problem(await ada("PATCH", two, {"name": "x"}, if_match='"1"')) == (412, "stale_wishlist")
    assert [(one["name"], one["default"]) for one in (await ada("GET")).json()] == [
        ("Birthday", False),
        ("For the house", True),
    ]
    item = f"{two}/items/{store.variants['mug']}"
    await ada("PUT", item, {"note": "The blue one"})
    wrong = await ada("PUT", f"{two}/items/{uuid4()}", {})
    assert problem(wrong) == (422, "not_for_sale")
    wrong = await ada("PUT", item, {"currency": "JPY"})
    assert [error["pointer"] for error in wrong.json()["errors"]] == ["/currency"]

    link = (await ada("POST", f"{two}/share")).json()["token"]
    other = (await ada("POST", f"{two}/share")).json()["token"]
    shared = "/v1/store/north-star/shared-wishlists"
    assert problem(await store.house(None, "GET", f"{shared}/{link}")) == (404, "wishlist_link_not_found")
    read = await store.house(EVE, "GET", f"{shared}/{other}")
    assert (read.headers["cache-control"], read.json()["name"]) == ("no-store", "For the house")
    (seen,) = read.json()["items"]
    assert (seen["title"], seen["note"], seen["offer"]["unit_price"]) == ("Mug", "The blue one", 1_000)
    assert other not in str([record.path for record in store.house.records])

    for who, expected in ((EVE, (404, "wishlist_not_found")), (None, (401, "unauthenticated"))):
        for method, path, json in (
            ("GET", two, None),
            ("PATCH", two, {"name": "Theirs"}),
            ("DELETE", two, None),
            ("PUT", item, {}),
            ("DELETE", item, None),
            ("POST", f"{item}/move", {"cart_id": str(uuid4())}),
            ("POST", f"{two}/share", None),
            ("DELETE", f"{two}/share", None),
        ):
            answer = await store.house(who, method, f"{URL}{path}", json, if_match='"3"')
            assert problem(answer) == expected, (method, path)
    assert (await store.house(EVE, "GET", URL)).json() == []

    await ada("DELETE", f"{two}/share")
    assert problem(await store.house(None, "GET", f"{shared}/{other}")) == (404, "wishlist_link_not_found")
    version = (await ada("GET", two)).headers["etag"]
    assert (await ada("DELETE", two, if_match=version)).status_code == 204
    # What is left becomes the default.
    assert [(one["name"], one["default"]) for one in (await ada("GET")).json()] == [("Birthday", True)]
    assert (await ada("GET", one)).json()["items"] == []
    for number in range(17):
        assert (await ada("POST", "", {"name": f"Another {number}"})).status_code == 201
    racers = await asyncio.gather(*(ada("POST", "", {"name": f"Racer {number}"}) for number in range(16)))
    assert sorted(answer.status_code for answer in racers) == [201, 201, *[409] * 14]
    full = await ada("POST", "", {"name": "One too many"})
    assert (problem(full), full.json()["most"]) == ((409, "wishlist_full"), 20)
