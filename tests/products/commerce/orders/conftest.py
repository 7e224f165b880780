"""A shop with goods, a shopper without an account, and a provider that moves nobody's money."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any
from uuid import uuid4

import pytest

from backstay.kernel.actor import Actor
from backstay.kernel.clock import ManualClock
from backstay.kernel.module import Module
from backstay.products.commerce.carts.module import module as carts
from backstay.products.commerce.catalog.module import module as catalog
from backstay.products.commerce.coupons.module import module as coupons
from backstay.products.commerce.giftcards.module import module as giftcards
from backstay.products.commerce.inventory.module import module as inventory
from backstay.products.commerce.orders.module import module as orders
from backstay.products.commerce.pricing.module import module as pricing
from backstay.products.commerce.shops.module import module as shops
from backstay.systems.audit.module import module as audit
from backstay.systems.cache.module import module as cache
from backstay.systems.events.module import module as events
from backstay.systems.events.testing import dispatch
from backstay.systems.idempotency.module import module as idempotency
from backstay.systems.jobs.module import module as jobs
from backstay.systems.jobs.testing import drain
from backstay.systems.payments.module import module as payments
from backstay.systems.ratelimit.module import module as ratelimit
from backstay.systems.traffic.module import module as traffic
from tests.conftest import make_actor
from tests.house import House, open_house

MODULES: list[Module] = [
    replace(one, services=(), works=(), observers=())
    for one in (
        traffic,
        ratelimit,
        audit,
        idempotency,
        jobs,
        events,
        cache,
        payments,
        pricing,
        shops,
        catalog,
        inventory,
        coupons,
        giftcards,
        carts,
        orders,
    )
]
SHOP = "north-star"
ADDRESS = {
    "name": "Ada Lovelace",
    "line1": "1 Analytical Way",
    "city": "Berlin",
    "postal_code": "10115",
    "country": "DE",
}


class Market:
    """A merchant's shop, and people who buy in it."""

    def __init__(self, house: House, clock: ManualClock) -> None:
        self.house = house
        self.clock = clock
        self.merchant = make_actor("mia")
        self.variants: dict[str, str] = {}
        self.location = ""
        self.shipping = ""

    async def ask(
        self, method: str, path: str, json: Any = None, *, who: Actor | None = None, **headers: str
    ) -> Any:
        """What is answered; it must go well."""
        answer = await self.send(method, path, json, who=who, **headers)
        assert answer.status_code < 300, (method, path, answer.status_code, answer.text)
        return answer.json() if answer.content else None

    async def send(
        self, method: str, path: str, json: Any = None, *, who: Actor | None = None, **headers: str
    ) -> Any:
        if method == "POST":
            headers.setdefault("idempotency_key", str(uuid4()))
        return await self.house(who, method, path, json, **headers)

    async def manage(self, method: str, path: str, json: Any = None, **headers: str) -> Any:
        """What the merchant is answered, below the shop."""
        return await self.ask(method, f"/v1/shops/{SHOP}{path}", json, who=self.merchant, **headers)

    async def refused(self, path: str, json: Any, **headers: str) -> tuple[int, str]:
        """How the merchant is refused."""
        answer = await self.send("POST", f"/v1/shops/{SHOP}{path}", json, who=self.merchant, **headers)
        return answer.status_code, answer.json()["code"]

    async def open(self) -> None:
        """Open the shop: a mug of 10.00 and a tea of 3.99 with tax in them, and the post for 4.90."""
        shop = {"slug": SHOP, "name": "North Star", "currency": "EUR", "country": "DE"}
        await self.ask("POST", "/v1/shops", shop, who=self.merchant)
        rates = [
            {"country": "DE", "name": "VAT", "ppm": 190_000},
            {"country": "DE", "name": "VAT", "ppm": 70_000, "tax_class": "food"},
        ]
        await self.manage("PUT", "/taxes", {"rates": rates})
        post = {"name": "Post", "amount": 490, "currency": "EUR"}
        self.shipping = (await self.manage("POST", "/shipping", post))["id"]
        place = await self.manage("POST", "/inventory/locations", {"name": "Hamburg"})
        self.location = place["id"]
        await self.offer("mug", 1000)
        await self.offer("tea", 399, tax_class="food")

    async def offer(self, sku: str, price: int, *, stock: int = 10, **more: Any) -> None:
        product = {
            "title": sku.title(),
            "variants": [{"sku": sku, "prices": [{"currency": "EUR", "amount": price}]}],
            "published_from": "2020-01-01T00:00:00Z",
            **more,
        }
        made = await self.manage("POST", "/products", product)
        self.variants[sku] = made["variants"][0]["id"]
        order = {"variant_id": self.variants[sku], "location_id": self.location, "by": stock, "reason": "new"}
        await self.manage("POST", "/inventory/adjustments", order)

    async def fill(self, *, codes: tuple[str, ...] = (), **units: int) -> tuple[str, str, dict[str, Any]]:
        """A guest's cart, ready to be bought: its path, its token, and what it looks like."""
        lines = [{"variant_id": self.variants[sku], "quantity": n} for sku, n in units.items()]
        made = await self.ask(
            "POST", f"/v1/store/{SHOP}/carts", {"email": "ada@example.test", "lines": lines}
        )
        path, token = f"/v1/store/{SHOP}/carts/{made['cart']['id']}", made["token"]
        changes = {"shipping_address": ADDRESS, "shipping_method": self.shipping}
        seen = await self.ask("PATCH", path, changes, x_cart_token=token)
        for code in codes:
            seen = await self.ask("POST", f"{path}/codes", {"code": code}, x_cart_token=token)
        return path, token, seen

    async def check_out(
        self, path: str, token: str, seen: dict[str, Any], *, key: str | None = None, **changes: Any
    ) -> Any:
        body = {
            "cart_version": seen["cart"]["version"],
            "expected_total": seen["totals"]["total"],
            "return_url": "https://shop.example/thanks",
            **changes,
        }
        key = key or str(uuid4())
        return await self.send("POST", f"{path}/checkout", body, x_cart_token=token, idempotency_key=key)

    async def buy(self, *, pay: bool = True, codes: tuple[str, ...] = (), **units: int) -> dict[str, Any]:
        """An order, paid if so wished; with its token."""
        answer = await self.check_out(*await self.fill(codes=codes, **units))
        assert answer.status_code == 201, answer.text
        made: dict[str, Any] = answer.json()
        await self.work()
        if pay:
            await self.pay(made)
        return {**(await self.read(made["order"]["id"])), "token": made["token"]}

    async def pay(self, made: dict[str, Any], choice: str = "pay") -> None:
        """Pay what was asked for last, on the provider's page."""
        await self.choose(await self.page_of(made), choice)
        await self.work()

    async def page_of(self, made: dict[str, Any]) -> str:
        """The path of the page to pay on."""
        url: str = (await self.own(made["order"]["id"], made["token"]))["payment_url"]
        return url[url.index("/v1/") :]

    async def choose(self, page: str, choice: str) -> None:
        answer = await self.house(None, "POST", f"{page}/{choice}")
        assert answer.status_code == 303, answer.text

    async def work(self) -> None:
        """Let jobs run and events be told, until nothing is left."""
        while await drain(self.house.backend) or await dispatch(self.house.backend):
            pass

    async def read(self, order_id: str) -> dict[str, Any]:
        found: dict[str, Any] = await self.manage("GET", f"/orders/{order_id}")
        return found

    async def own(self, order_id: str, token: str) -> dict[str, Any]:
        """The order as its customer sees it."""
        path = f"/v1/store/{SHOP}/orders/{order_id}"
        found: dict[str, Any] = await self.ask("GET", path, x_order_token=token)
        return found

    async def facts(self, order_id: str) -> list[str]:
        """What happened, in order."""
        return [one["fact"]["type"] for one in await self.manage("GET", f"/orders/{order_id}/timeline")]

    async def stock(self, sku: str) -> tuple[int, int]:
        """How many are there, and how many of them are promised."""
        levels = await self.manage("GET", f"/inventory/levels?variant_id={self.variants[sku]}")
        (level,) = levels["items"]
        return level["on_hand"], level["reserved"]

    async def trail(self, order_id: str) -> list[str]:
        """What the audit trail says of the order, the latest first."""
        found = await self.ask("GET", f"/v1/audit/records?subject_id={order_id}", who=self.merchant)
        return [one["action"] for one in found["items"]]

    async def sound(self) -> None:
        """Fail unless everything that must hold holds."""
        found = await self.manage("GET", "/invariants")
        assert (found["broken"], found["holds"]) == ([], True)


@pytest.fixture
async def market(
    database_url: str, clock: ManualClock, request: pytest.FixtureRequest
) -> AsyncIterator[Market]:
    """A market; a test's `payments` mark says who takes the money."""
    mark = request.node.get_closest_marker("payments")
    url = mark.args[0] if mark else "mock://"
    environ = {"PAYMENTS_URL": url, "BACKSTAY_HTTP_PUBLIC_URL": "https://shop.example"}
    async with open_house(MODULES, database_url, clock, environ=environ) as house:
        made = Market(house, clock)
        await made.open()
        yield made
