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
from backstay.products.commerce.reviews.module import module as reviews
from backstay.products.commerce.storefront.module import module
from backstay.products.commerce.wishlists.module import module as wishlists
from backstay.systems.identity import Identity
from backstay.systems.identity.module import module as identity
from backstay.systems.jobs.testing import drain
from backstay.systems.mail.module import module as mail
from tests.conftest import make_actor
from tests.house import open_house
from tests.products.commerce.orders import conftest as orders
from tests.products.commerce.orders.conftest import ADDRESS, SHOP, Market

MODULES = [
    *orders.MODULES,
    replace(mail, services=(), works=()),
    identity,
    *(replace(one, services=(), works=()) for one in (reviews, wishlists, module)),
]
PASSWORD = "seven green tugboats at dawn"
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

    async def join(self, market: Market, address: str, name: str = "Ada") -> None:
        """Make an account on the shop's pages, follow the link of its mail, and be signed in."""
        await self.send("/sign-up", mail=address, password=PASSWORD, name=name)
        assert (self.status, "a mail is on its way" in self.page) == (200, True), self.page
        await drain(market.house.backend, queues=("identity",))
        where = market.house.backend.part(Identity).mail_organization
        postman = make_actor("postman", organization=where)
        newest = (await market.ask("GET", "/v1/mail/messages", who=postman))["items"][0]["id"]
        text = (await market.ask("GET", f"/v1/mail/messages/{newest}", who=postman))["text"]
        (token,) = re.findall(r"^bsl_\S+$", text, re.MULTILINE)
        form = {"password": PASSWORD}
        page = await self.client.post(f"/account/verify/{token}", data=form, headers={"origin": SITE})
        assert (page.status_code, "you are signed in" in page.text) == (200, True), page.text

    async def sign_in(self, address: str, password: str = PASSWORD, **more: str) -> str:
        return await self.send("/sign-in", mail=address, password=password, **more)

    def field(self, name: str) -> str:
        """What a hidden field of the page holds."""
        found = re.search(rf'name="{name}" value="([^"]*)"', self.page)
        assert found is not None, (name, self.page)
        return unescape(found[1])

    def _read(self, answer: httpx.Response) -> str:
        self.page, self.status, self.at = answer.text, answer.status_code, str(answer.url.raw_path.decode())
        return self.page


async def ordered(market: Market, visitor: Visitor, sku: str = "mug") -> str:
    """Buy one and pay it, signed in; the path of the order."""
    await visitor.send("/cart/add", variant_id=market.variants[sku], product=sku, quantity="1")
    await visitor.send("/checkout", **ADDRESS, email="somebody@example.test")
    fields = {name: visitor.field(name) for name in ("cart", "version", "total")}
    await visitor.send("/checkout/order", **fields)
    order = visitor.at.removeprefix(STORE).removesuffix("/pay")
    await market.work()
    page = await visitor.go(f"{order}/pay")
    found = re.search(r'content="0;url=https://shop.example(/v1/payments/mock/[^"]+)"', page)
    assert found is not None
    await visitor.client.post(f"{found[1]}/pay")
    await market.work()
    return order


@pytest.fixture
async def market(database_url: str, clock: ManualClock) -> AsyncIterator[Market]:
    environ = {
        "PAYMENTS_URL": "mock://",
        "BACKSTAY_HTTP_PUBLIC_URL": SITE,
        "BACKSTAY_IDENTITY_HASH_MEMORY": "8",
        "BACKSTAY_IDENTITY_HASH_PASSES": "1",
    }
    async with open_house(MODULES, database_url, clock, environ=environ) as house:
        made = Market(house, clock)
        await made.open()
        yield made


@pytest.fixture
async def visitor(market: Market) -> AsyncIterator[Visitor]:
    made = Visitor(market)
    async with made.client:
        yield made


@pytest.fixture
async def other(market: Market) -> AsyncIterator[Visitor]:
    """Another browser."""
    made = Visitor(market)
    async with made.client:
        yield made
