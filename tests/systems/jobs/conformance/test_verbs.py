"""Every verb, exactly."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from msgspec import Raw

from backstay.kernel.database import DatabaseUnavailable
from backstay.systems.jobs.contracts import JobError, JobState
from backstay.systems.jobs.engines.redis import RedisStore
from backstay.systems.jobs.engines.sql_claim import Claims
from backstay.systems.jobs.engines.store import Extension, Outcome, Swept
from backstay.systems.jobs.errors import StaleLease
from tests.conftest import make_actor
from tests.systems.jobs.conformance.stores import Bench

DONE, DEAD, FAILED = JobState.COMPLETED, JobState.DEAD, JobState.FAILED
READY, WAITING, PARKED = JobState.READY, JobState.WAITING, JobState.PARKED


async def test_a_job_goes_from_enqueue_to_its_end(bench: Bench) -> None:
    job = bench.job(payload=b'{"n":1}', traceparent=f"00-{'a' * 32}-{'b' * 16}-01", request_id="r1")
    (receipt,) = await bench.add(job)
    assert (receipt.id, receipt.created, receipt.durability) == (
        job.id,
        True,
        (await bench.store.promised()).durability,
    )
    bench.move(2)
    (claimed,) = await bench.claim()
    assert (claimed.id, claimed.payload, claimed.attempt, claimed.crashes) == (job.id, b'{"n":1}', 1, 0)
    assert (claimed.due_at, claimed.created_at) == (
        claimed.created_at,
        bench.clock.now() - timedelta(seconds=2),
    )
    assert await bench.claim() == []
    assert await bench.store.progress(claimed.key, 0.5)
    assert (await bench.info(job.id)).progress == 0.5
    bench.move(3)
    assert await bench.end(claimed, result=b'{"sum":2}')
    info = await bench.info(job.id)
    assert (info.state, info.result, info.worker, info.attempt) == (DONE, Raw(b'{"sum":2}'), "w1", 1)
    assert (info.finished_at, info.trace_id, info.request_id) == (bench.clock.now(), "a" * 32, "r1")
    steps = await bench.store.history(bench.organization, job.id)
    assert [(s.state, s.note) for s in steps] == [
        (READY, "enqueued"),
        (JobState.RUNNING, "claimed"),
        (DONE, ""),
    ]
    (minute,) = await bench.store.minutes(3600)
    assert (minute.queue, minute.completed, minute.failed, minute.wait, minute.run) == (
        "default",
        1,
        0,
        2.0,
        3.0,
    )
    assert not await bench.end(claimed)


async def test_a_rollback_leaves_no_job(bench: Bench) -> None:
    job = bench.job(unique_key="u", order_key="o")
    with pytest.raises(RuntimeError):
        async with bench.database.transaction(make_actor(organization=bench.organization)) as uow:
            await bench.store.enqueue(uow, [job])
            raise RuntimeError
    assert await bench.claim() == []
    assert await bench.store.get(bench.organization, job.id) is None
    assert (await bench.add(bench.job(unique_key="u")))[0].created


async def test_jobs_are_taken_by_priority_and_then_by_age(bench: Bench) -> None:
    late = await bench.new(priority=9)
    first, second = await bench.new(), await bench.new()
    urgent = await bench.new(priority=0)
    assert [one.id for one in await bench.claim(3)] == [urgent, first, second]
    assert [one.id for one in await bench.claim(3)] == [late]


async def test_a_batch_is_shared_among_organizations(bench: Bench) -> None:
    await bench.add(*(bench.job() for _ in range(20)))
    other = uuid4()
    lone = await bench.new(organization_id=other)
    taken = await bench.claim(4)
    assert lone in {one.id for one in taken}
    assert len(taken) == 4


async def test_one_slot_alternates_between_organizations(bench: Bench) -> None:
    others = [uuid4(), uuid4()]
    await bench.add(
        *(bench.job(organization_id=one) for one in [*others, bench.organization] for _ in range(3))
    )
    served = [(await bench.claim(1))[0].organization_id for _ in range(9)]
    assert [len(set(served[n : n + 3])) for n in (0, 3, 6)] == [3, 3, 3]


async def test_a_delayed_job_is_ready_when_it_is_due(bench: Bench) -> None:
    job = await bench.new(delay=60)
    at = await bench.new(run_at=bench.clock.now() + timedelta(seconds=90))
    assert await bench.state(job) is JobState.SCHEDULED
    assert (await bench.store.sweep(100)).next_due == 60.0
    assert await bench.claim() == []
    bench.move(60)
    assert await bench.store.sweep(100) == Swept(
        promoted=1, rescued=0, quarantined=0, pruned=0, next_due=30.0
    )
    (claimed,) = await bench.claim()
    assert claimed.id == job
    assert await bench.end(claimed)
    bench.move(30)
    await bench.store.sweep(100)
    assert [one.id for one in await bench.claim()] == [at]


async def test_a_failed_attempt_is_tried_again(bench: Bench) -> None:
    job = await bench.new()
    (claimed,) = await bench.claim()
    assert await bench.end(claimed, FAILED, delay=10)
    assert (await bench.info(job)).error == JobError("ValueError", "no")
    assert await bench.claim() == []
    bench.move(10)
    await bench.store.sweep(10)
    (again,) = await bench.claim()
    assert (again.id, again.attempt) == (job, 2)
    assert again.lease > claimed.lease
    assert not await bench.end(claimed)
    assert (await bench.store.minutes(3600))[-1].stale == 1
    assert await bench.end(again)
    steps = await bench.store.history(bench.organization, job)
    assert [(s.state, s.attempt) for s in steps] == [
        (READY, 0),
        (JobState.RUNNING, 1),
        (FAILED, 1),
        (JobState.RUNNING, 2),
        (DONE, 2),
    ]  # fmt: skip - one line a claim


async def test_giving_back_and_snoozing_spend_no_attempt(bench: Bench) -> None:
    await bench.new()
    (claimed,) = await bench.claim()
    assert await bench.end(claimed, READY, spent=False)
    (claimed,) = await bench.claim()
    assert claimed.attempt == 1
    assert await bench.end(claimed, JobState.SCHEDULED, delay=5, spent=False)
    bench.move(5)
    await bench.store.sweep(10)
    assert (await bench.claim())[0].attempt == 1


async def test_an_extended_lease_is_not_rescued_and_a_lost_one_is_told(bench: Bench) -> None:
    await bench.new()
    (claimed,) = await bench.claim(lease=30)
    bench.move(20)
    assert await bench.store.extend([claimed.key], 30) == [Extension(claimed.key, True, False)]
    bench.move(20)
    assert (await bench.store.sweep(10)).rescued == 0
    bench.move(10)
    assert (await bench.store.sweep(10)).rescued == 1
    assert await bench.store.extend([claimed.key], 30) == [Extension(claimed.key, False, False)]
    assert not await bench.store.progress(claimed.key, 0.1)
    (again,) = await bench.claim(worker="w2")
    assert (again.attempt, again.crashes) == (1, 1)


async def test_a_job_that_crashes_its_workers_is_quarantined(bench: Bench) -> None:
    job = await bench.new(max_crashes=2)
    for found in ((1, 0), (0, 1)):
        await bench.claim()
        bench.move(30)
        swept = await bench.store.sweep(10)
        assert (swept.rescued, swept.quarantined) == found
    info = await bench.info(job)
    assert (info.state, info.crashes) == (DEAD, 2)
    assert info.error == JobError("crashed", "the lease of worker w1 ran out")


async def test_a_unit_of_work_ends_its_job_or_rolls_back(bench: Bench) -> None:
    job = await bench.new()
    (claimed,) = await bench.claim()
    actor = make_actor(organization=bench.organization)
    async with bench.database.transaction(actor) as uow:
        await bench.store.settle_in(uow, Outcome(key=claimed.key, to=DONE))
    assert await bench.state(job) is DONE
    with pytest.raises(StaleLease):
        async with bench.database.transaction(actor) as uow:
            await bench.store.settle_in(uow, Outcome(key=claimed.key, to=DONE))


async def test_a_unique_key_is_free_again_when_its_job_has_ended(bench: Bench) -> None:
    first = await bench.new(unique_key="u")
    again, twin = await bench.add(bench.job(unique_key="u"), bench.job(unique_key="u"))
    assert [(one.id, one.created) for one in (again, twin)] == [(first, False)] * 2
    assert (await bench.add(bench.job(unique_key="u", organization_id=uuid4())))[0].created
    claimed = next(one for one in await bench.claim() if one.id == first)
    assert await bench.end(claimed)
    assert (await bench.add(bench.job(unique_key="u")))[0].created


async def test_a_unique_key_may_outlive_its_job(bench: Bench) -> None:
    first = await bench.new(unique_key="u", unique_for=100)
    (claimed,) = await bench.claim()
    assert await bench.end(claimed)
    bench.move(99)
    assert await bench.new(unique_key="u") == first
    bench.move(1)
    assert (await bench.add(bench.job(unique_key="u")))[0].created


async def test_an_order_key_runs_one_at_a_time_in_order(bench: Bench) -> None:
    jobs = [await bench.new(order_key="o", priority=9 - n) for n in range(3)]
    assert [await bench.state(one) for one in jobs] == [READY, WAITING, WAITING]
    (one,) = await bench.claim()
    assert await bench.end(one, FAILED, delay=5)
    assert await bench.claim() == []
    bench.move(5)
    await bench.store.sweep(10)
    for job in jobs:
        (claimed,) = await bench.claim()
        assert claimed.id == job
        assert await bench.end(claimed)


@pytest.mark.parametrize(("policy", "second"), [("block", WAITING), ("park", PARKED), ("skip", READY)])
async def test_what_a_dead_ordered_job_does_to_the_next(bench: Bench, policy: str, second: JobState) -> None:
    first, then, last = [await bench.new(order_key="o", order_failure=policy) for _ in range(3)]
    (claimed,) = await bench.claim()
    assert await bench.end(claimed, DEAD)
    assert [await bench.state(one) for one in (first, then)] == [DEAD, second]
    if policy == "skip":
        return
    added = await bench.new(order_key="o", order_failure=policy)
    assert await bench.state(added) is second
    assert await bench.store.replay(bench.organization, [first]) == [first]
    for expected in (first, then, last, added):
        (claimed,) = await bench.claim()
        assert claimed.id == expected
        assert await bench.end(claimed)


async def test_a_concurrency_key_limits_what_runs(bench: Bench) -> None:
    jobs = [await bench.new(concurrency_key="c", concurrency=2) for _ in range(3)]
    free = await bench.new()
    taken = await bench.claim()
    assert [one.id for one in taken] == [jobs[0], jobs[1], free]
    assert await bench.claim() == []
    assert await bench.end(taken[0])
    assert [one.id for one in await bench.claim()] == [jobs[2]]


async def test_a_rate_key_limits_what_starts(bench: Bench) -> None:
    jobs = [await bench.new(rate_key="r", rate=(2, 10.0)) for _ in range(3)]
    assert [one.id for one in await bench.claim()] == jobs[:2]
    bench.move(9)
    assert await bench.claim() == []
    bench.move(1)
    assert [one.id for one in await bench.claim()] == [jobs[2]]


async def test_a_queue_is_paused_and_limited(bench: Bench) -> None:
    await bench.add(*(bench.job() for _ in range(5)))
    await bench.store.pause("default", paused=True)
    assert await bench.claim() == []
    await bench.store.pause("default", paused=False)
    await bench.store.limit("default", rate=None, concurrency=2)
    first = await bench.claim()
    assert len(first) == 2
    assert await bench.claim() == []
    await bench.store.limit("default", rate=(1, 60.0), concurrency=None)
    assert len(await bench.claim()) == 1
    assert await bench.claim() == []
    await bench.store.limit("default", rate=None, concurrency=None)
    assert len(await bench.claim()) == 2
    (queue,) = await bench.store.queues()
    assert (queue.queue, queue.paused, queue.ready, queue.running) == ("default", False, 0, 5)


async def test_what_was_taken_is_handed_out_though_the_next_look_fails(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    if isinstance(bench.store, RedisStore):
        return  # one trip takes all
    job = await bench.new()
    taken, asked = Claims._take, 0

    async def once(self: Claims, given: dict[str, Any]) -> list[Any]:
        nonlocal asked
        asked += 1
        if asked == 2:
            raise DatabaseUnavailable
        return await taken(self, given)

    monkeypatch.setattr(Claims, "_take", once)
    assert ([one.id for one in await bench.claim()], asked) == ([job], 2)
    assert await bench.claim() == []
