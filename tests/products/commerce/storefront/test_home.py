"""A shop's home: what is on it, and how long."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from backstay.products.commerce import catalog
from backstay.products.commerce.shops import own
from backstay.systems.cache import Cache
from tests.products.commerce.orders.conftest import SHOP, Market

HOME = f"/v1/store/{SHOP}/home"


async def home(market: Market, query: str = "") -> dict[str, list[str]]:
    """The titles of each section."""
    found = await market.ask("GET", f"{HOME}{query}")
    return {part["kind"]: [one["title"] for one in part["items"]] for part in found["sections"]}


async def test_it_tells_what_was_committed_and_nothing_that_is_not_known(market: Market) -> None:
    # Nothing was sold, rated or reduced: there are no such sections.
    assert await home(market) == {"newest": ["Tea", "Mug"]}
    fills = market.house.backend.part(Cache).counts["storefront.home"]
    before = fills.fills
    assert await home(market) == {"newest": ["Tea", "Mug"]}
    assert fills.fills == before

    async def tell(uow: Any) -> None:
        shop = await own(uow, SHOP)
        mug = await catalog.look(uow, shop, "mug", currency="EUR")
        await catalog.sold(uow, shop.id, {mug.id: 3})
        await catalog.rated(uow, shop.id, mug.id, rating=4500, rating_count=2)

    await market.house.backend.database.run(market.merchant, tell)
    tea = (await market.manage("GET", "/products?title=Tea"))["items"][0]
    reduced = {"currency": "EUR", "amount": 299, "compare_at": 399}
    draft = {"variants": [{"sku": "tea", "prices": [reduced]}]}
    await market.manage("PATCH", f"/products/{tea['id']}", draft, if_match=f'"{tea["version"]}"')
    assert await home(market) == {
        "top_selling": ["Mug"],
        "on_sale": ["Tea"],
        "highest_rated": ["Mug"],
        "newest": ["Tea", "Mug"],
    }
    found = await market.ask("GET", f"/v1/store/{SHOP}/products?on_sale=true")
    assert [one["title"] for one in found["items"]] == ["Tea"]

    # A rollback changes nothing; the clock alone does.
    refused = await market.send(
        "PATCH", f"/v1/shops/{SHOP}/products/{tea['id']}", draft, who=market.merchant, if_match='"1"'
    )
    assert refused.status_code == 412
    soon = market.clock.now() + timedelta(seconds=30)
    await market.offer("jar", 500, published_from=soon.isoformat())
    shown = await market.ask("GET", HOME)
    assert (shown["products"], shown["until"] is None) == (2, False)
    market.clock.move(timedelta(seconds=31))
    assert (await home(market))["newest"] == ["Jar", "Tea", "Mug"]
    assert (await market.send("GET", f"{HOME}?currency=GBP")).status_code == 422


async def test_it_shows_where_things_are(market: Market) -> None:
    await market.manage("POST", "/categories", {"name": "Kitchen"})
    await market.manage("POST", "/categories", {"name": "Cups", "parent": "kitchen"})
    await market.offer("cup", 700, categories=["cups"])
    found = await market.ask("GET", HOME)
    assert found["categories"] == [
        {"slug": "cups", "name": "Cups", "parent": "kitchen", "count": 1},
        {"slug": "kitchen", "name": "Kitchen", "parent": None, "count": 1},
    ]
