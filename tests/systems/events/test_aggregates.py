"""Aggregates, snapshots, and streams with an expected version."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backstay.kernel.actor import Actor
from backstay.kernel.clock import ManualClock
from backstay.kernel.database import LostRace, UnitOfWork
from backstay.systems.events import StreamMoved, append, history
from backstay.systems.events.queries import streams
from backstay.systems.events.service import upkeep
from backstay.systems.events.testing import dispatch, published
from tests.house import House
from tests.systems.events.shop import ORDERS, DoorOpened, Order, OrderPaid, OrderPlaced, evolve
from tests.systems.events.test_publishing import publish


async def place(house: House, actor: Actor, amount: int) -> None:
    async def work(uow: UnitOfWork) -> None:
        order = await ORDERS.load(uow, "o1")
        order.record(OrderPlaced(order="o1", amount=amount))
        await order.save(uow)

    await house.backend.database.run(actor, work)


async def test_state_is_what_the_events_make_of_it(house: House, actor: Actor) -> None:
    async with house.backend.database.transaction(actor) as uow:
        order = await ORDERS.load(uow, "o1")
        assert (order.state, order.version) == (Order(), 0)
        order.record(OrderPlaced(order="o1", amount=5), OrderPaid(order="o1"))
        assert order.state == Order(5, paid=True)
        await order.save(uow)
        assert order.version == 2
        seen = await ORDERS.load(uow, "o1")
        assert (seen.state, seen.version) == (Order(5, paid=True), 2)
    reader = house.backend.reader(actor)
    assert [(recorded.version, event) async for recorded, event in history(reader, "shop/o1")] == [
        (1, OrderPlaced(order="o1", amount=5)),
        (2, OrderPaid(order="o1")),
    ]
    await dispatch(house.backend)
    assert await published(reader) == [OrderPlaced(order="o1", amount=5), OrderPaid(order="o1")]


async def test_whoever_was_slower_loses_and_changes_nothing(house: House, actor: Actor) -> None:
    database = house.backend.database
    stale = await ORDERS.load(house.backend.reader(actor), "o1")
    await place(house, actor, 1)
    stale.record(OrderPlaced(order="o1", amount=50))
    with pytest.raises(LostRace):
        async with database.transaction(actor) as uow:
            await stale.save(uow)
    assert (await ORDERS.load(house.backend.reader(actor), "o1")).state == Order(1)
    with pytest.raises(StreamMoved) as moved:
        async with database.transaction(actor) as uow:
            await append(uow, OrderPlaced(order="o1", amount=50), expected=0)
    assert (moved.value.status, moved.value.extensions) == (409, {"version": 1})
    with pytest.raises(StreamMoved) as nothing:
        async with database.transaction(actor) as uow:
            await append(uow, OrderPlaced(order="o2", amount=50), expected=3)
    assert nothing.value.extensions == {"version": 0}
    async with database.transaction(actor) as uow:
        assert await append(uow, OrderPaid(order="o1"), OrderPlaced(order="o1", amount=2), expected=1) == 3


async def test_append_takes_events_of_one_subject(house: House, actor: Actor) -> None:
    async with house.backend.database.transaction(actor) as uow:
        for events in ([], [DoorOpened()], [OrderPaid(order="a"), OrderPaid(order="b")]):
            with pytest.raises(ValueError, match="one subject"):
                await append(uow, *events, expected=0)
        order = await ORDERS.load(uow, "o1")
        with pytest.raises(ValueError, match="belongs to shop/o2, not to shop/o1"):
            order.record(OrderPaid(order="o2"))


async def test_many_at_once_are_run_again_until_all_are_in(house: House, actor: Actor) -> None:
    import asyncio

    await asyncio.gather(*(place(house, actor, 1) for _ in range(4)))
    loaded = await ORDERS.load(house.backend.reader(actor), "o1")
    assert (loaded.state, loaded.version) == (Order(4), 4)


async def test_loading_begins_at_a_snapshot_of_the_same_shape(house: House, actor: Actor) -> None:
    for amount in (1, 10, 100, 1000):
        await place(house, actor, amount)
    reader = house.backend.reader(actor)
    name = {"stream": "shop/o1", "aggregate": "Order"}
    snapshot = await reader.first(streams.SNAPSHOT, **name, shape=ORDERS.shape)
    assert snapshot is not None
    assert (snapshot.version, snapshot.state) == (3, '{"amount":111,"paid":false}')
    # A snapshot that was tampered with shows that loading begins there.
    async with house.backend.database.transaction(actor) as uow:
        await uow.execute(
            streams.TAKE_SNAPSHOT, **name, shape=ORDERS.shape, version=3, state='{"amount":7,"paid":false}'
        )
    assert (await ORDERS.load(reader, "o1")).state == Order(1007)
    from dataclasses import replace

    newer = await replace(ORDERS, version=2).load(reader, "o1")
    assert (newer.state, newer.version) == (Order(1111), 4)


async def test_streams_of_aggregates_outlive_the_retention(
    house: House, actor: Actor, clock: ManualClock
) -> None:
    await place(house, actor, 5)
    await publish(house, actor, OrderPlaced(order="o2", amount=1), DoorOpened())
    await dispatch(house.backend)
    clock.move(timedelta(days=31))
    async with house.backend.database.transaction(actor) as uow:
        assert await upkeep.prune(uow, days=30) == 2
    reader = house.backend.reader(actor)
    assert (await ORDERS.load(reader, "o1")).state == Order(5)
    assert [event async for _, event in history(reader, "shop/o2")] == []


@given(st.lists(st.integers(1, 9) | st.none(), max_size=12))
@settings(deadline=None)
def test_evolving_in_parts_is_evolving_at_once(steps: list[int | None]) -> None:
    events = [OrderPaid(order="o") if one is None else OrderPlaced(order="o", amount=one) for one in steps]
    for cut in range(len(events) + 1):
        state = Order()
        for event in events[:cut]:
            state = evolve(state, event)
        for event in events[cut:]:
            state = evolve(state, event)
        assert state.amount == sum(one for one in steps if one is not None)
        assert state.paid == bool(steps and steps[-1] is None)
