"""Products in DummyJSON's form: what becomes of each field, imported, in stock, and imported again."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from backstay.products.commerce import catalog
from backstay.products.commerce.replay import service
from backstay.products.commerce.replay.errors import NotReadable
from tests.products.commerce.replay.test_replay import Past, past  # noqa: F401 - the fixture


def _product(title: str, sku: str, **more: Any) -> dict[str, Any]:
    said = {
        "rating": 4,
        "comment": "Very satisfied!",
        "date": "2025-04-30T09:41:02.053Z",
        "reviewerName": "Lucas",
    }
    return {
        "id": 1,
        "title": title,
        "description": "Volume, and length.",
        "category": "skin-care",
        "price": 9.99,
        "discountPercentage": 10.48,
        "stock": 99,
        "tags": ["beauty", "mascara"],
        "brand": "L'Étoile",
        "sku": sku,
        "weight": 4,
        "returnPolicy": "No return policy",
        "reviews": [{**said, "reviewerEmail": "lucas@x.dummyjson.com"}],
        "meta": {"createdAt": "2025-04-30T09:41:02.053Z", "barcode": "5784719087687"},
        "images": ["https://cdn.example/1.webp"],
        **more,
    }


async def test_products_are_imported_with_their_stock(past: Past, tmp_path: Path) -> None:  # noqa: F811 - the fixture
    path = tmp_path / "products.json"
    path.write_text(
        json.dumps([_product("Mascara", "BEA-1"), _product("Mascara!", "BEA-1", discountPercentage=0)])
    )
    listing = service.read_products(path, "GBP")
    assert (listing.stock, listing.renamed) == ({"BEA-1": 99, "BEA-1-2": 99}, ["BEA-1"])
    assert [(one.sku, one.number, one.author, one.rating, one.text) for one in listing.reviews] == [
        ("BEA-1", 0, "Lucas", 4, "Very satisfied!"),
        ("BEA-1-2", 0, "Lucas", 4, "Very satisfied!"),
    ]
    stocked = []
    for _ in range(2):
        async with past.database.transaction(past.actor) as uow:
            import_id = await catalog.import_csv(uow, past.shop, listing.content)
        await past.market.work()
        done = await catalog.get_import(past.database.reader(past.actor), past.shop, import_id)
        assert (done.state.value, done.refused) == ("done", 0)
        async with past.database.transaction(past.actor) as uow:
            stocked.append(await service.stock_up(uow, past.shop, listing, import_id))
            assert await service.take_reviews(uow, past.shop, listing) == 2
    assert stocked == [2, 0]
    said = (await past.ask("/reviews"))["items"]
    assert [(one["author"], one["rating"], one["verified"], one["state"]) for one in said] == [
        ("Lucas", 4, False, "published")
    ] * 2
    (mascara,) = [
        one for one in (await past.ask("/products?limit=100"))["items"] if one["title"] == "Mascara"
    ]
    whole = await past.ask(f"/products/{mascara['id']}")
    assert (whole["brand"], whole["categories"], whole["collections"]) == (
        "l-etoile",
        ["skin-care"],
        ["beauty", "mascara"],
    )
    assert whole["description"] == "Volume, and length.\n\nNo return policy"
    (variant,) = whole["variants"]
    assert (variant["sku"], variant["prices"], variant["barcode"]) == (
        "BEA-1",
        [{"currency": "GBP", "amount": 894, "compare_at": 999}],
        "5784719087687",
    )
    levels = (await past.ask("/inventory/levels"))["items"]
    assert [one["on_hand"] for one in levels] == [99, 99]


def test_what_is_no_list_of_products_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "products.json"
    for content in ("{}", "[{}]", "no JSON", json.dumps([_product("A", "B", stock=-1)])):
        path.write_text(content)
        with pytest.raises(NotReadable):
            service.read_products(path, "GBP")
