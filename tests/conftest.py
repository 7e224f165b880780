"""Fixtures every test shares: a database of its own on each engine, a manual clock, actors."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from hypothesis import HealthCheck, settings

from backstay.kernel.actor import Actor, ActorKind
from backstay.kernel.clock import ManualClock
from backstay.kernel.database import Database
from backstay.kernel.signing import Keys
from tests.databases import keeper
from tests.plugins.servers import POSTGRES

# A broker of the caller's own shell would make every server of the tests exchange its events.
os.environ.pop("BROKER_URL", None)

pytest_plugins = [
    "tests.plugins.needs",
    "tests.plugins.pgbouncer",
    "backstay.testing",
]

# How long an example takes to make says how busy the machine is, not whether the code is right.
settings.register_profile("house", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("house")


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
async def database_url(
    engine_name: str, tmp_path: Path, request: pytest.FixtureRequest
) -> AsyncIterator[str]:
    """The URL of an empty database that is dropped afterwards.

    For the engine `pgbouncer` it leads through that, and behind the second wall.
    """
    if engine_name == "sqlite":
        yield f"sqlite:///{tmp_path}/test.db"
        return
    name = f"backstay_test_{uuid4().hex[:16]}"
    await keeper().empty(name)
    try:
        # With BACKSTAY_TEST_APP_ROLE every test that migrates runs behind the second wall.
        role = os.environ.get("BACKSTAY_TEST_APP_ROLE")
        if engine_name == "pgbouncer":
            yield f"{request.getfixturevalue('pgbouncer')}/{name}?pgbouncer=true&app_role=backstay_test_app"
            return
        yield POSTGRES.rpartition("/")[0] + f"/{name}" + (f"?app_role={role}" if role else "")
    finally:
        await keeper().drop(name)


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
