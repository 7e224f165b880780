"""A shop that has sold and sent something, and people who have a say in it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import httpx
import pytest

from backstay.kernel.actor import Actor
from backstay.kernel.clock import ManualClock
from backstay.products.commerce.reviews.module import module as reviews
from tests.conftest import make_actor
from tests.house import open_house
from tests.products.commerce.orders.conftest import ADDRESS, MODULES, SHOP, Market

ADA, EVE = make_actor("ada", permissions=()), make_actor("eve", permissions=())
STORE = f"/v1/store/{SHOP}"


class Stall(Market):
    """The market, with what is said of its goods."""

    def __init__(self, *of: Any) -> None:
        super().__init__(*of)
        self.products: dict[str, str] = {}

    async def sent(self, who: Actor | None = None, **units: int) -> dict[str, Any]:
        """An order of theirs that was paid and has left, with its token."""
        lines = [{"variant_id": self.variants[sku], "quantity": n} for sku, n in units.items()]
        body = {"email": "ada@example.test", "lines": lines}
        made = await self.ask("POST", f"{STORE}/carts", body, who=who)
        path, proof = (
            f"{STORE}/carts/{made['cart']['id']}",
            {"x_cart_token": made["token"]} if made["token"] else {},
        )
        changes = {"shipping_address": ADDRESS, "shipping_method": self.shipping}
        seen = await self.ask("PATCH", path, changes, who=who, **proof)
        decided = {
            "cart_version": seen["cart"]["version"],
            "expected_total": seen["totals"]["total"],
            "return_url": "https://shop.example/thanks",
        }
        key = str(uuid4())
        bought = await self.ask("POST", f"{path}/checkout", decided, who=who, idempotency_key=key, **proof)
        await self.work()
        await self.pay(bought)
        await self.fulfil(bought["order"]["id"])
        return {**(await self.read(bought["order"]["id"])), "token": bought["token"]}

    async def fulfil(self, order_id: str) -> None:
        order = await self.read(order_id)
        await self.manage("POST", f"/orders/{order_id}/fulfilments", {}, if_match=f'"{order["version"]}"')

    async def refund(self, order_id: str, line_id: str, quantity: int) -> None:
        body = {"lines": [{"line_id": line_id, "quantity": quantity}], "reason": "broken"}
        await self.manage("POST", f"/orders/{order_id}/refunds", body)
        await self.work()

    async def review(self, order: dict[str, Any], rating: int, *, line: str = "1", **more: Any) -> Any:
        """Review a line by the order's token; it must go well."""
        body = {"line_id": line, "rating": rating, **more}
        path = f"{STORE}/orders/{order['id']}/reviews"
        return await self.ask("POST", path, body, x_order_token=order["token"])

    async def rating(self, sku: str) -> dict[str, Any]:
        """How a product is rated here, which must be how the shop's window shows it."""
        told: dict[str, Any] = await self.ask("GET", f"{STORE}/reviews/ratings/{self.product(sku)}")
        (card,) = (await self.ask("GET", f"{STORE}/products?q={sku}"))["items"]
        assert (card["rating"], card["rating_count"]) == (told["rating"], told["count"])
        return told

    def product(self, sku: str) -> str:
        return self.products[sku]

    async def learn(self) -> None:
        """Which product is which."""
        found = await self.ask("GET", f"{STORE}/products")
        self.products = {one["slug"]: one["id"] for one in found["items"]}


def problem(answer: httpx.Response) -> tuple[int, str]:
    assert answer.headers["content-type"] == "application/problem+json", answer.text
    return answer.status_code, answer.json()["code"]


@pytest.fixture
async def stall(database_url: str, clock: ManualClock) -> AsyncIterator[Stall]:
    environ = {"PAYMENTS_URL": "mock://", "BACKSTAY_HTTP_PUBLIC_URL": "https://shop.example"}
    async with open_house([*MODULES, reviews], database_url, clock, environ=environ) as house:
        made = Stall(house, clock)
        await made.open()
        await made.learn()
        yield made
