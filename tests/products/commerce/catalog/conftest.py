from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import httpx
import pytest

from backstay.kernel.actor import Actor, Shown
from backstay.kernel.backend import Backend, start
from backstay.kernel.clock import ManualClock
from backstay.kernel.http import create_app
from backstay.kernel.settings import load
from backstay.products.commerce.catalog.module import module
from backstay.products.commerce.pricing.module import module as pricing
from backstay.products.commerce.shops.module import module as shops
from backstay.systems.audit.module import module as audit
from backstay.systems.events.module import module as events
from backstay.systems.idempotency.module import module as idempotency
from backstay.systems.jobs.module import module as jobs
from tests.conftest import make_actor
from tests.templates import migrate

MODULES = [idempotency, jobs, events, audit, pricing, shops, module]
PEOPLE = {
    "ada": make_actor("ada", organization=UUID(int=10)),
    "clerk": make_actor("clerk", organization=UUID(int=10), permissions=("catalog:read", "shops:read")),
    "eve": make_actor("eve", organization=UUID(int=11)),
}


class Tokens:
    """Believes everybody to be who they say they are."""

    async def authenticate(self, shown: Shown) -> Actor | None:
        return None if shown.bearer is None else PEOPLE[shown.bearer]


class Api:
    """A client whose every call names who calls; None is a shopper without an account."""

    def __init__(self, backend: Backend, clock: ManualClock) -> None:
        self.backend = backend
        self.clock = clock
        transport = httpx.ASGITransport(create_app(backend))
        self.client = httpx.AsyncClient(transport=transport, base_url="http://testserver")

    async def __call__(
        self, who: str | None, method: str, path: str, json: Any = None, *, version: int | None = None
    ) -> httpx.Response:
        headers = {} if who is None else {"authorization": f"Bearer {who}"}
        if version is not None:
            headers["if-match"] = f'"{version}"'
        return await self.client.request(method, f"/v1{path}", json=json, headers=headers)

    async def ok(self, who: str | None, method: str, path: str, json: Any = None, **more: Any) -> Any:
        answer = await self(who, method, path, json, **more)
        assert answer.is_success, answer.text
        return answer.json() if answer.content else None

    async def make(self, title: str, **more: Any) -> dict[str, Any]:
        """A published product with one variant, unless told otherwise."""
        price = {"currency": "EUR", "amount": more.pop("price", 1000)}
        draft = {
            "title": title,
            "published_from": "2020-01-01T00:00:00Z",
            "variants": [{"sku": title.upper().replace(" ", "-"), "prices": [price]}],
        } | more
        return dict(await self.ok("ada", "POST", "/shops/north/products", draft))

    async def found(self, query: str = "") -> dict[str, Any]:
        return dict(await self.ok(None, "GET", f"/store/north/products?{query}"))

    async def titles(self, query: str = "") -> list[str]:
        return [one["title"] for one in (await self.found(query))["items"]]


@pytest.fixture
async def api(database_url: str, clock: ManualClock) -> AsyncIterator[Api]:
    await migrate(database_url, MODULES)
    environment = {
        "DATABASE_URL": database_url,
        "BACKSTAY_JOBS_EMBEDDED": "false",
        "BACKSTAY_JOBS_SCHEDULES": "false",
    }
    settings = load(MODULES, environment, None)
    async with start(settings, MODULES, clock=clock, authenticator=Tokens()) as backend:
        api = Api(backend, clock)
        async with api.client:
            for slug, who in (("north", "ada"), ("south", "eve")):
                shop = {
                    "slug": slug,
                    "name": slug,
                    "currency": "EUR",
                    "currencies": ["EUR", "JPY"],
                    "country": "DE",
                }
                await api.ok(who, "POST", "/shops", shop)
            yield api
