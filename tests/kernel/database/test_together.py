"""Changes that a unit holds back: they travel with the next statement, in order, and fail like any other."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import Column, Integer, MetaData, Table, func, insert, select, update

from backstay.kernel.actor import Actor
from backstay.kernel.database import CommitFailed, Database, UniqueViolation, UnitOfWork, param, statement
from backstay.kernel.database.together import MOST_ROWS, Write, as_one, combined, trips
from backstay.kernel.ids import uuid7
from backstay.kernel.observation import Record, current_record
from tests.kernel.database.conftest import parts, things

ADD = statement(insert(things))
ADD_PART = statement(insert(parts))
RENAME = statement(update(things).where(things.c.id == param("id")).values(title=param("title")))
TITLES = statement(select(things.c.title).order_by(things.c.title), str)
PARTS = statement(select(func.count().label("count")).select_from(parts), int)

pytestmark = pytest.mark.usefixtures("tables")


def thing(title: str) -> dict[str, Any]:
    return {"id": uuid7(), "title": title, "rank": None, "done": False, "extra": None}


def told(record: Record) -> list[tuple[str, int]]:
    """Each trip: the statement it is named after, and how many travelled with it."""
    return [(one.name, len(one.detail.get("with", ()))) for one in record.moments if one.kind == "statement"]


async def test_they_travel_with_the_next_statement_and_with_the_commit(
    database: Database, actor: Actor, engine_name: str
) -> None:
    first, second = thing("first"), thing("second")

    async def work(uow: UnitOfWork) -> tuple[list[str], int]:
        uow.write(ADD, first, second)
        uow.write(ADD_PART, {"id": uuid7(), "thing_id": first["id"]})
        uow.write(RENAME, {"id": first["id"], "title": "renamed"})
        uow.write(ADD_PART, {"id": uuid7(), "thing_id": second["id"]})
        count = await uow.one(PARTS)
        titles = await uow.all(TITLES)
        uow.write(ADD, thing("at the commit"))
        return titles, count

    record = Record(method="GET", path="/", request_id="r", trace_id="t", span_id="s")
    token = current_record.set(record)
    try:
        assert await database.run(actor, work) == (["renamed", "second"], 2)
    finally:
        current_record.reset(token)
    assert await database.reader(actor).all(TITLES) == ["at the commit", "renamed", "second"]
    # A statement that may see another's rows waits for it on PostgreSQL; SQLite runs them in order anyway.
    assert (
        told(record)
        == {
            "postgresql": [
                ("database.ADD_PART", 2),
                ("database.ADD_PART", 1),
                ("database.PARTS", 0),
                ("database.TITLES", 0),
                ("database.ADD", 0),
            ],
            "sqlite": [("database.PARTS", 5), ("database.TITLES", 0), ("database.ADD", 0)],
        }[engine_name]
    )


async def test_what_they_break_is_raised_before_the_commit(database: Database, actor: Actor) -> None:
    taken = thing("taken")
    await database.run(actor, lambda uow: uow.execute(ADD, **taken))

    async def at_the_commit(uow: UnitOfWork) -> None:
        uow.write(ADD, thing("other"))
        uow.write(ADD, {**thing("taken")})

    async def at_the_next_statement(uow: UnitOfWork) -> None:
        await at_the_commit(uow)
        await uow.one(PARTS)
        pytest.fail("it was told of nothing")

    for work in (at_the_commit, at_the_next_statement):
        with pytest.raises(UniqueViolation):
            await database.run(actor, work)
    assert await database.reader(actor).all(TITLES) == ["taken"]


async def test_a_unit_that_only_writes_is_one_trip_where_one_statement_says_it(
    database: Database, actor: Actor, engine_name: str
) -> None:
    first = thing("first")

    async def work(uow: UnitOfWork) -> None:
        uow.write(ADD, first)
        uow.write(RENAME, {"id": uuid7(), "title": "nobody"})
        uow.write(ADD_PART, {"id": uuid7(), "thing_id": first["id"]})

    async def together(uow: UnitOfWork) -> None:
        uow.write(ADD, thing("second"))
        uow.write(ADD_PART, {"id": uuid7(), "thing_id": first["id"]})

    for one, trips_of_it in ((work, 2), (together, 1)):
        record = Record(method="GET", path="/", request_id="r", trace_id="t", span_id="s")
        token = current_record.set(record)
        try:
            await database.run(actor, one)
        finally:
            current_record.reset(token)
        whole = engine_name == "postgresql" and trips_of_it == 1
        kinds = [moment.kind for moment in record.moments]
        trips_now = trips_of_it if engine_name == "postgresql" else 1
        assert kinds == ["statement"] * trips_now + ["commit"] * (not whole)
        assert ("commit" in (record.moments[-1].detail or {})) == whole
    assert await database.reader(actor).all(TITLES) == ["first", "second"]
    assert await database.reader(actor).one(PARTS) == 2


async def test_a_unit_of_one_trip_says_what_was_at_fault(database: Database, actor: Actor) -> None:
    taken = thing("taken")
    await database.run(actor, lambda uow: uow.execute(ADD, **taken))
    orphan = {"id": uuid7(), "thing_id": uuid7()}
    for statement_, row, failure in ((ADD_PART, orphan, CommitFailed), (ADD, taken, UniqueViolation)):

        async def work(uow: UnitOfWork, statement_: Any = statement_, row: Any = row) -> None:
            uow.write(statement_, row)

        with pytest.raises(failure):
            await database.run(actor, work)
    assert await database.reader(actor).all(TITLES) == ["taken"]
    assert await database.reader(actor).one(PARTS) == 0
    assert database.stats().idle == database.stats().size


async def test_many_of_one_kind_are_one_batch(database: Database, actor: Actor) -> None:
    rows = [thing(f"{number:03}") for number in range(MOST_ROWS + 3)]

    async def work(uow: UnitOfWork) -> list[str]:
        uow.write(ADD, *rows)
        uow.write(ADD_PART, {"id": uuid7(), "thing_id": rows[0]["id"]})
        return await uow.all(TITLES)

    assert await database.run(actor, work) == [row["title"] for row in rows]
    assert await database.reader(actor).one(PARTS) == 1


def test_only_what_cannot_meet_goes_together(actor: Actor) -> None:
    def write(one: Any, organization: Any = actor.organization_id) -> Write:
        return Write(one.compiled("postgresql"), [], organization)

    add, part, rename = write(ADD), write(ADD_PART), write(RENAME)
    elsewhere = write(ADD_PART, uuid7())
    assert trips([add, add, part, rename], walled=False) == [[add, add, part], [rename]]
    assert trips([rename, rename, part], walled=False) == [[rename, rename], [part]]
    assert trips([add, elsewhere], walled=False) == [[add, elsewhere]]
    assert trips([add, elsewhere], walled=True) == [[add], [elsewhere]]
    assert combined("INSERT $1, $2, $1", "UPDATE", "SELECT $2 + $1") == (
        "WITH w0 AS (INSERT $1, $2, $1), w1 AS (UPDATE) SELECT $4 + $3"
    )


def test_rows_of_one_insert_are_one_part_and_in_their_order(actor: Actor) -> None:
    def write(one: Any, *arguments: Any) -> Write:
        return Write(one.compiled("postgresql"), list(arguments), actor.organization_id)

    numbered = Table(
        "probe_numbered", MetaData(), Column("place", Integer, primary_key=True), Column("a", Integer)
    )
    add = statement(insert(numbered).values(a=param("a")))
    part = statement(insert(parts).values(id=param("id"), thing_id=param("thing_id")))
    trip = [write(add, 1), write(part, "i", "o", "t"), write(add, 2), write(add, 3)]
    assert trips(trip, walled=False) == [trip]
    text, arguments = as_one(trip)
    assert text.startswith("WITH w0 AS (INSERT INTO ")
    assert text.endswith(" INSERT INTO probe_numbered (a) VALUES ($4::INTEGER), ($5::INTEGER), ($6::INTEGER)")
    assert arguments == ["i", "o", "t", 1, 2, 3]
    told = statement(insert(numbered).values(a=param("a")).returning(numbered.c.place), int)
    assert trips([write(told, 1), write(told, 2), write(part, "i", "t")], walled=False) == [
        [write(told, 1), write(told, 2)],
        [write(part, "i", "t")],
    ]


async def test_how_many_were_touched_counts_only_its_own(database: Database, actor: Actor) -> None:
    async def work(uow: UnitOfWork) -> int:
        uow.write(ADD, thing("held back"))
        return await uow.execute(ADD, **thing("asked for"))

    assert await database.run(actor, work) == 1
    assert await database.reader(actor).all(TITLES) == ["asked for", "held back"]
