"""A connection that breaks in the middle of a unit of work: what the caller is told, and the next unit."""

from __future__ import annotations

import asyncpg
import pytest
from sqlalchemy import func, select

from backstay.kernel.actor import Actor
from backstay.kernel.database import CommitUnknown, Database, DatabaseUnavailable, statement

pytestmark = pytest.mark.needs("postgres")

MY_BACKEND = statement(select(func.pg_backend_pid()), int)
ONE = statement(select(func.length("x")), int)


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
