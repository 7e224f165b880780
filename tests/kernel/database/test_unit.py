from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from msgspec import Struct
from sqlalchemy import delete, func, insert, select, update

from backstay.kernel.actor import Actor
from backstay.kernel.clock import ManualClock
from backstay.kernel.database import (
    CommitFailed,
    ConstraintViolation,
    Database,
    Deleted,
    LostRace,
    NoRow,
    UniqueViolation,
    UnitOfWork,
    param,
    statement,
    transactional,
    upsert,
)
from backstay.kernel.ids import uuid7
from backstay.kernel.observation import Record, current_record
from tests.conftest import make_actor
from tests.kernel.database.conftest import parts, things


class Thing(Struct, frozen=True):
    id: UUID
    organization_id: UUID
    title: str
    rank: str | None
    done: bool
    extra: dict[str, int] | None
    created_at: datetime
    created_by: UUID
    updated_at: datetime
    updated_by: UUID
    deleted_at: datetime | None
    version: int


INSERT = statement(insert(things).returning(things), Thing)
GET = statement(select(things).where(things.c.id == param("id")), Thing)
GET_ANY = statement(select(things).where(things.c.id == param("id")), Thing, deleted=Deleted.ANY)
ALL = statement(select(things).order_by(things.c.title), Thing)
COUNT = statement(select(func.count().label("count")).select_from(things), int)
RENAME = statement(
    update(things).where(things.c.id == param("id")).values(title=param("title")).returning(things), Thing
)
RENAME_IF = statement(
    update(things)
    .where(things.c.id == param("id"), things.c.version == param("expected"))
    .values(title=param("title"))
    .returning(things),
    Thing,
)
DELETE = statement(delete(things).where(things.c.id == param("id")))
ADD_PART = statement(insert(parts))
PUT = statement(
    upsert(things, key=("organization_id", "title"))
    .insert(id=param("id"), rank=param("rank"), done=False)
    .update(rank=param("rank"))
    .returning(things),
    Thing,
)

pytestmark = pytest.mark.usefixtures("tables")


def values(title: str = "one", **more: Any) -> dict[str, Any]:
    return {"id": uuid7(), "title": title, "rank": None, "done": False, "extra": None} | more


async def store(database: Database, actor: Actor, title: str = "one", **more: Any) -> Thing:
    async with database.transaction(actor) as uow:
        return await uow.one(INSERT, **values(title, **more))


async def test_a_row_comes_back_as_the_contract(database: Database, actor: Actor, clock: ManualClock) -> None:
    thing = await store(database, actor, extra={"a": 1}, done=True)
    assert thing == Thing(
        id=thing.id,
        organization_id=actor.organization_id,
        title="one",
        rank=None,
        done=True,
        extra={"a": 1},
        created_at=clock.now(),
        created_by=actor.id,
        updated_at=clock.now(),
        updated_by=actor.id,
        deleted_at=None,
        version=1,
    )
    assert await database.reader(actor).one(GET, id=thing.id) == thing
    assert type(thing.done) is bool
    assert thing.created_at.utcoffset() == timedelta(0)


async def test_an_update_moves_the_stamps_and_the_version(
    database: Database, actor: Actor, clock: ManualClock
) -> None:
    thing = await store(database, actor)
    clock.move(timedelta(hours=1))
    other = make_actor(organization=actor.organization_id)
    async with database.transaction(other) as uow:
        renamed = await uow.one(RENAME, id=thing.id, title="two")
    assert (renamed.created_at, renamed.created_by) == (thing.created_at, actor.id)
    assert (renamed.updated_at, renamed.updated_by, renamed.version) == (clock.now(), other.id, 2)


async def test_a_raise_rolls_back_and_leaves_a_clean_connection(database: Database, actor: Actor) -> None:
    with pytest.raises(ZeroDivisionError):
        async with database.transaction(actor) as uow:
            await uow.one(INSERT, **values())
            raise ZeroDivisionError
    assert await database.reader(actor).one(COUNT) == 0
    await store(database, actor, "two")
    assert [t.title for t in await database.reader(actor).all(ALL)] == ["two"]


async def test_a_refused_commit_is_loud_and_leaves_nothing(database: Database, actor: Actor) -> None:
    with pytest.raises(CommitFailed):
        async with database.transaction(actor) as uow:
            await uow.one(INSERT, **values())
            await uow.execute(ADD_PART, id=uuid7(), thing_id=uuid7())
    # The next, innocent units, on every connection of the pool, see no ghost and succeed.
    for n in range(10):
        await store(database, actor, f"innocent {n}")
    assert await database.reader(actor).one(COUNT) == 10


async def test_readers_do_not_see_what_is_not_committed(database: Database, actor: Actor) -> None:
    async with database.transaction(actor) as uow:
        thing = await uow.one(INSERT, **values())
        assert await uow.one(GET, id=thing.id) == thing
        assert await database.reader(actor).first(GET, id=thing.id) is None
    assert await database.reader(actor).one(GET, id=thing.id) == thing


async def test_another_organization_sees_and_changes_nothing(database: Database, actor: Actor) -> None:
    thing = await store(database, actor)
    stranger = make_actor("eve")
    reader = database.reader(stranger)
    assert await reader.first(GET, id=thing.id) is None
    assert await reader.one(COUNT) == 0
    async with database.transaction(stranger) as uow:
        assert await uow.first(RENAME, id=thing.id, title="mine") is None
        assert await uow.execute(DELETE, id=thing.id) == 0
        put = await uow.one(PUT, id=uuid7(), title="one", rank="x")
    assert put.id != thing.id
    assert await database.reader(actor).one(GET, id=thing.id) == thing


async def test_no_row_is_a_404(database: Database, actor: Actor) -> None:
    with pytest.raises(NoRow) as caught:
        await database.reader(actor).one(GET, id=uuid7())
    assert caught.value.status == 404


async def test_soft_deleted_rows_are_hidden_unless_asked_for(database: Database, actor: Actor) -> None:
    thing = await store(database, actor)
    soft = statement(update(things).where(things.c.id == param("id")).values(deleted_at=param("at")))
    async with database.transaction(actor) as uow:
        assert await uow.execute(soft, id=thing.id, at=uow.now()) == 1
        assert await uow.execute(soft, id=thing.id, at=uow.now()) == 0
    assert await database.reader(actor).first(GET, id=thing.id) is None
    assert (await database.reader(actor).one(GET_ANY, id=thing.id)).version == 2


async def test_a_stale_version_changes_nothing(database: Database, actor: Actor) -> None:
    thing = await store(database, actor)
    async with database.transaction(actor) as uow:
        assert (await uow.one(RENAME_IF, id=thing.id, expected=1, title="two")).version == 2
        assert await uow.first(RENAME_IF, id=thing.id, expected=1, title="three") is None
    assert (await database.reader(actor).one(GET, id=thing.id)).title == "two"


async def test_an_upsert_inserts_then_changes(database: Database, actor: Actor) -> None:
    async with database.transaction(actor) as uow:
        first = await uow.one(PUT, id=uuid7(), title="one", rank="a")
        second = await uow.one(PUT, id=uuid7(), title="one", rank="b")
    assert (first.id, first.version, first.rank) == (second.id, 1, "a")
    assert (second.version, second.rank) == (2, "b")


async def test_a_taken_key_is_tried_again_then_said(database: Database, actor: Actor) -> None:
    await store(database, actor)
    attempts = 0

    async def work(uow: UnitOfWork) -> None:
        nonlocal attempts
        attempts += 1
        await uow.one(INSERT, **values())

    with pytest.raises(UniqueViolation):
        await database.run(actor, work)
    assert attempts == 5
    assert await database.reader(actor).one(COUNT) == 1


async def test_a_null_where_none_may_be_is_a_constraint(database: Database, actor: Actor) -> None:
    with pytest.raises(ConstraintViolation):
        await store(database, actor, None)  # type: ignore[arg-type]  # on purpose


async def test_run_repeats_the_whole_unit_when_it_lost(database: Database, actor: Actor) -> None:
    attempts: list[int] = []

    async def work(uow: UnitOfWork) -> Thing:
        attempts.append(1)
        thing = await uow.one(INSERT, **values())
        if len(attempts) < 3:
            raise LostRace
        return thing

    thing = await database.run(actor, work)
    assert len(attempts) == 3
    assert [t.id for t in await database.reader(actor).all(ALL)] == [thing.id]


async def test_the_decorator_makes_a_unit_of_each_call(database: Database, actor: Actor) -> None:
    @transactional
    async def add(uow: UnitOfWork, title: str) -> Thing:
        return await uow.one(INSERT, **values(title))

    thing = await add(database, actor, title="decorated")
    assert await database.reader(actor).one(GET, id=thing.id) == thing


async def test_a_unit_inside_a_unit_is_refused(database: Database, actor: Actor) -> None:
    async with database.transaction(actor):
        with pytest.raises(RuntimeError, match="already open"):
            async with database.transaction(actor):
                raise AssertionError("unreachable")


async def test_parameters_must_match_exactly(database: Database, actor: Actor) -> None:
    with pytest.raises(TypeError, match=r"missing parameters \['id'\], unknown parameters \['idd'\]"):
        await database.reader(actor).first(GET, idd=uuid7())


async def test_many_rows_in_one_trip(database: Database, actor: Actor) -> None:
    async with database.transaction(actor) as uow:
        await uow.execute_many(INSERT, [values(f"t{n}") for n in range(50)])
        await uow.execute_many(INSERT, [])
    assert await database.reader(actor).one(COUNT) == 50


async def test_concurrent_units_lose_no_update(database: Database, actor: Actor) -> None:
    await store(database, actor)
    bump = statement(update(things).values(rank=things.c.rank).returning(things.c.version), int)

    async def one(_: int) -> int:
        return await database.run(actor, lambda uow: uow.one(bump))

    versions = await asyncio.gather(*map(one, range(40)))
    assert sorted(versions) == list(range(2, 42))


async def test_a_cancelled_unit_is_rolled_back_and_the_connection_is_clean(
    database: Database, actor: Actor
) -> None:
    inside = asyncio.Event()

    async def work() -> None:
        async with database.transaction(actor) as uow:
            await uow.one(INSERT, **values())
            inside.set()
            await asyncio.Event().wait()

    task = asyncio.create_task(work())
    await inside.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    for n in range(10):
        await store(database, actor, f"after {n}")
    assert await database.reader(actor).one(COUNT) == 10
    assert database.stats().waiting == 0


async def test_statements_and_the_commit_are_noted(database: Database, actor: Actor) -> None:
    record = Record(method="GET", path="/", request_id="r", trace_id="t", span_id="s")
    token = current_record.set(record)
    try:
        thing = await store(database, actor)
        await database.reader(actor).one(GET, id=thing.id)
    finally:
        current_record.reset(token)
    assert [(m.kind, m.name, m.detail) for m in record.moments] == [
        ("statement", "database.INSERT", {"rows": 1}),
        ("commit", "commit", None),
        ("statement", "database.GET", {"rows": 1}),
    ]


async def test_the_pool_counts(database: Database, actor: Actor) -> None:
    await database.ping()
    before = database.stats()
    assert before.size >= 1
    async with database.transaction(actor) as uow:
        await uow.one(INSERT, **values())
        assert database.stats().idle == before.idle - 1
