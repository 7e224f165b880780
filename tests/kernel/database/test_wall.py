"""The second wall: row-level security on PostgreSQL, told for one transaction at a time."""

from __future__ import annotations

from collections.abc import AsyncIterator
from uuid import uuid4

import asyncpg
import pytest

from backstay.app import MODULES
from backstay.kernel import migrations
from backstay.kernel.clock import ManualClock
from backstay.kernel.database import Database, app_role_of, driver_url
from backstay.kernel.database.compiled import Compiled
from backstay.kernel.migrations.policies import tables_of
from backstay.kernel.signing import Keys
from backstay.products.notes.testing import make_note
from tests.conftest import make_actor

ROLE = "backstay_test_app"


@pytest.fixture
def engine_name() -> str:
    return "postgresql"


@pytest.fixture
async def url(database_url: str) -> str:
    behind = f"{driver_url(database_url)}?app_role={ROLE}"
    await migrations.up(behind, MODULES)
    return behind


@pytest.fixture
async def walled(url: str, clock: ManualClock, keys: Keys) -> AsyncIterator[Database]:
    database = await Database.open(url, clock=clock, keys=keys, pool_size=2)
    try:
        yield database
    finally:
        await database.close()


def forgetful(sql: str) -> Compiled:
    """What a statement would be that forgot its organization."""
    return Compiled("test.forgetful", sql, (), frozenset(), tuple)


@pytest.mark.needs("postgres")
async def test_a_statement_that_forgot_its_organization_sees_and_touches_only_its_own(
    walled: Database,
) -> None:
    ada, eve = make_actor("ada"), make_actor("eve")
    await make_note(walled, ada, "ada's")
    await make_note(walled, eve, "eve's")
    engine = walled._engine
    every = forgetful("SELECT title FROM notes_notes")
    assert [row[0] for row in await engine.fetch(every, [], ada.organization_id)] == ["ada's"]
    assert await engine.fetch(every, [], uuid4()) == []
    # The connection was used by others before: nothing of them is left on it.
    assert [row[0] for row in await engine.fetch(every, [], eve.organization_id)] == ["eve's"]
    transaction = engine.transaction(eve.organization_id)
    assert await transaction.execute(forgetful("UPDATE notes_notes SET title = 'taken'"), []) == 1
    assert await transaction.execute(forgetful("DELETE FROM notes_notes WHERE title = 'ada''s'"), []) == 0
    await transaction.rollback()
    stranger = f"INSERT INTO notes_tags VALUES ('{uuid4()}', '{ada.organization_id}', '{ada.id}', 'x', 'x')"
    transaction = engine.transaction(eve.organization_id)
    with pytest.raises(asyncpg.InsufficientPrivilegeError, match="row-level security"):
        await transaction.execute(forgetful(stranger), [])
    await transaction.rollback()
    unscoped = forgetful("SELECT title FROM notes_notes ORDER BY title")._replace(unscoped=True)
    assert [row[0] for row in await engine.fetch(unscoped, [], ada.organization_id)] == ["ada's", "eve's"]


@pytest.mark.needs("postgres")
async def test_one_transaction_goes_out_and_comes_back(walled: Database) -> None:
    ada, eve = make_actor("ada"), make_actor("eve")
    await make_note(walled, ada, "ada's")
    await make_note(walled, eve, "eve's")
    count = forgetful("SELECT count(*) FROM notes_notes")
    transaction = walled._engine.transaction(ada.organization_id)
    seen = [(await transaction.fetch(one, []))[0][0] for one in (count, count._replace(unscoped=True), count)]
    await transaction.rollback()
    assert seen == [1, 2, 1]


@pytest.mark.needs("postgres")
async def test_every_table_with_an_organization_is_guarded_and_the_role_is_no_more_than_it_should_be(
    url: str,
) -> None:
    wanted = {table.name for table, _ in tables_of(MODULES)}
    assert len(wanted) > 20
    connection = await asyncpg.connect(driver_url(url))
    try:
        guarded = await connection.fetch(
            "SELECT c.relname FROM pg_class c JOIN pg_policies p ON p.tablename = c.relname "
            "WHERE c.relrowsecurity AND c.relforcerowsecurity AND p.qual = p.with_check"
        )
        assert {row["relname"] for row in guarded} == wanted
        role = await connection.fetchrow("SELECT * FROM pg_roles WHERE rolname = $1", ROLE)
        assert not role["rolsuper"]
        assert not role["rolbypassrls"]
        owned = "SELECT count(*) FROM pg_class WHERE relowner = (SELECT oid FROM pg_roles WHERE rolname = $1)"
        assert await connection.fetchval(owned, ROLE) == 0
        for table in wanted:
            may = "SELECT has_table_privilege($1, $2, 'TRUNCATE')"
            assert await connection.fetchval(may, ROLE, table) is False
        await connection.execute(f"SET ROLE {ROLE}")
        # Whoever names no organization sees nothing, and an ended SET LOCAL leaves '' behind, not NULL.
        assert await connection.fetchval("SELECT count(*) FROM notes_notes") == 0
        async with connection.transaction():
            await connection.execute("SET LOCAL backstay.organization = '*'")
        assert await connection.fetchval("SELECT count(*) FROM notes_notes") == 0
    finally:
        await connection.close()


@pytest.mark.needs("postgres")
async def test_migrating_again_changes_nothing(url: str) -> None:
    assert await migrations.up(url, MODULES) == []


def test_the_role_is_read_from_the_url_and_kept_from_the_driver() -> None:
    url = "postgresql://ada:pw@db/shop?sslmode=require&app_role=shop_app"
    assert app_role_of(url) == "shop_app"
    assert driver_url(url) == "postgresql://ada:pw@db/shop?sslmode=require"
    assert app_role_of("postgresql://db/shop") is None
    with pytest.raises(ValueError, match="must be a lower-case name"):
        app_role_of("postgresql://db/shop?app_role=x%3B%20DROP")
