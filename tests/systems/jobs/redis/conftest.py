"""A store on the machine's Redis, with a clock that the test moves."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from backstay.kernel.clock import ManualClock
from backstay.kernel.database import Database
from backstay.systems.jobs.engines.redis import RedisStore
from backstay.systems.jobs.tables import metadata
from tests.plugins.servers import REDIS
from tests.systems.jobs.redis.stores import check_invariants, open_store
from tests.tables import create_tables


@pytest.fixture
async def kept(database: Database) -> Database:
    """The database with the table that the relay empties."""
    await create_tables(database, metadata)
    return database


@pytest.fixture
async def sqlite_database(tmp_path: object, clock: ManualClock, keys: object) -> AsyncIterator[Database]:
    """For what does not touch the database: which one it is makes no difference."""
    database = await Database.open(f"sqlite:///{tmp_path}/plain.db", clock=clock, keys=keys)  # type: ignore[arg-type]  # the fixture's type is the kernel's
    await create_tables(database, metadata)
    yield database
    await database.close()


@pytest.fixture
async def store(sqlite_database: Database, clock: ManualClock) -> AsyncIterator[RedisStore]:
    async with open_store(REDIS, sqlite_database, clock) as store:
        yield store
        await check_invariants(store)
