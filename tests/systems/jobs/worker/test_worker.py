"""The worker on the real stores: what becomes of a job that is claimed."""

from __future__ import annotations

import os
from datetime import timedelta
from pathlib import Path

import msgspec

from backstay.kernel.actor import Actor
from backstay.kernel.clock import ManualClock
from backstay.kernel.database import ListRequest
from backstay.systems.jobs import JobState
from backstay.systems.jobs.service import probing
from tests.systems.jobs.conformance.stores import Bench
from tests.systems.jobs.worker import kinds
from tests.systems.jobs.worker.house import House, until, working
from tests.systems.jobs.worker.kinds import GATES, SEEN, Slow


async def test_what_a_handler_returns_is_the_result(house: House) -> None:
    (job,) = await house.put(kinds.Add(a=2, b=3))
    info = await house.ended(job)
    assert (info.state, info.attempt, msgspec.json.decode(info.result or b"")) == (JobState.COMPLETED, 1, 5)


async def test_plain_functions_run_on_threads(house: House) -> None:
    (job,) = await house.put(kinds.OnThread(n=21))
    assert msgspec.json.decode((await house.ended(job)).result or b"") == 42


async def test_what_burns_cpu_runs_in_a_process_whose_death_is_the_jobs_alone(house: House) -> None:
    dying, living = await house.put(kinds.InProcess(die=True), kinds.InProcess(die=False))
    dead = await house.ended(dying)
    assert dead.error is not None
    assert (dead.state, dead.error.kind) == (JobState.DEAD, "crashed")
    result = msgspec.json.decode((await house.ended(living)).result or b"")
    assert result != os.getpid()


async def test_a_result_that_json_cannot_carry_is_the_handlers_failure(house: House) -> None:
    (job,) = await house.put(kinds.Unencodable())
    info = await house.ended(job)
    assert info.error is not None
    assert (info.state, info.error.kind) == (JobState.DEAD, "TypeError")
    await until(lambda: house.worker.running == 0)


async def test_an_error_is_kept_without_its_secrets(house: House) -> None:
    (job,) = await house.put(kinds.Leaky())
    error = (await house.ended(job)).error
    assert error is not None
    for secret in ("abcdef123", "hunter2", "ann@example.com"):
        assert secret not in error.message
        assert secret not in error.trace


async def test_a_timeout_ends_an_attempt(house: House) -> None:
    (job,) = await house.put(kinds.TooLong())
    error = (await house.ended(job)).error
    assert error is not None
    assert error.kind == "timeout"


async def test_a_failed_attempt_leaves_nothing_and_the_next_does_it_once(house: House) -> None:
    async with house.backend.database.transaction(house.actor) as uow:
        await probing.enqueue(uow, probing.Probe(name="probe"))
    (job,) = await house.put(kinds.Marking(name="probe", fails=2))
    info = await house.ended(job)
    assert (info.state, info.attempt) == (JobState.COMPLETED, 3)
    # `once` was noted in the transactions of the failed attempts, which were rolled back with it.
    assert msgspec.json.decode(info.result or b"") == "first: True"


async def test_a_job_that_comes_again_later_uses_up_no_attempt_and_leaves_nothing(house: House) -> None:
    await house.store.pause("probes", paused=True)  # its own job would leave a mark, too
    async with house.backend.database.transaction(house.actor) as uow:
        await probing.enqueue(uow, probing.Probe(name="probe"))
    (job,) = await house.put(kinds.Snoozing(name="probe"))
    info = await house.ended(job)
    assert (info.state, info.attempt, info.error) == (JobState.COMPLETED, 1, None)
    assert SEEN == [("attempt", 1)] * 3
    assert msgspec.json.decode(info.result or b"") == "first: True"
    page = await probing.marks(house.backend.database.reader(house.actor), ListRequest())
    assert [mark.effects for mark in page.items] == [1]
    notes = [step.note for step in await house.store.history(house.actor.organization_id, job)]
    assert notes.count("the printer is away") == 2


async def test_unknown_kinds_and_unreadable_arguments_are_dead_letters(house: House) -> None:
    bench = Bench(house.store, house.backend.database, ManualClock(), house.actor.organization_id)
    unknown = bench.job(kind="kinds.gone")
    unreadable = bench.job(kind="kinds.add", payload=b'{"a":"x"}')
    await bench.add(unknown, unreadable)
    errors = [(await house.ended(job.id)).error for job in (unknown, unreadable)]
    assert [error and error.kind for error in errors] == ["unknown_kind", "undecodable"]


async def test_cancelling_reaches_a_running_job(house: House) -> None:
    (job,) = await house.put(Slow(n=1))
    await until(lambda: bool(SEEN))
    assert await house.store.cancel(house.actor.organization_id, job) is JobState.RUNNING
    assert (await house.ended(job)).state is JobState.CANCELLED
    assert [step[0] for step in SEEN] == ["begin", "cancelled"]


async def test_after_stop_nothing_more_begins_and_the_rest_is_given_back(
    database_url: str, tmp_path: Path, actor: Actor
) -> None:
    async with working(database_url, tmp_path, actor, concurrency=1) as house:
        first, second, third = await house.put(Slow(n=1), Slow(n=2), Slow(n=3))
        await until(lambda: bool(SEEN) and house.worker.running == 3)
        house.worker.stop()
        GATES[SEEN[0][1:]].set()
        assert (await house.ended(first)).state is JobState.COMPLETED
        await until(lambda: house.worker.running == 0)
        assert [(await house.info(job)).state for job in (second, third)] == [JobState.READY] * 2
        assert [(await house.info(job)).attempt for job in (second, third)] == [0, 0]
        assert [step[:2] for step in SEEN] == [("begin", 1), ("end", 1)]


async def test_cancelling_reaches_a_job_that_waits_for_its_place_in_a_worker(
    database_url: str, tmp_path: Path, actor: Actor
) -> None:
    async with working(database_url, tmp_path, actor, concurrency=1) as house:
        first, second, third = await house.put(Slow(n=1), Slow(n=2), Slow(n=3))
        await until(lambda: bool(SEEN) and house.worker.running == 3)
        assert await house.store.cancel(actor.organization_id, second) is JobState.RUNNING
        cancelled = await house.ended(second)
        assert (cancelled.state, house.worker.running) == (JobState.CANCELLED, 2)
        GATES[SEEN[0][1:]].set()
        assert (await house.ended(first)).state is JobState.COMPLETED
        await until(lambda: len(SEEN) == 3)
        GATES[SEEN[2][1:]].set()
        assert (await house.ended(third)).state is JobState.COMPLETED
        assert [step[0] for step in SEEN] == ["begin", "end", "begin", "end"]
        await until(lambda: house.worker.running == 0)


async def test_a_job_claimed_again_by_its_own_worker_ends_the_first_claim(
    database_url: str, tmp_path: Path, actor: Actor
) -> None:
    clock = ManualClock()
    async with working(database_url, tmp_path, actor, clock=clock) as house:
        (job,) = await house.put(Slow(n=1))
        await until(lambda: len(SEEN) == 1)
        clock.move(timedelta(seconds=60))
        await house.store.sweep(100)  # before the lease's own thread looks at the clock
        await until(lambda: len([step for step in SEEN if step[0] == "begin"]) == 2)
        await until(lambda: ("cancelled", *SEEN[0][1:]) in SEEN)
        second = next(step for step in SEEN if step[0] == "begin" and step != SEEN[0])
        assert second[2] > SEEN[0][2], "the fence only grows"
        assert house.worker.running == 1
        GATES[second[1:]].set()
        info = await house.ended(job)
        assert (info.state, info.crashes, house.worker.stale) == (JobState.COMPLETED, 1, 1)
