"""A small shop on a server of its own, without samples, so that every figure is known."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import httpx
import pytest

from tests.browser.conftest import Served, serving, until

SHOP = "/v1/shops/harbour-goods"
STORE = "/v1/store/harbour-goods"
ADDRESS = {"name": "Ada Lovelace", "line1": "1 Pier", "city": "Bremen", "country": "DE"}


@pytest.fixture(scope="package")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with serving(tmp_path_factory.mktemp("shop")) as served:
        yield served


@pytest.fixture(scope="package")
def goods(server: Served) -> dict[str, dict[str, Any]]:
    """A mug of 10.00 and a tea of 3.99, ten of each in Bremen, by their SKUs."""
    shop = {"slug": "harbour-goods", "name": "Harbour Goods", "currency": "EUR", "country": "DE"}
    server.call("POST", "/v1/shops", shop)
    rates = [{"country": "DE", "name": "VAT", "ppm": 190_000}]
    server.call("PUT", f"{SHOP}/taxes", {"rates": rates})
    place = server.call("POST", f"{SHOP}/inventory/locations", {"name": "Bremen"})["id"]
    made = {}
    for title, sku, amount in (("Harbour mug", "MUG", 1000), ("Island tea", "TEA", 399)):
        product = {
            "title": title,
            "variants": [{"sku": sku, "prices": [{"currency": "EUR", "amount": amount}]}],
            "published_from": "2020-01-01T00:00:00Z",
        }
        made[sku] = server.call("POST", f"{SHOP}/products", product)
        variant = made[sku]["variants"][0]["id"]
        stock = {"variant_id": variant, "location_id": place, "by": 10, "reason": "First delivery"}
        server.call("POST", f"{SHOP}/inventory/adjustments", stock, **once())
    return made


def once() -> dict[str, str]:
    return {"Idempotency-Key": str(uuid4())}


def buy(server: Served, goods: dict[str, dict[str, Any]], **units: int) -> dict[str, Any]:
    """A guest's order, paid on the mock provider's page."""
    lines = [{"variant_id": goods[sku]["variants"][0]["id"], "quantity": n} for sku, n in units.items()]
    with httpx.Client(base_url=server.url) as guest:
        opened = guest.post(f"{STORE}/carts", json={"email": "ada@example.test", "lines": lines}).json()
        cart, token = f"{STORE}/carts/{opened['cart']['id']}", {"X-Cart-Token": opened["token"]}
        seen = guest.patch(cart, json={"shipping_address": ADDRESS}, headers=token).json()
        decided = {
            "cart_version": seen["cart"]["version"],
            "expected_total": seen["totals"]["total"],
            "return_url": "https://shop.example/thanks",
        }
        answer = guest.post(f"{cart}/checkout", json=decided, headers=token | once())
        assert answer.status_code == 201, answer.text
        made = answer.json()
        own, proof = f"{STORE}/orders/{made['order']['id']}", {"X-Order-Token": made["token"]}
        page = until(lambda: guest.get(own, headers=proof).json()["payment_url"], bool)
        assert guest.post(f"{page[page.index('/v1/') :]}/pay").status_code == 303
    path = f"{SHOP}/orders/{made['order']['id']}"
    return until(lambda: dict(server.call("GET", path)), lambda order: order["status"] == "paid")


def order_of(server: Served, order: dict[str, Any]) -> dict[str, Any]:
    return dict(server.call("GET", f"{SHOP}/orders/{order['id']}"))
