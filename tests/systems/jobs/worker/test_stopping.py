"""Handlers on threads, which nobody can interrupt, and the flag that they look at; on both databases."""

from __future__ import annotations

from pathlib import Path

import pytest

from backstay.kernel.actor import Actor
from backstay.kernel.module import CompositionError
from backstay.systems.jobs import JobOptions, JobState, Stop, handles
from tests.systems.jobs.worker.house import House, until, working
from tests.systems.jobs.worker.kinds import SEEN, Hurried, InProcess, Looking, OnThread


async def test_a_thread_learns_that_its_job_is_cancelled_and_is_waited_for(house: House) -> None:
    (job,) = await house.put(Looking(n=1))
    await until(lambda: ("begin", 1) in SEEN)
    await house.store.cancel(house.actor.organization_id, job)
    assert (await house.ended(job)).state is JobState.CANCELLED
    # Not before it had returned.
    assert SEEN == [("begin", 1), ("told", 1)]


async def test_a_thread_learns_that_its_time_is_over(house: House) -> None:
    (job,) = await house.put(Hurried(n=2))
    info = await house.ended(job)
    assert info.error is not None
    assert (info.state, info.error.kind) == (JobState.DEAD, "timeout")
    assert SEEN == [("begin", 2), ("told", 2)]


async def test_a_worker_that_ends_tells_its_threads_and_gives_their_jobs_back(
    database_url: str, tmp_path: Path, actor: Actor
) -> None:
    async with working(database_url, tmp_path, actor, soft="0.1") as house:
        (job,) = await house.put(Looking(n=3))
        await until(lambda: ("begin", 3) in SEEN)
        house.worker.stop()
        await until(lambda: house.worker.running == 0)
        assert SEEN == [("begin", 3), ("told", 3)]
        info = await house.info(job)
        assert (info.state, info.attempt) == (JobState.READY, 0)


def test_what_handlers_beside_the_loop_may_take_is_said_at_once() -> None:
    with pytest.raises(CompositionError, match="may take its job only"):

        @handles(InProcess)
        def in_process(job: InProcess, stop: Stop) -> None: ...

    assert OnThread.options == JobOptions(runs_on="thread")

    @handles(OnThread)
    def on_thread(job: OnThread, stop: Stop) -> None: ...

    assert on_thread.given == {"job": "job", "stop": "stop"}
