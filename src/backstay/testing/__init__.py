"""The testing kit: a real backend for a test, in process, on a database of its own.

Name it in the root `conftest.py`, and the fixtures below are there::

    pytest_plugins = ["backstay.testing"]

Tests run on SQLite; with `BACKSTAY_TEST_DATABASE=postgresql://...` (a server on which
databases may be made) they run on PostgreSQL. Needs the extra `testing`.
"""

from __future__ import annotations

import asyncio
import os
import shutil
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Final
from uuid import UUID, uuid4, uuid5

import httpx
import pytest
import pytest_asyncio

from backstay.cli import list_modules
from backstay.kernel import migrations
from backstay.kernel.actor import EVERYTHING, Actor, ActorKind, Shown
from backstay.kernel.backend import Backend, start
from backstay.kernel.clock import ManualClock
from backstay.kernel.database import UnitOfWork
from backstay.kernel.errors import Unauthenticated
from backstay.kernel.http import create_app
from backstay.kernel.module import Module, compose
from backstay.kernel.settings import Settings, load

ClientOf = Callable[[Actor | None], httpx.AsyncClient]
"""Makes a client of the application that is signed in as an actor, or as nobody."""
OpenUnit = Callable[..., AbstractAsyncContextManager[UnitOfWork]]

SERVER: Final = "BACKSTAY_TEST_DATABASE"
ORGANIZATION: Final = UUID("01938a5e-0000-7000-8000-0000000000aa")
"""The organization of every actor that is not given another."""


def make_actor(
    name: str = "ada", *, organization: UUID = ORGANIZATION, permissions: Sequence[str] = (EVERYTHING,)
) -> Actor:
    """Somebody to act in a test; the same name and organization give the same id."""
    return Actor(
        id=uuid5(organization, name),
        kind=ActorKind.USER,
        name=name,
        organization_id=organization,
        permissions=frozenset(permissions),
    )


async def check_migrations(modules: Sequence[Module], url: str = "sqlite://") -> list[str]:
    """Everything that is wrong with the modules' migrations, as sentences: see `backstay migrate check`."""
    return await migrations.check(compose(modules), url)


class TestTokens:
    """Believes the tokens that it gave out; an `Authenticator`."""

    __test__ = False

    def __init__(self) -> None:
        self._actors: dict[str, Actor] = {}

    def token_of(self, actor: Actor) -> str:
        """A token that proves the actor."""
        token = uuid4().hex
        self._actors[token] = actor
        return token

    async def authenticate(self, shown: Shown) -> Actor | None:
        """The actor whose token is sent as a bearer token."""
        if shown.bearer is None:
            return None
        actor = self._actors.get(shown.bearer)
        if actor is None:
            raise Unauthenticated
        return actor


@pytest.fixture(scope="session")
def modules() -> tuple[Module, ...]:
    """What is composed: the modules that `backstay.toml` names; override it to test fewer."""
    return compose(list_modules())


@pytest.fixture(scope="session")
def migrated(modules: Sequence[Module], tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URL of a migrated, empty database that tests copy; made once a session."""
    server = os.environ.get(SERVER)
    if server is None:
        url = f"sqlite:///{tmp_path_factory.mktemp('backstay')}/template.db"
        asyncio.run(migrations.up(url, modules))
        yield url
        return
    name = f"backstay_template_{uuid4().hex[:16]}"
    asyncio.run(_administer(server, f'CREATE DATABASE "{name}" TEMPLATE template0'))
    url = f"{server.rpartition('/')[0]}/{name}"
    asyncio.run(migrations.up(url, modules))
    yield url
    asyncio.run(_administer(server, f'DROP DATABASE "{name}" WITH (FORCE)'))


@pytest_asyncio.fixture
async def database_url(migrated: str, tmp_path: Path) -> AsyncIterator[str]:
    """The URL of a migrated, empty database of this test alone."""
    server = os.environ.get(SERVER)
    if server is None:
        path = tmp_path / "test.db"
        shutil.copyfile(migrated.removeprefix("sqlite:///"), path)
        yield f"sqlite:///{path}"
        return
    name, template = f"backstay_test_{uuid4().hex[:16]}", migrated.rpartition("/")[2]
    await _administer(server, f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
    yield f"{server.rpartition('/')[0]}/{name}"
    await _administer(server, f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest.fixture
def clock() -> ManualClock:
    """The backend's clock, which stands still until the test moves it."""
    return ManualClock()


@pytest.fixture
def settings(modules: Sequence[Module], database_url: str, tmp_path: Path) -> Settings:
    """The project's settings, for a test: its own database and data directory."""
    environ = {
        "BACKSTAY_APP_ENVIRONMENT": "test",
        "BACKSTAY_APP_DATA_DIR": str(tmp_path / "var"),
        "DATABASE_URL": database_url,
    }
    return load(modules, environ)


@pytest.fixture
def tokens() -> TestTokens:
    """Who is believed to be whom."""
    return TestTokens()


@pytest_asyncio.fixture
async def backend(
    settings: Settings, modules: Sequence[Module], clock: ManualClock, tokens: TestTokens
) -> AsyncIterator[Backend]:
    """The composed backend, started; its database is migrated if a fixture of yours made it and did not."""
    if any(standing.pending for standing in await migrations.standings(settings.database.url, modules)):
        await migrations.up(settings.database.url, modules)
    async with start(settings, modules, clock=clock, authenticator=tokens) as started:
        yield started


@pytest.fixture
def actor() -> Actor:
    """Who acts when a test does not say: somebody who may do everything."""
    return make_actor()


@pytest_asyncio.fixture
async def client_of(backend: Backend, tokens: TestTokens) -> AsyncIterator[ClientOf]:
    """Makes clients that are signed in as the actor it is given, or as nobody."""
    transport = httpx.ASGITransport(create_app(backend))
    opened: list[httpx.AsyncClient] = []

    def make(actor: Actor | None) -> httpx.AsyncClient:
        headers = {} if actor is None else {"Authorization": f"Bearer {tokens.token_of(actor)}"}
        opened.append(httpx.AsyncClient(transport=transport, base_url="http://testserver", headers=headers))
        return opened[-1]

    yield make
    for client in opened:
        await client.aclose()


@pytest.fixture
def client(client_of: ClientOf, actor: Actor) -> httpx.AsyncClient:
    """A client signed in as `actor`."""
    return client_of(actor)


@pytest.fixture
def unit(backend: Backend, actor: Actor) -> OpenUnit:
    """Opens units of work for tests of services, committed at the end of the block."""

    def opened(by: Actor = actor) -> AbstractAsyncContextManager[UnitOfWork]:
        return backend.database.transaction(by)

    return opened


async def _administer(server: str, statement: str) -> None:
    # Late: who tests on SQLite needs no driver.
    import asyncpg

    connection = await asyncpg.connect(server)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()
