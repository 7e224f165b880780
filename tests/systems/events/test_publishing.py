"""From a unit of work to the log, and from the log to subscribers."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from contextvars import Context
from datetime import timedelta
from typing import Any, TypeVar
from uuid import UUID

import msgspec
import pytest

from backstay.kernel.actor import SYSTEM, Actor
from backstay.kernel.clock import ManualClock
from backstay.kernel.database import UnitOfWork
from backstay.kernel.event import Event
from backstay.kernel.module import CompositionError, Module, compose
from backstay.systems.events import subscribes
from backstay.systems.events.queries import log
from backstay.systems.events.service import keeping
from backstay.systems.events.service.catalog import Catalog
from backstay.systems.events.service.dispatching import Dispatcher, deliver
from backstay.systems.events.service.part import Events
from backstay.systems.events.service.subscribing import Delivery
from backstay.systems.events.testing import dispatch, published, settle
from backstay.systems.jobs import JobState
from backstay.systems.jobs.testing import drain
from tests.conftest import make_actor
from tests.house import House
from tests.systems.events.shop import (
    DoorOpened,
    NotDeclared,
    OrderPaid,
    OrderPlaced,
    Temper,
    add_up,
    value,
)

T = TypeVar("T")


async def publish(house: House, actor: Actor, *events: Event) -> None:
    async with house.backend.database.transaction(actor) as uow:
        for event in events:
            uow.publish(event)


async def rows(house: House) -> list[log.LogRow]:
    return await house.backend.reader(SYSTEM).all(
        log.READ, after=0, until=2**62, all_types=1, types=[], limit=1000
    )


async def test_an_event_is_in_the_commit_with_what_is_told_of_it(
    house: House, actor: Actor, clock: ManualClock
) -> None:
    await publish(house, actor, OrderPlaced(order="o1", amount=3))
    assert await rows(house) == []  # no position yet
    assert await dispatch(house.backend) == 1
    (row,) = await rows(house)
    assert isinstance(row.id, UUID)
    assert msgspec.structs.asdict(row) == {
        "seq": 1,
        "position": 1,
        "id": row.id,
        "organization_id": actor.organization_id,
        "source": "/backstay/shop",
        "type": "shop.order_placed",
        "subject": "o1",
        "stream": "shop/o1",
        "version": 1,
        "time": clock.now(),
        "actor_id": actor.id,
        "data": '{"order":"o1","amount":3}',
        "traceparent": None,
        "request_id": None,
        "received": False,
    }


async def test_a_rollback_leaves_no_event_and_no_number(house: House, actor: Actor) -> None:
    with pytest.raises(ZeroDivisionError):
        async with house.backend.database.transaction(actor) as uow:
            uow.publish(OrderPlaced(order="o1", amount=3))
            raise ZeroDivisionError
    await publish(house, actor, OrderPlaced(order="o1", amount=4))
    await dispatch(house.backend)
    assert [(row.version, row.position, row.data) for row in await rows(house)] == [
        (1, 1, '{"order":"o1","amount":4}')
    ]


async def test_events_of_one_subject_are_numbered_and_those_without_are_not(
    house: House, actor: Actor
) -> None:
    await publish(
        house,
        actor,
        OrderPlaced(order="b", amount=1),
        DoorOpened(),
        OrderPlaced(order="a", amount=2),
        OrderPaid(order="b"),
    )
    await publish(house, make_actor(organization=UUID(int=5)), OrderPaid(order="b"))
    await publish(house, actor, OrderPaid(order="a"))
    assert await dispatch(house.backend) == 6
    assert [(row.position, row.type, row.subject, row.version) for row in await rows(house)] == [
        (1, "shop.order_placed", "b", 1),
        (2, "shop.door_opened", None, None),
        (3, "shop.order_placed", "a", 1),
        (4, "shop.order_paid", "b", 2),
        (5, "shop.order_paid", "b", 1),  # another organization's b
        (6, "shop.order_paid", "a", 2),
    ]


async def test_an_event_that_no_manifest_lists_stops_the_commit(house: House, actor: Actor) -> None:
    with pytest.raises(LookupError, match=r"NotDeclared \(shop.not_declared\) is published"):
        await publish(house, actor, DoorOpened(), NotDeclared())
    assert await dispatch(house.backend) == 0


async def test_every_subscriber_has_its_effect_once(house: House, actor: Actor) -> None:
    await publish(house, actor, OrderPlaced(order="o1", amount=3), OrderPaid(order="o1"), DoorOpened())
    assert await settle(house.backend) == {JobState.COMPLETED: 4}
    reader = house.backend.reader(actor)
    assert [await value(reader, name) for name in ("turnover", "OrderPaid", "DoorOpened")] == [3, 1, 1]
    assert Temper.seen == [("o1", 1), ("told o1", None)]
    assert await settle(house.backend) == {}


async def test_a_delivery_that_comes_twice_is_noticed(house: House, actor: Actor) -> None:
    await publish(house, actor, OrderPlaced(order="o1", amount=3))
    await dispatch(house.backend)
    (row,) = await rows(house)
    async with house.backend.database.transaction(actor) as uow:
        assert await deliver(uow, [(row, add_up)]) == 1  # as a broker would, or a relay that was killed
    assert await drain(house.backend) == {JobState.COMPLETED: 2}
    assert await value(house.backend.reader(actor), "turnover") == 3
    assert Temper.seen == [("o1", 1)]


async def test_deliveries_run_in_the_organization_where_it_happened(house: House, actor: Actor) -> None:
    others = [make_actor(name) for name in ("bob", "cleo")]
    for number, who in enumerate([actor, *others], 1):
        await publish(house, who, OrderPlaced(order="o1", amount=number))
    await settle(house.backend)
    values = [await value(house.backend.reader(who), "turnover") for who in (actor, *others)]
    assert values == [1, 2, 3]
    assert await published(house.backend.reader(others[0]), OrderPlaced) == [
        OrderPlaced(order="o1", amount=2)
    ]


async def test_a_failing_delivery_holds_up_its_subject_and_nothing_else(
    house: House, actor: Actor, clock: ManualClock
) -> None:
    Temper.fails.add("bad")
    await publish(
        house,
        actor,
        OrderPlaced(order="bad", amount=1),
        OrderPlaced(order="bad", amount=10),
        OrderPlaced(order="good", amount=100),
    )
    assert await settle(house.backend) == {JobState.FAILED: 1, JobState.COMPLETED: 1}
    assert await value(house.backend.reader(actor), "turnover") == 100
    Temper.fails.clear()
    clock.move(timedelta(seconds=2))
    assert await settle(house.backend) == {JobState.COMPLETED: 2}
    assert Temper.seen == [("bad", 1), ("good", 1), ("bad", 1), ("bad", 2)]
    assert await value(house.backend.reader(actor), "turnover") == 111


async def apart(work: Coroutine[Any, Any, T]) -> T:
    """Do something as another task would, for which no unit of work is open here."""
    return await asyncio.get_running_loop().create_task(work, context=Context())


@pytest.mark.needs("postgres")
@pytest.mark.parametrize("engine_name", ["postgresql"], indirect=True)
async def test_who_commits_last_though_it_wrote_first_is_not_passed_by(house: House, actor: Actor) -> None:
    """Criterion 19: a cursor over the order of writing would lose the first."""
    async with house.backend.database.transaction(actor) as uow:
        await keeping.write(uow, [OrderPlaced(order="slow", amount=1)])
        # What it writes is held back until it asks for something.
        await uow.all(log.READ, after=0, until=2**62, all_types=1, types=[], limit=1)
        await apart(publish(house, actor, OrderPlaced(order="quick", amount=2)))
        assert await apart(dispatch(house.backend)) == 1
        assert [(row.seq, row.position, row.subject) for row in await rows(house)] == [(2, 1, "quick")]
    assert await dispatch(house.backend) == 1
    assert [(row.seq, row.position, row.subject) for row in await rows(house)] == [
        (2, 1, "quick"),
        (1, 2, "slow"),
    ]


async def test_processes_of_an_older_deployment_stand_by(house: House, actor: Actor) -> None:
    database = house.backend.database
    old = Events(house.backend.modules[:-1], "backstay", database)  # without the shop's subscriptions
    older = Dispatcher(database, old, batch=10)
    await older.take_over()
    await publish(house, actor, OrderPlaced(order="o1", amount=1))
    assert await dispatch(house.backend) == 1  # the newer one has taken over
    await publish(house, actor, OrderPlaced(order="o2", amount=1))
    assert await older.round() == 0
    assert not old.dispatching
    assert await settle(house.backend) == {JobState.COMPLETED: 2}
    assert await value(house.backend.reader(actor), "turnover") == 2


async def test_batches_go_on_where_the_last_one_ended(house: House, actor: Actor) -> None:
    await publish(house, actor, *[DoorOpened() for _ in range(7)])
    dispatcher = Dispatcher(house.backend.database, house.backend.part(Events), batch=3)
    await dispatcher.take_over()
    assert [await dispatcher.round() for _ in range(4)] == [3, 3, 1, 0]
    assert [(row.seq, row.position) for row in await rows(house)] == [(n, n) for n in range(1, 8)]


def test_a_job_carries_the_event() -> None:
    assert issubclass(add_up.job, Delivery)
    assert (add_up.kind, add_up.name, add_up.types) == (
        "shop.add_up",
        "shop.add_up",
        frozenset({"shop.order_placed"}),
    )


def test_what_does_not_fit_is_refused_at_start() -> None:
    with pytest.raises(CompositionError, match="must take one event, by annotation, not 0"):

        @subscribes()
        async def nothing(uow: UnitOfWork) -> None:
            del uow

    with pytest.raises(CompositionError, match="cannot supply the parameter 'more'"):

        @subscribes()
        async def too_much(event: DoorOpened, more: int) -> None:
            del event, more

    with pytest.raises(CompositionError, match="must be `async def`"):

        @subscribes()
        def plain(event: DoorOpened) -> None:
            del event

    with pytest.raises(CompositionError, match=r"must start with 'other\."):
        Module(name="other", summary="", package="", events=[DoorOpened])

    class Twin(Event, frozen=True, kw_only=True):
        """Has another's type."""

        type = "shop.door_opened"

    twin = Module(name="shop", summary="", package="", events=[Twin])
    with pytest.raises(CompositionError, match=r"two events have the type 'shop\.door_opened'"):
        Catalog(compose([twin]), [DoorOpened])
