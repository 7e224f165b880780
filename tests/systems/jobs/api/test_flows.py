"""Flows, and what may be asked for at an enqueue; on both databases."""

from __future__ import annotations

from datetime import timedelta

import pytest

from backstay.kernel.actor import Actor
from backstay.kernel.clock import ManualClock
from backstay.kernel.database import UnitOfWork
from backstay.systems.jobs import Flow, FlowReceipt, JobState, Receipt, enqueue_many
from backstay.systems.jobs.testing import assert_enqueued, drain, enqueued
from tests.house import House
from tests.systems.jobs.api.shop import Chain, Greet, Number, Sum


async def test_a_batch_ends_with_the_job_that_sees_every_result(house: House, ada: Actor) -> None:
    flow = Flow()
    flow.batch([Number(value=value) for value in (1, 2, 39)], then=Sum())
    receipt = await house.backend.database.run(ada, flow.enqueue)
    assert [one.created for one in receipt.jobs] == [True] * 4
    *numbers, last = [str(one.id) for one in receipt.jobs]
    assert (await house(ada, "GET", f"/v1/jobs/{last}")).json()["state"] == "waiting"
    assert await drain(house.backend) == {JobState.COMPLETED: 4}
    shown = (await house(ada, "GET", f"/v1/jobs/{last}")).json()
    assert (shown["result"], shown["flow_id"]) == (42, str(receipt.id))
    assert [(step["job"]["id"], step["after"]) for step in shown["flow"]] == [
        *((number, []) for number in numbers),
        (last, sorted(numbers)),
    ]
    listed = await house(ada, "GET", f"/v1/jobs?flow={receipt.id}")
    assert [one["id"] for one in listed.json()["items"]] == [last, *reversed(numbers)]


async def test_a_bad_end_cancels_what_depends_on_it_unless_it_runs_anyway(house: House, ada: Actor) -> None:
    flow = Flow()
    bad, good = flow.add(Number(value=-1)), flow.add(Number(value=5))
    lost = flow.add(Sum(), after=[bad, good])
    flow.add(Sum(), after=[lost])
    flow.add(Sum(), after=[bad, good], on_failure="run")
    receipt = await house.backend.database.run(ada, flow.enqueue)
    await drain(house.backend)
    states = [(await house(ada, "GET", f"/v1/jobs/{one.id}")).json()["state"] for one in receipt.jobs]
    assert states == ["dead", "completed", "cancelled", "cancelled", "completed"]
    assert (await house(ada, "GET", f"/v1/jobs/{receipt.jobs[4].id}")).json()["result"] == 5


async def test_a_flow_goes_on_behind_the_job_that_has_the_unique_key(house: House, ada: Actor) -> None:
    async def first(uow: UnitOfWork) -> Receipt:
        return await Number(value=7, once=True).enqueue(uow)

    there = await house.backend.database.run(ada, first)
    flow = Flow()
    same = flow.add(Number(value=7, once=True))
    flow.add(Sum(), after=[same])
    receipt = await house.backend.database.run(ada, flow.enqueue)
    assert [(one.id == there.id, one.created) for one in receipt.jobs] == [(True, False), (False, True)]
    assert await drain(house.backend) == {JobState.COMPLETED: 2}
    assert (await house(ada, "GET", f"/v1/jobs/{receipt.jobs[1].id}")).json()["result"] == 7


async def test_a_flow_refuses_strangers_and_emptiness(house: House, ada: Actor) -> None:
    stranger = Flow().add(Sum())
    with pytest.raises(ValueError, match="same flow"):
        Flow().add(Sum(), after=[stranger])
    with pytest.raises(ValueError, match="empty"):
        await house.backend.database.run(ada, Flow().enqueue)


async def test_a_rollback_leaves_nothing_of_a_flow(house: House, ada: Actor) -> None:
    async def fail(uow: UnitOfWork) -> FlowReceipt:
        flow = Flow()
        flow.batch([Number(value=1)], then=Sum())
        await flow.enqueue(uow)
        raise RuntimeError

    with pytest.raises(RuntimeError):
        await house.backend.database.run(ada, fail)
    assert (await house(ada, "GET", "/v1/jobs")).json()["items"] == []


async def test_a_job_may_wait_for_receipts(house: House, ada: Actor) -> None:
    async def work(uow: UnitOfWork) -> Receipt:
        parts = await enqueue_many(uow, [Number(value=20), Number(value=22)])
        return await Sum().enqueue(uow, after=parts)

    receipt = await house.backend.database.run(ada, work)
    assert await drain(house.backend) == {JobState.COMPLETED: 3}
    assert (await house(ada, "GET", f"/v1/jobs/{receipt.id}")).json()["result"] == 42


async def test_arguments_are_their_own_unique_key_for_a_time(
    house: House, ada: Actor, clock: ManualClock
) -> None:
    async def work(uow: UnitOfWork, name: str = "eve") -> Receipt:
        return await Greet(name=name).enqueue(uow, unique_for=timedelta(minutes=10))

    run = house.backend.database.run
    first, again = await run(ada, work), await run(ada, work)
    assert (again.id, again.created) == (first.id, False)
    assert (await run(ada, lambda uow: work(uow, "bob"))).created
    await drain(house.backend)
    assert not (await run(ada, work)).created
    clock.move(timedelta(minutes=10, seconds=1))
    assert (await run(ada, work)).created


async def test_keys_and_priorities_may_be_given_at_the_call(house: House, ada: Actor) -> None:
    async def work(uow: UnitOfWork) -> list[Receipt]:
        return [
            await Greet(name="a").enqueue(uow, unique_key="k", order_key="o", priority=9, queue="slow"),
            await Greet(name="b").enqueue(uow, unique_key="k"),
        ]

    first, second = await house.backend.database.run(ada, work)
    assert (second.id, second.created) == (first.id, False)
    shown = (await house(ada, "GET", f"/v1/jobs/{first.id}")).json()
    assert (shown["unique_key"], shown["order_key"], shown["priority"], shown["queue"]) == (
        "k",
        "o",
        9,
        "slow",
    )


async def test_the_kit_finds_what_was_enqueued(house: House, ada: Actor) -> None:
    async def work(uow: UnitOfWork) -> None:
        await enqueue_many(uow, [Greet(name="a"), Greet(name="b"), Greet(name="b"), Chain(left=3)])

    await house.backend.database.run(ada, work)
    reader = house.backend.reader(ada)
    assert (await assert_enqueued(reader, Greet(name="a"))).queue == "shop"
    await assert_enqueued(reader, Greet(name="b"), times=2)
    with pytest.raises(AssertionError, match=r"shop.greet was enqueued 0 times .* in all: .*\"name\":\"a\""):
        await assert_enqueued(reader, Greet(name="c"))
    assert [info.state for info in await enqueued(reader, Number)] == []
    # Each chain enqueues the next in its own commit: four runs besides the three greetings.
    assert await drain(house.backend) == {JobState.COMPLETED: 7}
    assert len(await enqueued(reader, Chain)) == 4
    with pytest.raises(AssertionError, match="2 jobs have run"):
        await house.backend.database.run(ada, lambda uow: Chain(left=5).enqueue(uow))
        await drain(house.backend, limit=2)
