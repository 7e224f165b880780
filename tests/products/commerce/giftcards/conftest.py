"""The orders' market, which takes gift cards."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.products.commerce.orders.conftest import SHOP, Market, market


class Cards:
    """A shop's gift cards, and people who pay with them."""

    def __init__(self, market: Market) -> None:
        self.market = market

    async def issue(self, amount: int, **more: Any) -> tuple[str, str]:
        """A card: its id and its code."""
        made = await self.market.manage("POST", "/gift-cards", {"amount": amount, **more})
        (one,) = made["items"]
        return one["card"]["id"], one["code"]

    async def read(self, card_id: str) -> dict[str, Any]:
        found: dict[str, Any] = await self.market.manage("GET", f"/gift-cards/{card_id}")
        return found

    async def sums(self, card_id: str) -> tuple[int, int]:
        """What is on it, and what purchases hold of it."""
        found = await self.read(card_id)
        return found["balance"], found["spent"]

    async def book(self, card_id: str) -> list[tuple[str, int, int]]:
        """Its entries, the first first: what happened, by how much, and what was on it then."""
        found = await self.market.manage("GET", f"/gift-cards/{card_id}/entries?sort=at")
        return [(one["kind"], one["amount"], one["balance"]) for one in found["items"]]

    async def fill(self, *codes: str, **units: Any) -> tuple[str, str, dict[str, Any]]:
        """A cart that is ready to be bought, with cards in it."""
        path, token, seen = await self.market.fill(**units)
        for code in codes:
            seen = await self.market.ask("POST", f"{path}/gift-cards", {"code": code}, x_cart_token=token)
        return path, token, seen

    async def try_code(self, cart: tuple[str, str, Any], code: str) -> tuple[int, str]:
        """How a code is answered."""
        path, token, _ = cart
        answer = await self.market.send("POST", f"{path}/gift-cards", {"code": code}, x_cart_token=token)
        return answer.status_code, answer.json().get("code", "")

    async def buy(self, *codes: str, **units: Any) -> dict[str, Any]:
        """What the checkout answers."""
        answer = await self.market.check_out(*await self.fill(*codes, **units))
        assert answer.status_code == 201, answer.text
        made: dict[str, Any] = answer.json()
        return made

    async def end(self, order_id: str, move: str, **body: Any) -> dict[str, Any]:
        """What the merchant does with an order, and all that follows."""
        order = await self.market.read(order_id)
        path, tag = f"/orders/{order_id}/{move}", f'"{order["version"]}"'
        await self.market.manage("POST", path, {"reason": "test", **body}, if_match=tag)
        await self.market.work()
        return await self.market.read(order_id)


@pytest.fixture
async def cards(market: Market) -> AsyncIterator[Cards]:
    """At the end of every test, everything that must hold holds."""
    yield Cards(market)
    await market.sound()


__all__ = ["SHOP", "Cards", "market"]
