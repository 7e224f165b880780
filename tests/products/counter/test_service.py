from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from backstay.kernel.actor import Actor
from backstay.kernel.clock import ManualClock
from backstay.kernel.database import Database, ListRequest, UnitOfWork
from backstay.kernel.event import Event
from backstay.products import counter
from backstay.products.counter.contracts import LARGEST
from backstay.products.counter.tables import metadata
from tests.conftest import make_actor
from tests.tables import create_tables


@pytest.fixture(autouse=True)
async def told(database: Database) -> list[Event]:
    """What the counter published."""
    await create_tables(database, metadata)
    events: list[Event] = []

    async def keep(uow: UnitOfWork) -> None:
        events.extend(uow.published)

    database.parts.keep_events(keep)
    return events


async def test_moves_of_shared_counters_are_told_and_nobody_elses(
    database: Database, actor: Actor, told: list[Event]
) -> None:
    await move(database, actor, 5)
    await move(database, actor, -2)
    async with database.transaction(actor) as uow:
        await counter.add(uow, actor.id, "mine", 1)
        await counter.reset(uow, actor.organization_id, "x", expected=2, value=9)
        await counter.remove(uow, actor.organization_id, "x", expected=3)
        await counter.remove(uow, actor.id, "mine", expected=1)
    assert told == [
        counter.CounterMoved(name="x", amount=5, value=5),
        counter.CounterMoved(name="x", amount=-2, value=3),
        counter.CounterMoved(name="x", amount=None, value=9),
        counter.CounterRemoved(name="x"),
    ]


async def move(database: Database, actor: Actor, amount: int = 1, name: str = "x") -> counter.Counter:
    return await database.run(actor, lambda uow: counter.add(uow, actor.organization_id, name, amount))


async def test_the_first_move_makes_the_counter(database: Database, actor: Actor, clock: ManualClock) -> None:
    reader = database.reader(actor)
    with pytest.raises(counter.NoSuchCounter):
        await counter.get(reader, actor.organization_id, "x")
    assert await move(database, actor, 5) == counter.Counter("x", 5, 1, clock.now())
    clock.move(timedelta(seconds=1))
    assert await move(database, actor, -7) == counter.Counter("x", -2, 2, clock.now())
    assert await counter.get(reader, actor.organization_id, "x") == counter.Counter("x", -2, 2, clock.now())


async def test_concurrent_moves_add_up(database: Database, actor: Actor) -> None:
    await asyncio.gather(*(move(database, actor, n) for n in range(-20, 31)))
    assert (await counter.get(database.reader(actor), actor.organization_id, "x")).value == sum(
        range(-20, 31)
    )


async def test_the_range_holds_at_both_ends(database: Database, actor: Actor) -> None:
    await move(database, actor, LARGEST)
    await move(database, actor, -LARGEST, name="y")
    for name, amount in (("x", 1), ("y", -1), ("x", LARGEST)):
        with pytest.raises(counter.CounterOutOfRange):
            await move(database, actor, amount, name=name)
    assert (await counter.get(database.reader(actor), actor.organization_id, "x")).value == LARGEST


async def test_a_reset_needs_the_present_version(database: Database, actor: Actor) -> None:
    owner = actor.organization_id

    async def reset(expected: int, name: str = "x", **more: Any) -> counter.Counter:
        return await database.run(
            actor, lambda uow: counter.reset(uow, owner, name, expected=expected, **more)
        )

    with pytest.raises(counter.NoSuchCounter):
        await reset(1)
    await move(database, actor, 9)
    await move(database, actor, 9)
    with pytest.raises(counter.CounterChanged) as caught:
        await reset(1)
    assert caught.value.extensions == {"version": 2}
    assert (await reset(2, value=4)).value == 4
    assert (await counter.get(database.reader(actor), owner, "x")).version == 3


async def test_moves_are_kept_for_a_day_and_go_with_the_counter(
    database: Database, actor: Actor, clock: ManualClock
) -> None:
    owner = actor.organization_id
    for _ in range(40):
        await move(database, actor)
    clock.move(timedelta(hours=25))
    for _ in range(24):
        await move(database, actor)
    page = await counter.moves(database.reader(actor), owner, "x", ListRequest(limit=100))
    assert [m.version for m in page.items] == list(range(64, 40, -1))
    with pytest.raises(counter.CounterChanged):
        await database.run(actor, lambda uow: counter.remove(uow, owner, "x", expected=63))
    await database.run(actor, lambda uow: counter.remove(uow, owner, "x", expected=64))
    assert (await move(database, actor)).version == 1
    page = await counter.moves(database.reader(actor), owner, "x", ListRequest(limit=100))
    assert [m.version for m in page.items] == [1]


async def test_counters_are_apart_by_person_and_organization(database: Database, actor: Actor) -> None:
    colleague = make_actor("bob", organization=actor.organization_id)
    stranger = make_actor("eve")

    async def own(uow: UnitOfWork) -> counter.Counter:
        return await counter.add(uow, uow.actor.id, "x", 1)

    await move(database, actor, 5)
    for who in (actor, colleague, stranger):
        assert (await database.run(who, own)).value == 1
    assert (await move(database, colleague, 1)).value == 6
    assert (await move(database, stranger, 1)).value == 1
    page = await counter.list_(database.reader(colleague), colleague.organization_id, ListRequest())
    assert [(c.name, c.value) for c in page.items] == [("x", 6)]
