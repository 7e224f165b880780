from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import httpx
import pytest

from backstay.kernel.actor import Actor, Shown
from backstay.kernel.backend import Backend, start
from backstay.kernel.clock import ManualClock
from backstay.kernel.database import Database
from backstay.kernel.errors import Unauthenticated
from backstay.kernel.http import create_app
from backstay.kernel.observation import Record
from backstay.kernel.settings import load
from backstay.products.notes.module import module
from backstay.systems.idempotency.module import module as idempotency
from tests.conftest import make_actor
from tests.templates import migrate

ORGANIZATION = UUID(int=10)
PEOPLE = {
    "ada": make_actor("ada", organization=ORGANIZATION),
    "bob": make_actor("bob", organization=ORGANIZATION),
    "eve": make_actor("eve"),
    "reader": make_actor("reader", permissions=("notes:read",)),
    "writer": make_actor("writer", permissions=("notes:write",)),
    "nobody": make_actor("nobody", permissions=()),
}


class Tokens:
    """Believes everybody to be who they say they are."""

    async def authenticate(self, shown: Shown) -> Actor | None:
        if shown.bearer is None:
            return None
        try:
            return PEOPLE[shown.bearer]
        except KeyError as failure:
            raise Unauthenticated from failure


class Api:
    """A client whose every call names who calls."""

    def __init__(self, backend: Backend) -> None:
        self.records: list[Record] = []
        backend.observers.append(self.records.append)
        transport = httpx.ASGITransport(create_app(backend))
        self.client = httpx.AsyncClient(transport=transport, base_url="http://testserver")

    async def __call__(
        self, who: str | None, method: str, path: str, json: Any = None, **headers: Any
    ) -> httpx.Response:
        sent = {name.replace("_", "-"): f'"{value}"' for name, value in headers.items()}
        if who is not None:
            sent["authorization"] = f"Bearer {who}"
        return await self.client.request(method, f"/v1{path}", json=json, headers=sent)

    async def make(self, who: str = "ada", title: str = "One", **more: Any) -> dict[str, Any]:
        answer = await self(who, "POST", "/notes", {"title": title, **more})
        assert answer.status_code == 201, answer.text
        return dict(answer.json())


@pytest.fixture
async def api(database_url: str, clock: ManualClock) -> AsyncIterator[Api]:
    await migrate(database_url, [idempotency, module])
    environment = {"DATABASE_URL": database_url, "BACKSTAY_NOTES_UNDELETE_DAYS": "7"}
    settings = load([idempotency, module], environment, None)
    async with start(settings, [idempotency, module], clock=clock, authenticator=Tokens()) as backend:
        api = Api(backend)
        async with api.client:
            yield api


@pytest.fixture
async def tables(database: Database, database_url: str) -> None:
    """The notes product's tables in the test's database."""
    await migrate(database_url, [idempotency, module])
