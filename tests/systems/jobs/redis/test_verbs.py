"""Every verb on Redis, exactly; the clock is the test's."""

from __future__ import annotations

from datetime import timedelta

import pytest
from msgspec import Raw

from backstay.kernel.clock import ManualClock
from backstay.kernel.ids import uuid7
from backstay.systems.jobs.contracts import Durability, JobState
from backstay.systems.jobs.engines.redis import RedisStore
from backstay.systems.jobs.engines.store import LeaseKey, Outcome, Swept
from backstay.systems.jobs.engines.views import JobQuery
from tests.systems.jobs.redis.stores import ORG, OTHER, done, failed, new, states

pytestmark = pytest.mark.needs("redis")


async def test_a_job_lives_and_ends(store: RedisStore, clock: ManualClock) -> None:
    job = new(traceparent=f"00-{'a' * 32}-{'b' * 16}-01", request_id="r1")
    for _ in range(2):  # the second time is a repetition: the same id is the same job
        (receipt,) = await store.enqueue_now([job])
        assert (receipt.id, receipt.created) == (job.id, True)
    (claimed,) = await store.claim("w1", ["default"], 10, 30)
    assert (claimed.id, claimed.attempt, claimed.payload, claimed.queue) == (job.id, 1, b'{"n":1}', "default")
    assert (claimed.organization_id, claimed.due_at) == (ORG, clock.now())
    clock.move(timedelta(seconds=2))
    assert await store.progress(claimed.key, 0.5)
    assert await store.settle([done(claimed, b'{"sum":3}')]) == [True]
    assert await store.settle([done(claimed)]) == [False], "the second end of one claim is stale"
    assert not await store.progress(claimed.key, 0.9)
    info = await store.get(ORG, job.id)
    assert info is not None
    assert (info.state, info.attempt, info.worker, bytes(info.result or b"")) == (
        "completed",
        1,
        "w1",
        b'{"sum":3}',
    )
    assert (info.progress, info.trace_id, info.request_id) == (0.5, "a" * 32, "r1")
    assert await store.get(OTHER, job.id) is None
    assert [(step.state, step.note) for step in await store.history(ORG, job.id)] == [
        ("ready", "enqueued"),
        ("running", "claimed"),
        ("completed", ""),
    ]
    assert await store.history(OTHER, job.id) == []
    (minute,) = await store.minutes(60)
    assert (minute.completed, minute.stale, minute.run, minute.wait) == (1, 1, 2.0, 0.0)
    clock.move(timedelta(hours=2))
    assert await store.sweep(10) == Swept(0, 0, 0, 1, None)
    assert await store.get(ORG, job.id) is None
    assert (await store.find(ORG, JobQuery())).items == []


async def test_due_jobs_become_ready_at_their_moment(store: RedisStore, clock: ManualClock) -> None:
    late, moment = new(delay=60.0), new(run_at=clock.now() + timedelta(days=4))
    await store.enqueue_now([late, moment])
    assert await states(store, [late, moment]) == ["scheduled", "scheduled"]
    assert await store.sweep(10) == Swept(0, 0, 0, 0, 60.0)
    assert await store.claim("w", ["default"], 10, 30) == []
    clock.move(timedelta(seconds=60))
    assert (await store.sweep(10)).promoted == 1
    (claimed,) = await store.claim("w", ["default"], 10, 30)
    assert (claimed.id, claimed.due_at) == (late.id, clock.now())
    clock.move(timedelta(days=4))
    await store.sweep(10)
    assert await states(store, [late, moment]) == ["ready", "ready"]


async def test_priorities_then_organizations_in_turn_then_age(store: RedisStore) -> None:
    flood = [new() for _ in range(6)]
    small = [new(organization_id=OTHER) for _ in range(2)]
    urgent = new(priority=0)
    await store.enqueue_now([*flood, *small, urgent])
    taken = [(await store.claim("w", ["default"], 1, 30))[0].id for _ in range(9)]
    assert taken[0] == urgent.id
    assert set(taken[1:5]) == {flood[0].id, flood[1].id, small[0].id, small[1].id}, "each in turn"
    assert taken[5:] == [job.id for job in flood[2:]]


async def test_a_batch_is_shared_among_organizations(store: RedisStore) -> None:
    flood, small = [new() for _ in range(20)], [new(organization_id=OTHER) for _ in range(3)]
    await store.enqueue_now([*flood, *small])
    taken = {one.id for one in await store.claim("w", ["default"], 8, 30)}
    assert len(taken) == 8
    assert {job.id for job in small} < taken
    assert {job.id for job in flood[:5]} < taken


async def test_a_lost_lease_changes_nothing(store: RedisStore, clock: ManualClock) -> None:
    job = new()
    await store.enqueue_now([job])
    (first,) = await store.claim("w1", ["default"], 1, 30)
    clock.move(timedelta(seconds=31))
    assert (await store.sweep(10)).rescued == 1
    (second,) = await store.claim("w2", ["default"], 1, 30)
    assert second.lease > first.lease
    assert (second.attempt, second.crashes) == (1, 1), "a crash spends no attempt"
    assert [one.held for one in await store.extend([first.key, second.key], 30)] == [False, True]
    assert await store.settle([done(first, b'"zombie"'), done(second, b'"mine"')]) == [False, True]
    info = await store.get(ORG, job.id)
    assert info is not None
    assert bytes(info.result or b"") == b'"mine"'
    assert [step.note for step in await store.history(ORG, job.id)] == [
        "enqueued",
        "claimed",
        "lease expired",
        "claimed",
        "",
    ]


async def test_too_many_crashes_are_a_quarantine(store: RedisStore, clock: ManualClock) -> None:
    job = new(max_crashes=2)
    await store.enqueue_now([job])
    swept = []
    for worker in ("w1", 'w"2'):
        await store.claim(worker, ["default"], 1, 30)
        clock.move(timedelta(seconds=31))
        swept.append(await store.sweep(10))
    assert [(one.rescued, one.quarantined) for one in swept] == [(1, 0), (0, 1)]
    info = await store.get(ORG, job.id)
    assert info is not None
    assert info.error is not None
    assert (info.state, info.crashes, info.attempt, info.error.kind) == ("dead", 2, 0, "crashed")
    assert info.error.message == 'the lease of worker w"2 ran out'


async def test_an_extended_lease_holds(store: RedisStore, clock: ManualClock) -> None:
    await store.enqueue_now([new()])
    (claimed,) = await store.claim("w", ["default"], 1, 30)
    clock.move(timedelta(seconds=29))
    await store.extend([claimed.key], 30)
    clock.move(timedelta(seconds=29))
    assert (await store.sweep(10)).rescued == 0
    assert await store.settle([done(claimed)]) == [True]


async def test_ways_back(store: RedisStore, clock: ManualClock) -> None:
    again, snoozed, given = jobs = [new(), new(), new()]
    await store.enqueue_now(jobs)
    one, two, three = await store.claim("w", ["default"], 3, 30)
    await store.settle(
        [
            failed(one, 10),
            Outcome(key=two.key, to=JobState.SCHEDULED, delay=20, spent=False),
            Outcome(key=three.key, to=JobState.READY, spent=False, note="returned at shutdown"),
        ]
    )
    assert await states(store, jobs) == ["failed", "scheduled", "ready"]
    infos = [await store.get(ORG, job.id) for job in jobs]
    assert [info.attempt for info in infos if info] == [1, 0, 0]
    clock.move(timedelta(seconds=20))
    assert (await store.sweep(10)).promoted == 2
    assert {claimed.id: claimed.attempt for claimed in await store.claim("w", ["default"], 9, 30)} == {
        again.id: 2,
        snoozed.id: 1,
        given.id: 1,
    }


async def test_cancelling(store: RedisStore, clock: ManualClock) -> None:
    waiting, running = new(), new()
    await store.enqueue_now([running])
    (claimed,) = await store.claim("w", ["default"], 1, 30)
    await store.enqueue_now([waiting])
    assert await store.cancel(OTHER, waiting.id) is None
    assert await store.cancel(ORG, waiting.id) is JobState.CANCELLED
    assert await store.cancel(ORG, waiting.id) is JobState.CANCELLED
    assert await store.cancel(ORG, running.id) is JobState.RUNNING
    assert [one.cancel for one in await store.extend([claimed.key], 30)] == [True]
    assert await store.settle([failed(claimed, 5)]) == [True], "what was to stop is not tried again"
    assert await states(store, [waiting, running]) == ["cancelled", "cancelled"]
    assert await store.claim("w", ["default"], 9, 30) == []
    clock.move(timedelta(seconds=100))
    assert (await store.sweep(10)).promoted == 0


async def test_finding(store: RedisStore) -> None:
    jobs = [new(kind=f"tests.k{at % 2}", schedule="nightly" if at == 3 else None) for at in range(7)]
    await store.enqueue_now([*jobs, new(organization_id=OTHER, queue="other")])
    await store.cancel(ORG, jobs[0].id)
    await store.claim("w", ["default"], 1, 30)

    async def ids(**query: object) -> list[int]:
        page = await store.find(ORG, JobQuery(**query))  # type: ignore[arg-type]  # each test names its fields
        return [next(at for at, job in enumerate(jobs) if job.id == one.id) for one in page.items]

    assert await ids() == [6, 5, 4, 3, 2, 1, 0]
    assert await ids(kind="tests.k1") == [5, 3, 1]
    assert await ids(states=[JobState.CANCELLED]) == [0]
    assert await ids(states=[JobState.CANCELLED, JobState.RUNNING]) == [1, 0]
    assert await ids(schedule="nightly") == [3]
    assert await ids(queue="none") == []
    page = await store.find(ORG, JobQuery(limit=3))
    assert page.more
    assert await ids(after=page.items[-1].id, limit=50) == [3, 2, 1, 0]


async def test_promises_come_from_the_server(store: RedisStore) -> None:
    await store.check()
    # The machine's own Redis keeps nothing on disk.
    assert store.promises.durability is Durability.MEMORY
    assert (store.promises.transactional, store.promises.transactional_finish) == ("relayed", False)


async def test_scripts_come_back_after_the_server_forgot_them(store: RedisStore) -> None:
    await store.enqueue_now([new()])
    await store._client.script_flush()
    (claimed,) = await store.claim("w", ["default"], 1, 30)
    assert await store.settle([done(claimed)]) == [True]


async def test_an_unknown_job_is_stale(store: RedisStore) -> None:
    key = LeaseKey(uuid7(), 1)
    assert await store.settle([Outcome(key=key, to=JobState.COMPLETED)]) == [False]
    assert [one.held for one in await store.extend([key], 5)] == [False]
    assert await store.cancel(ORG, key.id) is None


async def test_edited_arguments_need_a_job_that_has_ended_badly(store: RedisStore) -> None:
    job = new()
    await store.enqueue_now([job])
    assert await store.replay(ORG, [job.id], payload=Raw(b"{}")) == []
    with pytest.raises(ValueError, match="one job only"):
        await store.replay(ORG, [job.id, uuid7()], payload=Raw(b"{}"))


async def test_shares_are_by_queue_and_organization(store: RedisStore, clock: ManualClock) -> None:
    jobs = [new(), new(priority=1), new(organization_id=OTHER, queue="slow"), new(delay=60.0)]
    await store.enqueue_now(jobs)
    clock.move(timedelta(seconds=3))
    await store.claim("w1", ["slow"], 10, 30)
    shares = [(one.queue, one.organization_id, one.ready, one.running) for one in await store.shares()]
    assert shares == [("default", ORG, 2, 0), ("slow", OTHER, 0, 1)]
    assert [one.oldest_ready for one in await store.shares()] == [3.0, None]
    assert [one.queue for one in await store.shares(OTHER)] == ["slow"]
    await store.limit("slow", rate=(2, 10.0), concurrency=None)
    (default, slow) = await store.queues()
    assert (default.rate, default.concurrency) == (None, None)
    assert (slow.rate, slow.concurrency) == ((2, 10.0), None)
