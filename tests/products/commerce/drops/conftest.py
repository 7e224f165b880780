"""A shop with a drop, and people who want what it is of."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from backstay.kernel.actor import Actor
from backstay.kernel.clock import ManualClock
from backstay.products.commerce.drops.module import module as drops
from backstay.products.commerce.drops.service.upkeep import advance
from tests.house import open_house
from tests.products.commerce.orders.conftest import ADDRESS, MODULES, SHOP, Market

STORE = f"/v1/store/{SHOP}/drops"


class Rush(Market):
    """A market with drops."""

    def at(self, seconds: float) -> str:
        """A moment from now, as the API takes it."""
        return (self.clock.now() + timedelta(seconds=seconds)).isoformat()

    async def drop(self, *skus: str, opens_in: float = 60, **terms: Any) -> dict[str, Any]:
        """A drop of the goods."""
        body = {
            "name": "Rush",
            "variants": [self.variants[sku] for sku in skus or ("mug",)],
            "opens_at": self.at(opens_in),
            "at_once": 1,
            "seconds": 60,
            **terms,
        }
        made: dict[str, Any] = await self.manage("POST", "/drops", body)
        return made

    async def join(self, drop: dict[str, Any], who: Actor | None = None) -> dict[str, Any]:
        made: dict[str, Any] = await self.ask("POST", f"{STORE}/{drop['id']}/places", who=who)
        return made

    async def look(self, joined: dict[str, Any], who: Actor | None = None) -> dict[str, Any]:
        path = f"{STORE}/{joined['place']['drop_id']}/place"
        found: dict[str, Any] = await self.ask("GET", path, who=who, x_drop_place=joined["token"])
        return found

    async def states(self, *joined: dict[str, Any]) -> list[str]:
        return [(await self.look(one))["state"] for one in joined]

    async def counts(self, drop: dict[str, Any]) -> tuple[int, int, int, int]:
        """Waiting, admitted, bought, lapsed."""
        now = await self.manage("GET", f"/drops/{drop['id']}")
        return now["waiting"], now["admitted"], now["bought"], now["lapsed"]

    async def order(
        self, place: str | None = None, who: Actor | None = None, **units: int
    ) -> tuple[int, Any]:
        """What is answered to a checkout."""
        if who is None:
            path, token, seen = await self.fill(codes=(), **units)
            answer = await self.check_out(path, token, seen, **({"place": place} if place else {}))
            return answer.status_code, answer.json()
        lines = [{"variant_id": self.variants[sku], "quantity": n} for sku, n in units.items()]
        body = {"email": "ada@example.test", "lines": lines}
        cart = await self.ask("POST", f"/v1/store/{SHOP}/carts", body, who=who)
        path = f"/v1/store/{SHOP}/carts/{cart['cart']['id']}"
        changes = {"shipping_address": ADDRESS, "shipping_method": self.shipping}
        seen = await self.ask("PATCH", path, changes, who=who)
        asked = {
            "cart_version": seen["cart"]["version"],
            "expected_total": seen["totals"]["total"],
            "return_url": "https://shop.example/thanks",
            **({"place": place} if place else {}),
        }
        answer = await self.send("POST", f"{path}/checkout", asked, who=who, idempotency_key=str(uuid4()))
        return answer.status_code, answer.json()

    async def upkeep(self) -> int:
        return await advance(self.house.backend.database)

    async def told(self, drop_id: str) -> list[str]:
        """What the trail says of a drop, the latest first."""
        found = await self.ask("GET", f"/v1/audit/records?subject_id={drop_id}", who=self.merchant)
        return [one["action"] for one in found["items"]]


@pytest.fixture
async def rush(database_url: str, clock: ManualClock) -> AsyncIterator[Rush]:
    environ = {"PAYMENTS_URL": "mock://", "BACKSTAY_HTTP_PUBLIC_URL": "https://shop.example"}
    async with open_house([*MODULES, drops], database_url, clock, environ=environ) as house:
        made = Rush(house, clock)
        await made.open()
        yield made
