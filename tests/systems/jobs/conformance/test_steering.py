"""Flows, and what people do to jobs: exactly."""

from __future__ import annotations

import asyncio
from uuid import UUID, uuid4

import pytest
from msgspec import Raw

from backstay.kernel.ids import uuid7
from backstay.systems.jobs.contracts import JobState
from backstay.systems.jobs.engines.store import Extension
from backstay.systems.jobs.engines.views import JobQuery
from backstay.systems.jobs.errors import UnknownParent
from tests.systems.jobs.conformance.stores import Bench

DONE, DEAD, FAILED = JobState.COMPLETED, JobState.DEAD, JobState.FAILED
READY, WAITING, PARKED = JobState.READY, JobState.WAITING, JobState.PARKED


async def test_children_wait_for_their_parents_and_see_their_results(bench: Bench) -> None:
    a, b = bench.job(), bench.job()
    child = bench.job(depends_on=[a.id, b.id])
    await bench.add(a, b, child)
    late = await bench.new(depends_on=[child.id])
    first, second = await bench.claim()
    assert not first.has_parents
    assert await bench.end(first, result=b"1")
    assert await bench.state(child.id) is WAITING
    assert await bench.end(second, result=b"2")
    (claimed,) = await bench.claim()
    assert (claimed.id, claimed.has_parents) == (child.id, True)
    assert await bench.store.results(child.id) == {a.id: b"1", b.id: b"2"}
    assert await bench.end(claimed, DEAD)
    assert await bench.state(late) is JobState.CANCELLED
    assert await bench.state(await bench.new(depends_on=[late])) is JobState.CANCELLED
    runs = await bench.new(depends_on=[late], on_parent_failure="run")
    assert await bench.state(runs) is READY
    with pytest.raises(UnknownParent):
        await bench.new(depends_on=[uuid7()])
    with pytest.raises(UnknownParent):
        await bench.new(depends_on=[runs], organization_id=uuid4())


async def test_cancelling(bench: Bench) -> None:
    job = await bench.new()
    assert await bench.store.cancel(uuid4(), job) is None
    assert await bench.store.cancel(bench.organization, job) is JobState.CANCELLED
    assert await bench.claim() == []
    running = await bench.new()
    (claimed,) = await bench.claim()
    assert await bench.store.cancel(bench.organization, running) is JobState.RUNNING
    assert await bench.store.extend([claimed.key], 30) == [Extension(claimed.key, True, True)]
    assert await bench.end(claimed, JobState.CANCELLED)
    assert await bench.store.cancel(bench.organization, running) is JobState.CANCELLED
    assert await bench.store.cancel(bench.organization, uuid7()) is None


async def test_replay_gives_fresh_attempts_and_new_arguments(bench: Bench) -> None:
    dead, gone = await bench.new(), await bench.new()
    claimed = (await bench.claim(1))[0]
    assert claimed.id == dead
    assert await bench.end(claimed, DEAD)
    await bench.store.cancel(bench.organization, gone)
    assert await bench.store.replay(uuid4(), [dead, gone]) == []
    assert await bench.store.replay(bench.organization, [dead], payload=Raw(b'{"n":2}')) == [dead]
    assert await bench.store.replay(bench.organization, [dead, gone]) == [gone]
    taken = await bench.claim()
    assert [(one.id, one.payload, one.attempt) for one in taken] == [(dead, b'{"n":2}', 1), (gone, b"{}", 1)]
    notes = [s.note for s in await bench.store.history(bench.organization, dead)]
    assert notes == ["enqueued", "claimed", "", "edited", "replayed", "claimed"]


async def test_finding_pages_of_ones_own_jobs(bench: Bench) -> None:
    jobs = [await bench.new(kind=f"tests.{n % 2}") for n in range(5)]
    await bench.new(organization_id=uuid4())
    (claimed,) = [one for one in await bench.claim() if one.id == jobs[4]]
    assert await bench.end(claimed)
    page = await bench.store.find(bench.organization, JobQuery(limit=3))
    assert ([one.id for one in page.items], page.more) == (jobs[:1:-1], True)
    page = await bench.store.find(bench.organization, JobQuery(limit=3, after=page.items[-1].id))
    assert ([one.id for one in page.items], page.more) == (jobs[1::-1], False)
    page = await bench.store.find(bench.organization, JobQuery(kind="tests.0", states=[JobState.RUNNING]))
    assert [one.id for one in page.items] == [jobs[2], jobs[0]]
    assert (await bench.store.find(uuid4(), JobQuery())).items == []


async def test_what_has_ended_is_pruned_when_its_time_is_over(bench: Bench) -> None:
    jobs = [await bench.new(retain=100.0) for _ in range(2)]
    done, dead = await bench.claim()
    assert await bench.end(done)
    assert await bench.end(dead, DEAD)
    bench.move(99)
    assert (await bench.store.sweep(10)).pruned == 0
    bench.move(1)
    assert (await bench.store.sweep(10)).pruned == 2
    assert [await bench.store.get(bench.organization, one) for one in jobs] == [None, None]


async def test_a_waiter_is_woken_by_a_commit(bench: Bench) -> None:
    waiter = asyncio.create_task(bench.store.wait(["default"], 60))
    await asyncio.sleep(0)
    await bench.new()
    await asyncio.wait_for(waiter, 5)


async def test_an_eager_claim_leaves_nothing_that_a_waiter_would_sleep_over(bench: Bench) -> None:
    made = [await bench.new(priority=priority) for priority in (9, 5, 0)]
    made.append(await bench.new(concurrency_key="k", concurrency=1))
    taken: list[UUID] = []
    while len(taken) < len(made):
        got = await bench.store.claim("w1", ["default"], 10, 30, eager=True)
        taken += [one.id for one in got]
        if len(taken) < len(made):
            await asyncio.wait_for(bench.store.wait(["default"], 60), 5)
    assert set(taken) == set(made)
    assert taken[0] == made[2]
    assert await bench.store.claim("w1", ["default"], 10, 30, eager=True) == []


async def test_two_claimers_never_get_the_same_job(bench: Bench) -> None:
    await bench.add(*(bench.job() for _ in range(300)))
    taken: list[UUID] = []

    async def claimer(name: str) -> None:
        while got := await bench.claim(7, worker=name):
            taken.extend(one.id for one in got)

    await asyncio.gather(*(claimer(f"w{n}") for n in range(4)))
    await claimer("last")
    assert len(taken) == len(set(taken)) == 300


async def test_a_queue_of_which_a_job_has_run_stays_in_the_list(bench: Bench) -> None:
    await bench.new(queue="by-hand", retain=0.0)
    unrun = await bench.new(queue="never")
    await bench.store.cancel(bench.organization, unrun)
    (claimed,) = await bench.claim(queues=["by-hand"])
    assert await bench.end(claimed)
    for _ in range(3):
        await bench.store.sweep(100)
        bench.move(4000)
    (shown,) = await bench.store.queues()
    assert (shown.queue, shown.ready, shown.running, shown.paused) == ("by-hand", 0, 0, False)
