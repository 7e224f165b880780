"""What leaves with a commit: events, work before it, wake-ups after it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar
from uuid import uuid4

import msgspec
import pytest
from sqlalchemy import insert, select

from backstay.kernel.actor import Actor
from backstay.kernel.database import Database, LostRace, UnitOfWork, statement
from backstay.kernel.event import Event
from backstay.kernel.ids import uuid7
from tests.kernel.database.conftest import things

pytestmark = pytest.mark.usefixtures("tables")

INSERT = statement(insert(things))
TITLES = statement(select(things.c.title).order_by(things.c.title), str)


class Moved(Event, frozen=True):
    type: ClassVar[str] = "probe.moved"
    by: int


async def put(uow: UnitOfWork, title: str) -> None:
    await uow.execute(INSERT, id=uuid7(), title=title, rank=None, done=False, extra=None)


async def titles(database: Database, actor: Actor) -> Sequence[str]:
    return await database.reader(actor).all(TITLES)


async def test_events_are_kept_in_the_same_transaction_in_their_order(
    database: Database, actor: Actor
) -> None:
    async def keep(uow: UnitOfWork) -> None:
        for event in uow.published:
            assert isinstance(event, Moved)
            await put(uow, f"moved by {event.by}")

    database.parts.keep_events(keep)
    async with database.transaction(actor) as uow:
        uow.publish(Moved(by=1))
        await put(uow, "first")
        uow.publish(Moved(by=2))
    assert await titles(database, actor) == ["first", "moved by 1", "moved by 2"]


async def test_an_event_is_of_whoever_the_unit_acts_for(database: Database, actor: Actor) -> None:
    kept: list[tuple[Actor, Event]] = []
    other = msgspec.structs.replace(actor, organization_id=uuid4())

    async def keep(uow: UnitOfWork) -> None:
        kept.extend((uow.actor, event) for event in uow.published)

    database.parts.keep_events(keep)
    async with database.transaction(actor) as uow:
        uow.publish(Moved(by=1))
        uow.on_behalf(other).publish(Moved(by=2))
        uow.publish(Moved(by=3))
    assert kept == [(actor, Moved(by=1)), (other, Moved(by=2)), (actor, Moved(by=3))]


async def test_a_rollback_keeps_no_event_and_tells_nobody(database: Database, actor: Actor) -> None:
    kept: list[Event] = []
    told: list[str] = []

    async def keep(uow: UnitOfWork) -> None:
        kept.extend(uow.published)

    database.parts.keep_events(keep)
    with pytest.raises(ZeroDivisionError):
        async with database.transaction(actor) as uow:
            await put(uow, "never")
            uow.publish(Moved(by=1))
            uow.after_commit(lambda: told.append("committed"))
            raise ZeroDivisionError
    assert (kept, told, await titles(database, actor)) == ([], [], [])


async def test_an_event_that_nobody_keeps_stops_the_commit(database: Database, actor: Actor) -> None:
    with pytest.raises(LookupError, match="require 'events'"):
        async with database.transaction(actor) as uow:
            await put(uow, "never")
            uow.publish(Moved(by=1))
    assert await titles(database, actor) == []


async def test_work_before_the_commit_may_ask_for_more_and_its_failure_rolls_back(
    database: Database, actor: Actor
) -> None:
    async with database.transaction(actor) as uow:

        async def second() -> None:
            await put(uow, "second")

        async def first() -> None:
            await put(uow, "first")
            uow.before_commit(second)

        uow.before_commit(first)
    assert await titles(database, actor) == ["first", "second"]

    async def fail() -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        async with database.transaction(actor) as uow:
            await put(uow, "third")
            uow.before_commit(fail)
    assert await titles(database, actor) == ["first", "second"]
    async with database.transaction(actor) as uow:
        await put(uow, "the connection is clean")


async def test_a_wake_up_comes_after_the_commit_and_its_failure_undoes_nothing(
    database: Database, actor: Actor, caplog: pytest.LogCaptureFixture
) -> None:
    told: list[str] = []

    def fail() -> None:
        raise ZeroDivisionError

    async with database.transaction(actor) as uow:
        uow.after_commit(fail)
        uow.after_commit(lambda: told.append("told"))
        await put(uow, "kept")
        assert told == []
    assert told == ["told"]
    assert await titles(database, actor) == ["kept"]
    assert [record.message for record in caplog.records] == ["a wake-up after a commit failed"]


async def test_what_a_lost_race_published_is_published_once(database: Database, actor: Actor) -> None:
    kept: list[Event] = []
    attempts: list[int] = []

    async def keep(uow: UnitOfWork) -> None:
        kept.extend(uow.published)

    async def work(uow: UnitOfWork) -> None:
        uow.publish(Moved(by=len(attempts)))
        attempts.append(1)
        if len(attempts) < 3:
            raise LostRace

    database.parts.keep_events(keep)
    await database.run(actor, work)
    assert kept == [Moved(by=2)]


async def test_a_part_is_reached_from_the_unit(database: Database, actor: Actor) -> None:
    class Bell:
        pass

    bell = Bell()
    with pytest.raises(LookupError, match="holds no Bell"):
        database.reader(actor).part(Bell)
    database.parts.hold(bell)
    async with database.transaction(actor) as uow:
        assert uow.part(Bell) is bell
