"""Queues over HTTP: numbers, brakes, and the live stream; on both databases."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

from backstay.kernel.actor import Actor
from backstay.kernel.clock import ManualClock
from backstay.systems.jobs import Jobs, JobState
from backstay.systems.jobs.service.pulse import Pulse
from backstay.systems.jobs.testing import drain
from tests.house import House
from tests.systems.jobs.api.shop import Greet, Number
from tests.systems.jobs.api.test_jobs import add


async def shop(house: House, operator: Actor) -> dict[str, Any]:
    """The queue of the shop's jobs, as the list shows it."""
    (found,) = (
        queue for queue in (await house(operator, "GET", "/v1/job-queues")).json() if queue["queue"] == "shop"
    )
    return dict(found)


async def test_a_queue_is_shown_though_it_is_empty(
    house: House, ada: Actor, operator: Actor, clock: ManualClock
) -> None:
    empty: dict[str, object] = {
        "ready": 0,
        "running": 0,
        "scheduled": 0,
        "waiting": 0,
        "failed": 0,
        "dead": 0,
    }
    empty |= {"paused": False, "oldest_ready": None, "rate": None, "concurrency": None}
    declared = house.backend.part(Jobs).registry.queues
    assert "shop" in declared
    shown = (await house(operator, "GET", "/v1/job-queues")).json()
    assert shown == [{"queue": queue, **empty} for queue in declared], "before any job"
    await add(house, ada, Number(value=1), queue="by-hand")
    await drain(house.backend, queues=("by-hand",))
    clock.move(timedelta(days=40))
    store = house.backend.part(Jobs).store
    while (await store.sweep(100)).pruned:
        pass
    shown = (await house(operator, "GET", "/v1/job-queues")).json()
    assert shown == [{"queue": queue, **empty} for queue in sorted([*declared, "by-hand"])]
    async with house.backend.part(Pulse).watch() as beats:
        beat = await anext(beats)
    assert [state.queue for state in beat.queues] == [queue["queue"] for queue in shown]


async def test_queues_are_shown_in_numbers(
    house: House, ada: Actor, operator: Actor, clock: ManualClock
) -> None:
    await add(house, ada, Number(value=-1))
    await drain(house.backend)
    await add(house, ada, Number(value=1))
    await add(house, ada, Number(value=1), delay=60)
    clock.move(timedelta(seconds=3))
    answer = await house(operator, "GET", "/v1/job-queues")
    assert [queue for queue in answer.json() if queue["queue"] == "shop"] == [
        {
            "queue": "shop",
            "paused": False,
            "ready": 1,
            "running": 0,
            "scheduled": 1,
            "waiting": 0,
            "failed": 0,
            "dead": 1,
            "oldest_ready": 3.0,
            "rate": None,
            "concurrency": None,
        }
    ]
    (minute,) = (await house(operator, "GET", "/v1/job-queues/minutes?since=120")).json()
    assert (minute["queue"], minute["completed"], minute["failed"], minute["dead"]) == ("shop", 0, 1, 1)
    engine = (await house(operator, "GET", "/v1/job-queues/engine")).json()
    assert engine["engine"] == house.backend.database.dialect
    assert engine["durability"] == (await house.backend.part(Jobs).store.promised()).durability


async def test_a_paused_queue_hands_nothing_out(house: House, ada: Actor, operator: Actor) -> None:
    await add(house, ada, Number(value=1))
    assert (await house(operator, "POST", "/v1/job-queues/shop/pause")).status_code == 204
    assert await drain(house.backend) == {}
    assert (await shop(house, operator))["paused"] is True
    assert (await house(operator, "POST", "/v1/job-queues/shop/resume")).status_code == 204
    assert await drain(house.backend) == {JobState.COMPLETED: 1}


async def test_a_limited_queue_hands_out_no_more(
    house: House, ada: Actor, operator: Actor, clock: ManualClock
) -> None:
    for value in range(3):
        await add(house, ada, Number(value=value))
    limits = {"starts": 2, "period": 10, "concurrency": 7}
    assert (await house(operator, "PUT", "/v1/job-queues/shop/limits", limits)).status_code == 204
    shown = await shop(house, operator)
    assert (shown["rate"], shown["concurrency"]) == ([2, 10.0], 7)
    assert await drain(house.backend) == {JobState.COMPLETED: 2}
    clock.move(timedelta(seconds=10, milliseconds=1))
    assert await drain(house.backend) == {JobState.COMPLETED: 1}
    assert (await house(operator, "PUT", "/v1/job-queues/shop/limits", {})).status_code == 204
    assert (await shop(house, operator))["rate"] is None
    refused = await house(operator, "PUT", "/v1/job-queues/shop/limits", {"starts": 0})
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, "/starts")


async def test_everybody_who_watches_sees_the_same_beat(house: House, ada: Actor) -> None:
    pulse = house.backend.part(Pulse)
    await add(house, ada, Greet(name="eve"))
    async with pulse.watch() as one, pulse.watch() as other:
        first, second = await asyncio.gather(anext(one), anext(other))
        assert first is second
        assert [(queue.queue, queue.ready) for queue in first.queues if queue.ready] == [("shop", 1)]
        assert [(wait.organization_id, wait.ready) for wait in first.waiting] == [(ada.organization_id, 1)]
        await drain(house.backend)
        await pulse.look()
        latest = await anext(one)
        assert {queue.ready for queue in latest.queues} == {0}
        assert sum(minute.completed for minute in latest.minutes) == 1


async def test_the_stream_tells_beats(house: House, operator: Actor) -> None:
    answer = await house(operator, "HEAD", "/v1/job-queues/stream")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/event-stream")


async def test_shares_are_by_queue_and_organization(house: House, ada: Actor, operator: Actor) -> None:
    store = house.backend.part(Jobs).store
    await add(house, ada, Number(value=1))
    await add(house, operator, Number(value=1), queue="slow")
    shares = [(one.queue, one.organization_id, one.ready, one.running) for one in await store.shares()]
    assert shares == [("shop", ada.organization_id, 1, 0), ("slow", operator.organization_id, 1, 0)]
    assert [one.queue for one in await store.shares(ada.organization_id)] == ["shop"]
