"""A connection that breaks in the middle of a unit of work: what the caller is told, and the next unit."""

from __future__ import annotations

import asyncio
from contextvars import Context
from typing import Any

import asyncpg
import pytest
from sqlalchemy import Text, cast, func, insert, select, text

from backstay.kernel.actor import Actor
from backstay.kernel.database import CommitUnknown, Database, DatabaseUnavailable, pool, postgres, statement
from backstay.kernel.ids import uuid7
from backstay.kernel.signing import Keys
from tests.kernel.database.conftest import things

pytestmark = pytest.mark.needs("postgres")

MY_BACKEND = statement(select(func.pg_backend_pid()), int)
ADD = statement(insert(things))
COUNT = statement(select(func.count().label("count")).select_from(things), int)
LOCK = statement(text("LOCK TABLE probe_things IN SHARE MODE"))
ONE = statement(select(func.length("x")), int)
SLEEP = statement(select(func.length(cast(func.pg_sleep(30), Text))), int)


@pytest.fixture(params=["postgresql"])
def engine_name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


async def end(database_url: str, backend: int) -> None:
    """Do to a session what a failover does."""
    connection = await asyncpg.connect(database_url)
    try:
        await connection.fetchval("SELECT pg_terminate_backend($1, 5000)", backend)
    finally:
        await connection.close()


async def test_at_commit_nobody_knows_and_the_caller_is_told_so(
    database: Database, database_url: str, actor: Actor
) -> None:
    with pytest.raises(CommitUnknown):
        async with database.transaction(actor) as uow:
            await end(database_url, await uow.one(MY_BACKEND))
    async with database.transaction(actor) as uow:
        assert await uow.one(ONE) == 1


async def test_before_commit_the_database_is_unavailable_and_nothing_is_stored(
    database: Database, database_url: str, actor: Actor
) -> None:
    with pytest.raises(DatabaseUnavailable):
        async with database.transaction(actor) as uow:
            await end(database_url, await uow.one(MY_BACKEND))
            await uow.one(ONE)
    async with database.transaction(actor) as uow:
        assert await uow.one(ONE) == 1


async def test_a_statement_that_takes_too_long_is_ended_by_the_server(
    monkeypatch: pytest.MonkeyPatch, database_url: str, actor: Actor
) -> None:
    monkeypatch.setattr(postgres, "COMMAND_TIMEOUT", 0.2)
    database = await Database.open(database_url, keys=Keys(b"k" * 32), pool_size=1)
    try:
        backend = await database.reader(actor).one(MY_BACKEND)
        for _ in range(3):  # prepared by asyncpg, and then handed over in the short way
            with pytest.raises(DatabaseUnavailable):
                await database.reader(actor).one(SLEEP)
        assert await database.reader(actor).one(MY_BACKEND) == backend
    finally:
        await database.close()


async def test_a_server_that_stands_still_is_given_up(
    monkeypatch: pytest.MonkeyPatch, database_url: str, actor: Actor
) -> None:
    monkeypatch.setattr(pool, "LOOK", 0.05)
    database = await Database.open(database_url, keys=Keys(b"k" * 32), pool_size=1)
    try:
        backend = await database.reader(actor).one(MY_BACKEND)
        with pytest.raises(DatabaseUnavailable):
            await database.reader(actor).one(SLEEP)
        assert await database.reader(actor).one(MY_BACKEND) != backend
    finally:
        await database.close()


async def test_a_unit_of_one_trip_may_have_been_stored_when_its_connection_ends(
    database: Database, database_url: str, actor: Actor, tables: None
) -> None:
    row = {"id": uuid7(), "title": "first", "rank": None, "done": False, "extra": None}
    async with database.transaction(actor) as other:
        await other.execute(LOCK)  # so that the unit's only statement waits, and is ended while it does
        unit = asyncio.create_task(_write(database, actor, row), context=Context())
        await _end_who_waits(database_url)
        with pytest.raises(CommitUnknown):
            await unit
        assert await other.one(COUNT) == 0
    await _write(database, actor, row)
    assert await database.reader(actor).one(COUNT) == 1


async def _write(database: Database, actor: Actor, row: dict[str, Any]) -> None:
    async with database.transaction(actor) as uow:
        uow.write(ADD, row)


async def _end_who_waits(database_url: str) -> None:
    """End the session that waits for a lock, once there is one."""
    connection = await asyncpg.connect(database_url)
    find = (
        "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity "
        "WHERE datname = current_database() AND wait_event_type = 'Lock'"
    )
    try:
        async with asyncio.timeout(10):
            while not await connection.fetch(find):
                pass
    finally:
        await connection.close()
