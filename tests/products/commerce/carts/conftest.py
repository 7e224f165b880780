"""A shop with goods, and shoppers in it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import httpx
import pytest

from backstay.kernel.actor import Actor
from backstay.kernel.clock import ManualClock
from backstay.products.commerce.carts.module import module as carts
from backstay.products.commerce.catalog.module import module as catalog
from backstay.products.commerce.coupons.module import module as coupons
from backstay.products.commerce.giftcards.module import module as giftcards
from backstay.products.commerce.inventory.module import module as inventory
from backstay.products.commerce.pricing.module import module as pricing
from backstay.products.commerce.shops.module import module as shops
from backstay.systems.events.module import module as events
from backstay.systems.idempotency.module import module as idempotency
from backstay.systems.jobs.module import module as jobs
from backstay.systems.payments.module import module as payments
from backstay.systems.ratelimit.module import module as ratelimit
from backstay.systems.traffic.module import module as traffic
from tests.conftest import make_actor
from tests.house import House, open_house

MERCHANT = make_actor("merchant")
ADA, EVE = make_actor("ada", permissions=()), make_actor("eve", permissions=())
# Without the servers' own parts: here the tests run the jobs.
QUIET = [replace(jobs, services=()), replace(events, works=())]
MODULES = [idempotency, *QUIET, traffic, ratelimit, payments, pricing, shops, catalog, inventory]
MODULES += [coupons, giftcards, carts]
SHOP = "/v1/shops/north-star"
CARTS = "/v1/store/north-star/carts"


class Store:
    """A shop of the merchant's, with a shirt, a mug and a poster."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.variants: dict[str, str] = {}
        self.products: dict[str, Any] = {}

    async def manage(self, method: str, path: str, json: Any = None, **headers: str) -> Any:
        """What the merchant does."""
        answer = await self.house(MERCHANT, method, path, json, **headers)
        assert answer.status_code < 300, answer.text
        return answer.json() if answer.content else None

    async def fill(self) -> None:
        """Open the shop."""
        new = {"slug": "north-star", "name": "North Star", "currency": "EUR", "country": "DE"}
        await self.manage("POST", "/v1/shops", {**new, "currencies": ["EUR", "GBP"], "exact_stock": True})
        rates = [
            {"country": "DE", "name": "VAT", "ppm": 190_000},
            {"country": "FR", "name": "TVA", "ppm": 200_000},
        ]
        await self.manage("PUT", f"{SHOP}/taxes", {"rates": rates})
        post = {"name": "Post", "amount": 490, "currency": "EUR", "free_from": 10_000}
        self.post = (await self.manage("POST", f"{SHOP}/shipping", post))["id"]
        for title, amounts in (
            ("Shirt", {"EUR": 2_000, "GBP": 1_800}),
            ("Mug", {"EUR": 1_000}),
            ("Poster", {"EUR": 500, "GBP": 400}),
        ):
            prices = [{"currency": currency, "amount": amount} for currency, amount in amounts.items()]
            draft = {
                "title": title,
                "variants": [{"sku": title.upper(), "prices": prices}],
                "published_from": "2020-01-01T00:00:00Z",
            }
            product = await self.manage("POST", f"{SHOP}/products", draft)
            self.products[title.lower()] = product
            self.variants[title.lower()] = product["variants"][0]["id"]

    async def reprice(self, title: str, amount: int | None) -> None:
        """Sell something at another price, or not at all."""
        product = self.products[title]
        prices = [] if amount is None else [{"currency": "EUR", "amount": amount}]
        changes = {"variants": [{"sku": title.upper(), "prices": prices}]}
        path = f"{SHOP}/products/{product['id']}"
        self.products[title] = await self.manage("PATCH", path, changes, if_match=f'"{product["version"]}"')

    def lines(self, **quantities: Any) -> dict[str, Any]:
        """Lines by title."""
        return {
            "lines": [
                {"variant_id": self.variants[title], **({"quantity": of} if isinstance(of, int) else of)}
                for title, of in quantities.items()
            ]
        }

    async def guest(self, **quantities: int) -> Shopper:
        """A guest with a new cart."""
        return await self._open(None, quantities)

    async def account(self, who: Actor, **quantities: int) -> Shopper:
        """Somebody signed in, with their cart."""
        return await self._open(who, quantities)

    async def _open(self, who: Actor | None, quantities: dict[str, int]) -> Shopper:
        answer = await self.house(who, "POST", CARTS, self.lines(**quantities))
        assert answer.status_code == 201, answer.text
        return Shopper(self, who, answer.json())


class Shopper:
    """Somebody with a cart."""

    def __init__(self, store: Store, who: Actor | None, opened: Any) -> None:
        self.store = store
        self.who = who
        self.token: str | None = opened["token"]
        self.id = opened["cart"]["id"]
        self.seen = opened

    async def ask(self, method: str, path: str = "", json: Any = None, **headers: str) -> httpx.Response:
        """Anything, about their cart."""
        if self.token is not None:
            headers.setdefault("x_cart_token", self.token)
        return await self.store.house(self.who, method, f"{CARTS}/{self.id}{path}", json, **headers)

    async def do(self, method: str, path: str = "", json: Any = None, **headers: str) -> Any:
        """Something that goes well."""
        answer = await self.ask(method, path, json, **headers)
        assert answer.status_code == 200, answer.text
        self.seen = answer.json()
        return self.seen

    async def bag(self) -> dict[str, int | str]:
        """What is in the cart, by title; what is saved for later in words."""
        seen = await self.do("GET")
        titles = {variant: title for title, variant in self.store.variants.items()}
        return {
            titles[line["variant_id"]]: f"saved {line['quantity']}" if line["saved"] else line["quantity"]
            for line in seen["lines"]
        }


def problem(answer: httpx.Response) -> tuple[int, str]:
    assert answer.headers["content-type"] == "application/problem+json", answer.text
    return answer.status_code, answer.json()["code"]


@pytest.fixture
async def store(database_url: str, clock: ManualClock) -> AsyncIterator[Store]:
    async with open_house(MODULES, database_url, clock) as house:
        opened = Store(house)
        await opened.fill()
        yield opened
