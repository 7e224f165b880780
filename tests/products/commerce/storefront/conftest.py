"""The shop of the tests of orders, with its pages, and a browser that keeps cookies and fills in forms."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from dataclasses import replace
from html import unescape
from typing import Any

import httpx
import pytest

from backstay.kernel.clock import ManualClock
from backstay.products.commerce.storefront.module import module
from tests.house import open_house
from tests.products.commerce.orders import conftest as orders
from tests.products.commerce.orders.conftest import SHOP, Market

MODULES = [*orders.MODULES, replace(module, services=(), works=())]
STORE = f"/store/{SHOP}"
SITE = "https://shop.example"


class Visitor:
    """A browser without scripts: it follows redirects, keeps cookies, and says where its forms come from."""

    def __init__(self, market: Market) -> None:
        self.client = httpx.AsyncClient(
            transport=httpx.ASGITransport(market.house.app), base_url=SITE, follow_redirects=True
        )
        self.page = ""
        self.status = 0
        self.at = ""

    async def go(self, path: str = "") -> str:
        """Open a page; what it says."""
        return self._read(await self.client.get(path if path.startswith("/v1") else f"{STORE}{path}"))

    async def send(self, path: str, *, origin: str = SITE, **fields: Any) -> str:
        """Send a form of a page; what the page says on which that ends."""
        return self._read(await self.client.post(f"{STORE}{path}", data=fields, headers={"origin": origin}))

    def field(self, name: str) -> str:
        """What a hidden field of the page holds."""
        found = re.search(rf'name="{name}" value="([^"]*)"', self.page)
        assert found is not None, (name, self.page)
        return unescape(found[1])

    def _read(self, answer: httpx.Response) -> str:
        self.page, self.status, self.at = answer.text, answer.status_code, str(answer.url.raw_path.decode())
        return self.page


@pytest.fixture
async def market(database_url: str, clock: ManualClock) -> AsyncIterator[Market]:
    environ = {"PAYMENTS_URL": "mock://", "BACKSTAY_HTTP_PUBLIC_URL": SITE}
    async with open_house(MODULES, database_url, clock, environ=environ) as house:
        made = Market(house, clock)
        await made.open()
        yield made


@pytest.fixture
async def visitor(market: Market) -> AsyncIterator[Visitor]:
    made = Visitor(market)
    async with made.client:
        yield made
