"""Who runs jobs, and what `/readyz` says when nobody does; on both databases."""

from __future__ import annotations

from datetime import timedelta

from backstay.kernel.actor import Actor
from backstay.kernel.clock import ManualClock
from backstay.kernel.health import Health, HealthReport
from backstay.systems.jobs import Jobs
from backstay.systems.jobs.service.wellness import wellness
from tests.house import House
from tests.systems.jobs.api.shop import Number
from tests.systems.jobs.api.test_jobs import add

WELL = HealthReport(Health.OK)


async def beat(house: House, name: str, *queues: str) -> None:
    presence = house.backend.part(Jobs).presence
    await presence.beat(name, queues=queues, places=4, running=1, lease=30)


async def test_workers_are_shown_as_long_as_they_are_heard_of(
    house: House, operator: Actor, clock: ManualClock
) -> None:
    await beat(house, "b:1", "shop")
    clock.move(timedelta(seconds=20))
    await beat(house, "a:1", "probes", "default")
    clock.move(timedelta(seconds=15))
    answer = await house(operator, "GET", "/v1/job-queues/workers")
    shown = answer.json()
    assert all(10e6 < one.pop("memory") < 10e9 for one in shown)
    assert shown == [
        {
            "name": "a:1",
            "queues": ["probes", "default"],
            "places": 4,
            "running": 1,
            "started_at": "2026-01-01T00:00:20Z",
            "seen_at": "2026-01-01T00:00:20Z",
            "alive": True,
            "ended": None,
        },
        {
            "name": "b:1",
            "queues": ["shop"],
            "places": 4,
            "running": 1,
            "started_at": "2026-01-01T00:00:00Z",
            "seen_at": "2026-01-01T00:00:00Z",
            "alive": False,
            "ended": None,
        },
    ]
    presence = house.backend.part(Jobs).presence
    await presence.leave("a:1")
    await presence.forget()
    assert [one.name for one in await presence.show()] == ["b:1"]
    clock.move(timedelta(hours=1))
    assert await presence.show() == []
    assert [one.name for one in await presence.remembered(["a:1", "b:1"])] == ["b:1"]
    clock.move(timedelta(days=7))
    await presence.forget()
    assert await presence.remembered(["b:1"]) == []


async def test_a_quarantined_job_tells_of_the_workers_that_died_with_it(
    house: House, ada: Actor, clock: ManualClock
) -> None:
    jobs = house.backend.part(Jobs)
    job_id = await add(house, ada, Number(value=1))
    for worker in ("a:1", "b:2", "c:3"):
        await beat(house, worker, "shop")
        (claimed,) = await jobs.store.claim(worker, ["shop"], 1, 30)
        assert claimed.id == job_id
        clock.move(timedelta(seconds=31))
        await jobs.store.sweep(10)
    await jobs.presence.ended("b:2", "killed by SIGKILL")
    shown = (await house(ada, "GET", f"/v1/jobs/{job_id}")).json()
    assert (shown["state"], shown["crashes"], shown["error"]["kind"]) == ("dead", 3, "crashed")
    ended = {"a:1": None, "b:2": "killed by SIGKILL", "c:3": None}
    assert {one["name"]: one["ended"] for one in shown["lost"]} == ended
    assert [one["name"] for one in shown["lost"]] == ["a:1", "b:2", "c:3"]
    assert all(one["memory"] > 10e6 and not one["alive"] for one in shown["lost"])


async def test_only_operators_see_workers(house: House, ada: Actor) -> None:
    assert (await house(ada, "GET", "/v1/job-queues/workers")).status_code == 403


async def test_ready_jobs_that_no_living_worker_takes_are_told(
    house: House, ada: Actor, clock: ManualClock
) -> None:
    await beat(house, "a:1", "probes", "default")
    await add(house, ada, Number(value=1))
    assert await wellness(house.backend) == WELL
    clock.move(timedelta(seconds=11))
    stranded = HealthReport(Health.DEGRADED, "jobs are ready in a queue that no living worker serves")
    assert await wellness(house.backend) == stranded
    await beat(house, "b:1", "shop")
    assert await wellness(house.backend) == WELL
    clock.move(timedelta(seconds=31))
    assert await wellness(house.backend) == stranded
    await house.backend.part(Jobs).store.pause("shop", paused=True)
    assert await wellness(house.backend) == WELL
