from __future__ import annotations

from random import Random
from typing import Any

from tests.products.commerce.catalog.conftest import Api

COLOURS, SIZES = ("Red", "Blue", "Green"), ("S", "M")


async def fill(api: Api) -> None:
    for name in ("Nord", "Sud"):
        await api.ok("ada", "POST", "/shops/north/brands", {"name": name})
    for name, parent in (("Home", None), ("Tables", "home"), ("Garden", None)):
        await api.ok("ada", "POST", "/shops/north/categories", {"name": name, "parent": parent})
    random = Random(7)
    words = ("oak", "pine", "steel", "lamp", "table", "chair")
    for number in range(24):
        variants = [
            {
                "sku": f"S{number}-{place}",
                "options": [random.choice(COLOURS), size],
                "prices": [{"currency": "EUR", "amount": random.randrange(1, 60) * 100}],
            }
            for place, size in enumerate(random.sample(SIZES, random.randrange(1, 3)))
        ]
        await api.make(
            f"{random.choice(words)} {random.choice(words)} {number}".title(),
            description=random.choice(words),
            brand=random.choice(("nord", "sud", None)),
            categories=random.sample(("tables", "garden"), random.randrange(0, 2)),
            options=["Colour", "Size"],
            variants=variants,
        )


async def walk(api: Api, query: str, *, limit: int = 5) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = []
    cursor = ""
    while True:
        page = await api.found(f"{query}&limit={limit}&facets=false{cursor}")
        items += page["items"]
        if page["next_cursor"] is None:
            assert page["total"] == len(items)
            return items
        cursor = f"&cursor={page['next_cursor']}"


async def test_each_count_is_the_length_of_the_list_behind_it(api: Api) -> None:
    await fill(api)
    for chosen in (
        {},
        {"brand": "nord", "option": "Colour:Red"},
        {"category": "home", "price_from": "1000", "price_to": "4999"},
        {"q": "oak", "option": "Size:M", "in_stock": "true"},
    ):
        facets = (await api.found(query(chosen)))["facets"]
        behind = [
            ({kind: one["slug"]}, one["count"])
            for kind, many in (("category", "categories"), ("brand", "brands"))
            for one in facets[many]
        ]
        behind += [
            ({"price_from": str(one["price_from"]), "price_to": str(one["price_to"])}, one["count"])
            for one in facets["prices"]
        ]
        behind += [
            ({"option": f"{option['name']}:{one['value']}"}, one["count"])
            for option in facets["options"]
            for one in option["values"]
        ]
        assert behind
        for narrowed, count in behind:
            name = chosen.get("option", "").split(":")[0]
            kept = dict(chosen)
            extra = ""
            if "option" in narrowed and name and not narrowed["option"].startswith(f"{name}:"):
                extra = "&option=" + kept["option"]  # another option is chosen beside it
            found = await api.found(query(kept | narrowed) + extra + "&limit=1")
            assert found["total"] == count, (chosen, narrowed)
    cheap = await walk(api, "sort=price")
    prices = [one["price"] for one in cheap]
    assert prices == sorted(prices)
    assert len({one["id"] for one in cheap}) == 24
    dear = await walk(api, "sort=-price", limit=7)
    assert [one["id"] for one in dear] == [one["id"] for one in reversed(cheap)]
    assert [one["title"].rsplit(" ")[-1] for one in await walk(api, "sort=newest")] != []


def query(chosen: dict[str, str]) -> str:
    return "&".join(f"{name}={value}" for name, value in chosen.items())


async def test_words_are_found_whole_begun_slipped_and_by_code(api: Api) -> None:
    await api.ok("ada", "POST", "/shops/north/brands", {"name": "Åkervall"})
    await api.make("Oak table", description="A desk for two.")
    await api.make(
        "Desk lamp", brand="akervall", variants=[{"sku": "L-1", "prices": [{"currency": "EUR", "amount": 1}]}]
    )
    await api.make("Chair")
    assert await api.titles("q=desk") == ["Desk lamp", "Oak table"]
    assert await api.titles("q=des") == ["Desk lamp", "Oak table"]
    assert await api.titles("q=DESK two") == ["Oak table"]
    assert await api.titles("q=akervall lamp") == ["Desk lamp"]
    assert await api.titles("q=l-1") == ["Desk lamp"]
    for slip in ("tabel", "tble", "tablle", "tabke"):
        found = await api.found(f"q={slip}")
        assert (found["corrected"], [one["title"] for one in found["items"]]) == (
            {slip: "table"},
            ["Oak table"],
        )
    assert await api.titles("q=nothing") == []
    assert await api.titles("q=...") == []
    first = await api.found("limit=1")
    other = await api("ada", "GET", f"/store/north/products?limit=1&sort=price&cursor={first['next_cursor']}")
    assert (other.status_code, other.json()["code"]) == (400, "bad_cursor")
    assert (await api(None, "GET", "/store/north/products?currency=USD")).status_code == 422
    assert (await api(None, "GET", "/store/nowhere/products")).status_code == 404
    assert (await api.ok(None, "GET", "/store/south/products"))["total"] == 0
    # A second process, which held the window before the change, shows it too.
    chair = (await api.found("q=chair"))["items"][0]
    await api.ok("ada", "DELETE", f"/shops/north/products/{chair['id']}", version=1)
    assert await api.titles("q=chair") == []
