"""The short way of a connection, and what happens where a prepared statement no longer fits."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import asyncpg
import pytest

from backstay.kernel.database.connection import QuickConnection
from tests.plugins.servers import POSTGRES

pytestmark = pytest.mark.needs("postgres")


@pytest.fixture
async def connection() -> AsyncIterator[Any]:
    made = await asyncpg.connect(POSTGRES, connection_class=QuickConnection)
    await made.execute("CREATE TEMPORARY TABLE sails (name text)")
    try:
        yield made
    finally:
        await made.close()


async def test_it_answers_as_asyncpg_does_the_first_time_and_the_second(connection: Any) -> None:
    for name in ("jib", "genoa"):
        assert await connection.execute("INSERT INTO sails VALUES ($1)", name) == "INSERT 0 1"
    for _ in range(2):
        rows = await connection.fetch("SELECT name FROM sails WHERE name > $1", "h")
        assert [tuple(row) for row in rows] == [("jib",)]
    assert await connection.execute("UPDATE sails SET name = $1", "spinnaker") == "UPDATE 2"
    assert await connection.execute("DELETE FROM sails") == "DELETE 2"


async def test_a_statement_whose_table_has_changed_is_prepared_again(connection: Any) -> None:
    for _ in range(2):
        assert await connection.fetch("SELECT * FROM sails WHERE name <> $1", "") == []
    await connection.execute("ALTER TABLE sails ADD COLUMN area int DEFAULT 7")
    await connection.execute("INSERT INTO sails VALUES ('jib')")
    for _ in range(2):
        rows = await connection.fetch("SELECT * FROM sails WHERE name <> $1", "")
        assert [tuple(row) for row in rows] == [("jib", 7)]


async def test_a_change_whose_table_has_changed_happens_once(connection: Any) -> None:
    insert = "INSERT INTO sails VALUES ($1) RETURNING *"
    for name in ("jib", "genoa"):
        await connection.execute(insert, name)
    await connection.execute("ALTER TABLE sails ADD COLUMN area int DEFAULT 7")
    assert await connection.execute(insert, "spinnaker") == "INSERT 0 1"
    assert await connection.fetchval("SELECT count(*) FROM sails") == 3


async def test_inside_a_transaction_it_is_refused_and_the_transaction_is_over(connection: Any) -> None:
    for _ in range(2):
        await connection.fetch("SELECT * FROM sails WHERE name <> $1", "")
    await connection.execute("ALTER TABLE sails ADD COLUMN area int")
    await connection.execute("BEGIN")
    with pytest.raises(asyncpg.InvalidCachedStatementError):
        await connection.fetch("SELECT * FROM sails WHERE name <> $1", "")
    assert await connection.execute("COMMIT") == "ROLLBACK"
    assert await connection.fetch("SELECT * FROM sails WHERE name <> $1", "") == []


async def test_rows_of_a_type_that_has_changed_are_refused_once_and_then_understood(connection: Any) -> None:
    await connection.execute("CREATE TYPE pg_temp.rig AS (masts int)")
    whole = "SELECT row(2)::pg_temp.rig WHERE $1"
    for _ in range(2):
        assert [tuple(row[0]) for row in await connection.fetch(whole, True)] == [(2,)]
    await connection.execute("ALTER TYPE pg_temp.rig ADD ATTRIBUTE booms int")
    changed = "SELECT r.rig FROM (SELECT row(2, 3)::pg_temp.rig AS rig) r WHERE $1"
    with pytest.raises(asyncpg.OutdatedSchemaCacheError):
        for _ in range(2):
            await connection.fetch(changed, True)
    assert [tuple(row[0]) for row in await connection.fetch(changed, True)] == [(2, 3)]


async def test_a_statement_takes_no_longer_than_it_may(connection: Any) -> None:
    slow = await asyncpg.connect(POSTGRES, connection_class=QuickConnection, command_timeout=0.2)
    try:
        for _ in range(2):
            await slow.fetch("SELECT pg_sleep($1)", 0.0)
        with pytest.raises(TimeoutError):
            await slow.fetch("SELECT pg_sleep($1)", 30.0)
        assert await slow.fetchval("SELECT 1") == 1
    finally:
        await slow.close()


async def test_two_at_once_on_one_connection_are_refused(connection: Any) -> None:
    for _ in range(2):
        await connection.fetch("SELECT pg_sleep($1)", 0.0)
    found = await asyncio.gather(
        connection.fetch("SELECT pg_sleep($1)", 0.1),
        connection.fetch("SELECT pg_sleep($1)", 0.1),
        return_exceptions=True,
    )
    assert [type(one) for one in found] == [list, asyncpg.InterfaceError]


async def test_a_closed_connection_says_so() -> None:
    made = await asyncpg.connect(POSTGRES, connection_class=QuickConnection)
    for _ in range(2):
        await made.fetch("SELECT $1::int", 1)
    await made.close()
    with pytest.raises(asyncpg.InterfaceError):
        await made.fetch("SELECT $1::int", 1)
