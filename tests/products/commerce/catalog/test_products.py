from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

from backstay.products.commerce.catalog import offers, rated, sold, stocked
from backstay.products.commerce.shops import own
from tests.products.commerce.catalog.conftest import PEOPLE, Api

PRODUCTS = "/shops/north/products"
RED = {"sku": "J-RED", "options": ["Red"], "prices": [{"currency": "EUR", "amount": 4000}], "weight": 300}
BLUE = {
    "sku": "J-BLUE",
    "options": ["Blue"],
    "prices": [{"currency": "EUR", "amount": 5000, "compare_at": 6000}],
}


async def test_a_product_lives(api: Api) -> None:
    for kind, name in (("brands", "Nord"), ("categories", "Clothes"), ("collections", "Winter")):
        await api.ok("ada", "POST", f"/shops/north/{kind}", {"name": name})
    await api.ok("ada", "POST", "/shops/north/categories", {"name": "Jumpers", "parent": "clothes"})
    made = await api.make(
        "Merino Jumper",
        brand="nord",
        categories=["jumpers"],
        collections=["winter"],
        options=["Colour"],
        variants=[RED, BLUE],
        published_from="2099-01-01T00:00:00Z",
    )
    one = f"{PRODUCTS}/{made['id']}"
    assert (await api(None, "GET", "/store/north/products/merino-jumper")).status_code == 404
    assert await api.titles() == []
    # Published, renamed, one variant dropped, another revived with its id: the old address still leads there.
    changed = await api.ok(
        "ada",
        "PATCH",
        one,
        {"slug": "jumper", "published_from": "2020-01-01T00:00:00Z", "variants": [BLUE]},
        version=1,
    )
    assert (changed["version"], changed["brand"], changed["categories"]) == (2, "nord", ["jumpers"])
    assert [each["id"] for each in changed["variants"]] == [made["variants"][1]["id"]]
    seen = await api.ok(None, "GET", "/store/north/products/merino-jumper")
    assert seen == {
        "id": made["id"],
        "slug": "jumper",
        "title": "Merino Jumper",
        "description": "",
        "brand": {"slug": "nord", "name": "Nord"},
        "categories": [{"slug": "jumpers", "name": "Jumpers"}],
        "collections": [{"slug": "winter", "name": "Winter"}],
        "options": ["Colour"],
        "variants": [
            {
                "id": made["variants"][1]["id"],
                "sku": "J-BLUE",
                "options": {"Colour": "Blue"},
                "price": 5000,
                "compare_at": 6000,
                "image": None,
                "in_stock": True,
            }
        ],
        "media": [],
        "currency": "EUR",
        "rating": None,
        "rating_count": 0,
    }
    stale = await api("ada", "PATCH", one, {"title": "Late"}, version=1)
    assert (stale.status_code, stale.json()["code"], stale.headers["etag"]) == (412, "stale", '"2"')
    back = await api.ok("ada", "PATCH", one, {"variants": [RED, BLUE]}, version=2)
    assert [each["id"] for each in back["variants"]] == [each["id"] for each in made["variants"]]
    assert (await api.ok("ada", "PATCH", one, {"variants": [RED, BLUE]}, version=3))["version"] == 3
    # Deleted, its codes and slug are free; restored, they are taken.
    await api.ok("ada", "DELETE", one, version=3)
    assert await api.titles() == []
    twin = await api.make("Twin", slug="jumper", options=["Colour"], variants=[RED])
    refused = await api("ada", "POST", f"{one}/restore")
    assert (refused.status_code, refused.json()["code"]) == (409, "slug_taken")
    await api.ok("ada", "DELETE", f"{PRODUCTS}/{twin['id']}", version=1)
    assert (await api.ok("ada", "POST", f"{one}/restore"))["version"] == 5
    assert await api.titles("category=clothes") == ["Merino Jumper"]
    deleted = await api.ok("ada", "GET", f"{PRODUCTS}?deleted=true")
    assert [each["title"] for each in deleted["items"]] == ["Twin"]
    for query, count in (
        ("title=MERINO", 1),
        ("sku=J-RED", 1),
        ("term=winter", 1),
        ("term=nord", 1),
        ("sku=X", 0),
    ):
        assert len((await api.ok("ada", "GET", f"{PRODUCTS}?{query}"))["items"]) == count, query


async def test_every_fault_is_named_and_others_see_nothing(api: Api) -> None:
    draft = {
        "title": "X",
        "brand": "none",
        "options": ["Size"],
        "published_from": "2030-01-01T00:00:00Z",
        "published_until": "2029-01-01T00:00:00Z",
        "variants": [
            {"sku": "A", "options": []},
            {"sku": "A", "options": ["S"], "prices": [{"currency": "USD", "amount": 5, "compare_at": 5}]},
            {"sku": "B", "options": ["S"]},
        ],
    }
    answer = await api("ada", "POST", PRODUCTS, draft)
    assert answer.status_code == 422
    assert [(one["pointer"], one["code"]) for one in answer.json()["errors"]] == [
        ("/brand", "choice"),
        ("/published_until", "range"),
        ("/variants/0/options", "length"),
        ("/variants/1/sku", "unique"),
        ("/variants/1/prices/0/currency", "choice"),
        ("/variants/1/prices/0/compare_at", "range"),
        ("/variants/2/options", "unique"),
    ]
    made = await api.make("Mine")
    assert (
        await api("ada", "POST", PRODUCTS, {"title": "Z", "variants": [{"sku": "MINE"}]})
    ).status_code == 409
    for who, expected in (("eve", 404), (None, 401), ("clerk", 403)):
        changed = await api(who, "PATCH", f"{PRODUCTS}/{made['id']}", {"title": "Theirs"}, version=1)
        assert changed.status_code == expected
    # Through a shop of one's own, too.
    there = f"/shops/south/products/{made['id']}"
    assert (await api("eve", "GET", there)).status_code == 404
    assert (await api("eve", "DELETE", there, version=1)).status_code == 404
    # A tree has no cycles, and does not lose what is in a category.
    for name, parent in (("A", None), ("B", "a"), ("C", "b")):
        await api.ok("ada", "POST", "/shops/north/categories", {"name": name, "parent": parent})
    deep = await api.make("Deep", categories=["c"])
    cycle = await api("ada", "PATCH", "/shops/north/categories/a", {"parent": "c"}, version=1)
    assert cycle.json()["errors"][0]["code"] == "cycle"
    await api.ok("ada", "PATCH", "/shops/north/categories/b", {"parent": None}, version=1)
    assert [await api.titles(f"category={slug}") for slug in "abc"] == [[], ["Deep"], ["Deep"]]
    full = await api("ada", "DELETE", "/shops/north/categories/b", version=2)
    assert full.json()["code"] == "category_not_empty"
    await api.ok("ada", "DELETE", "/shops/north/categories/c", version=1)
    assert (await api.ok("ada", "GET", f"{PRODUCTS}/{deep['id']}"))["categories"] == []
    assert await api.titles("category=b") == []


async def test_prices_follow_lists_and_the_clock(api: Api) -> None:
    made = await api.make("Tea", variants=[{"sku": "T", "prices": [{"currency": "EUR", "amount": 1000}]}])
    await api.make("Cup", price=900)
    tea = UUID(made["variants"][0]["id"])
    now = api.clock.now()
    lists = "/shops/north/price-lists"
    sale = {
        "name": "Sale",
        "currency": "EUR",
        "starts_at": (now + timedelta(days=1)).isoformat(),
        "ends_at": (now + timedelta(days=2)).isoformat(),
    }
    group = await api.ok("ada", "POST", "/shops/north/customer-groups", {"code": "trade", "name": "Trade"})
    members = f"/shops/north/customer-groups/{group['id']}/members"
    await api.ok("ada", "POST", members, {"customer_id": str(PEOPLE["eve"].id)})
    for terms, amount in (
        (sale, 700),
        ({"name": "Trade", "currency": "EUR", "customer_group": "trade"}, 500),
    ):
        made_list = await api.ok("ada", "POST", lists, terms)
        prices = {"prices": [{"sku": "T", "amount": amount}]}
        await api.ok("ada", "POST", f"{lists}/{made_list['id']}/prices", prices, version=1)

    async def state() -> tuple[int, int | None, int, list[str]]:
        reader = api.backend.reader(PEOPLE["ada"])
        shop = await own(reader, "north")
        mine = await offers(reader, shop, [tea], currency="EUR")
        trade = await offers(reader, shop, [tea], currency="EUR", customer_id=PEOPLE["eve"].id)
        (offer,), (cheap,) = mine.values(), trade.values()
        return offer.unit_price, offer.compare_at, cheap.unit_price, await api.titles("sort=price")

    assert await state() == (1000, None, 500, ["Cup", "Tea"])
    api.clock.move(timedelta(days=1))
    assert await state() == (700, 1000, 500, ["Tea", "Cup"])
    api.clock.move(timedelta(days=1))
    assert await state() == (1000, None, 500, ["Cup", "Tea"])
    # Many prices at once, to the cent, and back; what somebody changed meanwhile stays.
    edits = "/shops/north/price-edits"
    draft: dict[str, Any] = {"currency": "EUR", "ppm": 895_000, "round_to": 50, "compare_at": "before"}
    rehearsed = await api.ok("ada", "POST", edits, draft | {"dry_run": True})
    assert (rehearsed["id"], rehearsed["changed"]) == (None, 2)
    done = await api.ok("ada", "POST", edits, draft)
    assert [(one["sku"], one["after"], one["after_compare_at"]) for one in done["sample"]] == [
        ("CUP", 800, 900),
        ("T", 900, 1000),
    ]
    stale = await api("ada", "PATCH", f"/shops/north/products/{made['id']}", {"title": "Late"}, version=1)
    assert stale.status_code == 412
    changed = {"variants": [{"sku": "T", "prices": [{"currency": "EUR", "amount": 950}]}]}
    await api.ok("ada", "PATCH", f"/shops/north/products/{made['id']}", changed, version=2)
    undone = await api.ok("ada", "POST", f"{edits}/{done['id']}/undo")
    assert (undone["restored"], [one["sku"] for one in undone["left"]]) == (1, ["T"])
    assert (await api("ada", "POST", f"{edits}/{done['id']}/undo")).json()["code"] == "not_undoable"
    assert await state() == (950, None, 500, ["Cup", "Tea"])
    assert (await api.found())["items"][0]["price"] in (900, 950)
    # What others tell of it moves the list and not the version.
    async with api.backend.database.transaction(PEOPLE["ada"]) as uow:
        shop = await own(uow, "north")
        await sold(uow, shop.id, {UUID(made["id"]): 3})
        await rated(uow, shop.id, UUID(made["id"]), rating=4500, rating_count=2)
        await stocked(uow, shop.id, {tea: False})
    (first, _) = (await api.found("sort=best_selling"))["items"]
    assert (first["title"], first["rating"], first["in_stock"]) == ("Tea", 4500, False)
    assert await api.titles("in_stock=true") == ["Cup"]
    assert await api.titles("rating=4") == ["Tea"]
    assert (await api.ok("ada", "GET", f"/shops/north/products/{made['id']}"))["version"] == 3


async def test_lists_show_what_there_is_at_a_glance(api: Api) -> None:
    shown = [{"url": "/jumper.jpg", "alt": ""}]
    jumper = await api.make("Merino Jumper", options=["Colour"], variants=[RED, BLUE], media=shown)
    bare = await api.make("Bare", variants=[{"sku": "B%_1"}], published_from=None)
    await api.make("Later", published_from="2099-01-01T00:00:00Z")
    await api.make("Once", published_until="2021-01-01T00:00:00Z")
    listed = (await api.ok("ada", "GET", f"{PRODUCTS}?sort=title"))["items"]
    glances = [
        tuple(one[name] for name in ("title", "image", "variants", "price_from", "price_to", "in_stock"))
        for one in listed
    ]
    assert glances == [
        ("Bare", None, 1, None, None, True),
        ("Later", None, 1, 1000, 1000, True),
        ("Merino Jumper", "/jumper.jpg", 2, 4000, 5000, True),
        ("Once", None, 1, 1000, 1000, True),
    ]
    for state, title in (
        ("live", "Merino Jumper"),
        ("scheduled", "Later"),
        ("ended", "Once"),
        ("draft", "Bare"),
    ):
        (one,) = (await api.ok("ada", "GET", f"{PRODUCTS}?state={state}"))["items"]
        assert one["title"] == title
    variants = "/shops/north/variants"
    found = (await api.ok("ada", "GET", f"{variants}?q=jump"))["items"]
    assert found[0] == {
        "id": jumper["variants"][1]["id"],
        "product_id": jumper["id"],
        "sku": "J-BLUE",
        "title": "Merino Jumper",
        "options": {"Colour": "Blue"},
        "image": "/jumper.jpg",
        "in_stock": True,
        "price": 5000,
    }
    assert [one["sku"] for one in found] == ["J-BLUE", "J-RED"]
    # A percent sign is one, and stands for nothing else.
    assert [one["sku"] for one in (await api.ok("ada", "GET", f"{variants}?q=%25_"))["items"]] == ["B%_1"]
    # What is gone is found by its id alone: stock and orders still speak of it.
    await api.ok("ada", "DELETE", f"{PRODUCTS}/{bare['id']}", version=1)
    gone = bare["variants"][0]["id"]
    assert (await api.ok("ada", "GET", f"{variants}?q=bare"))["items"] == []
    assert [one["sku"] for one in (await api.ok("ada", "GET", f"{variants}?ids={gone}"))["items"]] == ["B%_1"]
    (trashed,) = (await api.ok("ada", "GET", f"{PRODUCTS}?deleted=true"))["items"]
    assert (trashed["title"], trashed["variants"]) == ("Bare", 1)
    assert (await api("eve", "GET", variants)).status_code == 404
