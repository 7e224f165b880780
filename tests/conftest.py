"""Fixtures every test shares: a database of its own on each engine, a manual clock, actors."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from uuid import UUID, uuid4

import asyncpg
import pytest

from backstay.kernel.actor import Actor, ActorKind
from backstay.kernel.clock import ManualClock
from backstay.kernel.database import Database
from backstay.kernel.signing import Keys
from tests.plugins.servers import POSTGRES

pytest_plugins = ["tests.plugins.needs", "backstay.testing"]


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def keys() -> Keys:
    return Keys(b"a secret of thirty-two bytes, or so")


def make_actor(
    name: str = "ada", *, organization: UUID | None = None, permissions: tuple[str, ...] = ("*",)
) -> Actor:
    return Actor(
        id=uuid4(),
        kind=ActorKind.USER,
        name=name,
        organization_id=organization or uuid4(),
        permissions=frozenset(permissions),
    )


@pytest.fixture
def actor() -> Actor:
    return make_actor()


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.needs("postgres"))])
def engine_name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
async def database_url(engine_name: str, tmp_path: Path) -> AsyncIterator[str]:
    """The URL of an empty database that is dropped afterwards."""
    if engine_name == "sqlite":
        yield f"sqlite:///{tmp_path}/test.db"
        return
    name = f"backstay_test_{uuid4().hex[:16]}"
    admin = await asyncpg.connect(POSTGRES)
    await admin.execute(f'CREATE DATABASE "{name}" TEMPLATE template0')
    try:
        yield POSTGRES.rpartition("/")[0] + f"/{name}"
    finally:
        await admin.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
        await admin.close()


@pytest.fixture
async def database(database_url: str, clock: ManualClock, keys: Keys) -> AsyncIterator[Database]:
    database = await Database.open(database_url, clock=clock, keys=keys, pool_size=8)
    try:
        yield database
    finally:
        await database.close()


@pytest.fixture(autouse=True)
def _own_data_dir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No test reads or writes the developer's own data or settings."""
    monkeypatch.setenv("BACKSTAY_APP_DATA_DIR", str(tmp_path / "var"))
    for name in ("DATABASE_URL", "SENTRY_DSN", "OTEL_EXPORTER_OTLP_ENDPOINT"):
        monkeypatch.delenv(name, raising=False)
