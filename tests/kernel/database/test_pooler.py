"""PgBouncer in transaction mode before PostgreSQL: nothing of one transaction is there for the next."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
from sqlalchemy import select

from backstay.app import MODULES
from backstay.kernel import migrations
from backstay.kernel.actor import Actor
from backstay.kernel.clock import ManualClock
from backstay.kernel.database import (
    Database,
    Deleted,
    UnitOfWork,
    app_role_of,
    driver_url,
    is_pooled,
    statement,
)
from backstay.kernel.signing import Keys
from backstay.products import notes
from backstay.products.notes.tables import notes as table
from backstay.products.notes.testing import make_note
from tests.conftest import make_actor
from tests.plugins.pgbouncer import ENGINES

TITLES = statement(select(table.c.title).order_by(table.c.title), str, deleted=Deleted.ANY)


@pytest.fixture(params=ENGINES)
def engine_name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
async def url(database_url: str, engine_name: str) -> str:
    """On PostgreSQL behind the second wall, with the proxy and without."""
    url = (
        f"{driver_url(database_url)}?app_role=backstay_test_app"
        if engine_name == "postgresql"
        else database_url
    )
    await migrations.up(url, MODULES)
    assert await migrations.up(url, MODULES) == []
    return url


@pytest.fixture
async def two(url: str, clock: ManualClock, keys: Keys) -> AsyncIterator[list[Database]]:
    """Two processes' pools on one database, together larger than the proxy's."""
    opened = [await Database.open(url, clock=clock, keys=keys, pool_size=4) for _ in range(2)]
    try:
        yield opened
    finally:
        for database in opened:
            await database.close()


async def titles(database: Database, actor: Actor) -> list[str]:
    return await database.reader(actor).all(TITLES)


async def test_two_organizations_on_shared_connections_never_meet(two: list[Database]) -> None:
    sides = {name: make_actor(name) for name in ("ada", "eve")}
    expected = {name: sorted(f"{name}'s {number:02}" for number in range(20)) for name in sides}

    async def work(number: int, name: str) -> None:
        database = two[number % 2]
        await make_note(database, sides[name], f"{name}'s {number:02}")
        assert set(await titles(database, sides[name])) <= set(expected[name])

    await asyncio.gather(*(work(number, name) for number in range(20) for name in sides))
    for database in two:
        assert {name: await titles(database, actor) for name, actor in sides.items()} == expected


async def test_one_unit_works_on_behalf_of_two_organizations(two: list[Database]) -> None:
    ada, eve = make_actor("ada"), make_actor("eve")
    seen: list[list[str]] = []

    async def both(uow: UnitOfWork) -> None:
        theirs = uow.on_behalf(eve)
        await notes.create(uow, notes.NewNote(title="ada's first"))
        await notes.create(theirs, notes.NewNote(title="eve's"))
        await notes.create(uow, notes.NewNote(title="ada's second"))
        seen.extend([await uow.all(TITLES), await theirs.all(TITLES)])
        await notes.create(theirs.on_behalf(ada), notes.NewNote(title="ada's third"))

    await two[0].run(ada, both)
    assert seen == [["ada's first", "ada's second"], ["eve's"]]
    assert await titles(two[1], ada) == ["ada's first", "ada's second", "ada's third"]
    assert await titles(two[1], eve) == ["eve's"]


async def test_what_fails_takes_both_organizations_changes_back(two: list[Database]) -> None:
    ada, eve = make_actor("ada"), make_actor("eve")

    async def fail(uow: UnitOfWork) -> None:
        await notes.create(uow.on_behalf(eve), notes.NewNote(title="eve's"))
        await notes.create(uow, notes.NewNote(title="ada's"))
        raise LookupError("after both")

    with pytest.raises(LookupError):
        await two[0].run(ada, fail)
    assert [await titles(two[1], who) for who in (ada, eve)] == [[], []]


async def test_nothing_is_listened_to_where_nothing_can_be_heard(
    two: list[Database], engine_name: str
) -> None:
    if engine_name != "pgbouncer":
        return  # there something can be heard
    await two[0].listen("anything", lambda: None)


def test_our_options_are_read_and_kept_from_the_driver() -> None:
    url = "postgresql://ada:pw@db/shop?pgbouncer=true&sslmode=require&app_role=shop_app"
    assert (is_pooled(url), app_role_of(url)) == (True, "shop_app")
    assert driver_url(url) == "postgresql://ada:pw@db/shop?sslmode=require"
    assert not is_pooled("postgresql://db/shop?pgbouncer=false")
    with pytest.raises(ValueError, match="must be true or false"):
        is_pooled("postgresql://db/shop?pgbouncer=yes")
