"""A small module with a real database behind a real application, called without a socket."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from uuid import UUID

import httpx
import pytest
from msgspec import structs

from backstay.kernel.actor import Actor, ActorKind, Shown
from backstay.kernel.backend import Backend, start
from backstay.kernel.clock import ManualClock
from backstay.kernel.errors import Unauthenticated
from backstay.kernel.http import Application, create_app
from backstay.kernel.module import Module
from backstay.kernel.observation import Record
from backstay.kernel.settings import load
from tests.kernel.http import shelf
from tests.kernel.http.serving import served

__all__ = ["served"]

ADA = Actor(
    id=UUID(int=1),
    kind=ActorKind.USER,
    name="ada",
    organization_id=UUID(int=10),
    permissions=frozenset({"*"}),
)
GUEST = Actor(
    id=UUID(int=2),
    kind=ActorKind.USER,
    name="guest",
    organization_id=UUID(int=10),
    permissions=frozenset(),
)
HALF = structs.replace(ADA, name="half", permissions=frozenset({"shelf:read"}), pending=True)
AS_ADA = {"authorization": "Bearer ada"}
AS_GUEST = {"authorization": "Bearer guest"}
AS_HALF = {"authorization": "Bearer half"}


class Tokens:
    """Believes the tokens `ada` and `guest`, and counts how often it was asked."""

    def __init__(self) -> None:
        self.asked = 0

    async def authenticate(self, shown: Shown) -> Actor | None:
        self.asked += 1
        if shown.bearer is None:
            return None
        actor = {"ada": ADA, "guest": GUEST, "half": HALF}.get(shown.bearer)
        if actor is None:
            raise Unauthenticated("This token does not hold.")
        return actor


class Harness:
    """An application with its backend, a client, and the records of what was asked."""

    def __init__(self, backend: Backend, app: Application, tokens: Tokens) -> None:
        self.backend = backend
        self.tokens = tokens
        self.app = app
        self.records: list[Record] = []
        backend.observers.append(self.records.append)
        self.client = self.client_at("127.0.0.1")

    def client_at(self, host: str) -> httpx.AsyncClient:
        transport = httpx.ASGITransport(self.app, client=(host, 50_000))
        return httpx.AsyncClient(transport=transport, base_url="http://testserver")

    @property
    def record(self) -> Record:
        """The only record since the last look."""
        (record,) = self.records
        self.records.clear()
        return record


Opener = Callable[..., AbstractAsyncContextManager[Harness]]


@pytest.fixture
def open_app(clock: ManualClock) -> Opener:
    @asynccontextmanager
    async def opened(
        *modules: Module, database_url: str = "sqlite:////nowhere", **environment: str
    ) -> AsyncIterator[Harness]:
        settings = load(list(modules), {"DATABASE_URL": database_url, **environment}, None)
        tokens = Tokens()
        async with start(settings, modules, clock=clock, authenticator=tokens) as backend:
            harness = Harness(backend, create_app(backend), tokens)
            async with harness.client:
                yield harness

    return opened


@pytest.fixture
async def app(open_app: Opener, database_url: str) -> AsyncIterator[Harness]:
    """The shelf's application on the engine of the test."""
    async with open_app(shelf.module, database_url=database_url) as harness:
        await shelf.create(harness.backend.database)
        yield harness


@pytest.fixture
def engine_name() -> str:
    """SQLite unless a test asks for both."""
    return "sqlite"
