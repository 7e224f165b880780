"""A PostgreSQL of this test's own, whose every process is killed while jobs are enqueued and end."""

from __future__ import annotations

import asyncio
import os
import signal
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from backstay.kernel import migrations
from backstay.kernel.actor import SYSTEM
from backstay.kernel.database import CommitUnknown, Database, DatabaseUnavailable
from backstay.kernel.ids import uuid7
from backstay.kernel.signing import Keys
from backstay.systems.jobs.contracts import JobState
from backstay.systems.jobs.engines.sql import SqlStore
from backstay.systems.jobs.engines.store import LeaseKey, NewJob, Outcome
from backstay.systems.jobs.module import module
from bench.harness.postgres import Postgres, cluster

ROUNDS = 2
_AWAY = (DatabaseUnavailable, CommitUnknown)


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder that the server's own account may enter, as it may not pytest's."""
    with tempfile.TemporaryDirectory() as made:
        Path(made).chmod(0o755)
        yield Path(made) / "postgres"


def _job() -> NewJob:
    return NewJob(
        id=uuid7(),
        organization_id=SYSTEM.organization_id,
        actor_id=SYSTEM.id,
        kind="tests.work",
        queue="default",
        priority=5,
        payload=b"{}",
        max_attempts=5,
        max_crashes=9,
        retain=86_400.0,
    )


def _kill(postgres: Postgres) -> None:
    """SIGKILL to the whole server: nothing is flushed or said."""
    os.killpg(postgres.pid, signal.SIGKILL)
    postgres.stop(signal.SIGKILL)


@pytest.mark.slow
@pytest.mark.needs("postgres")
async def test_a_killed_server_loses_no_committed_job_and_no_end(folder: Path) -> None:
    kept: list[NewJob] = []
    ended: set[LeaseKey] = set()
    with cluster(folder) as postgres:
        postgres.create_database("jobs")
        url = postgres.url("jobs")
        await migrations.up(url, [module])
        database = await Database.open(url, keys=Keys(b"a secret of thirty-two bytes, or so"))
        store = SqlStore(database)
        enough = asyncio.Event()

        async def keep(batch: Sequence[NewJob]) -> Sequence[NewJob]:
            await database.run(SYSTEM, lambda uow: store.enqueue(uow, batch))
            return batch

        async def produce() -> None:
            while True:
                kept.extend(await keep([_job() for _ in range(20)]))
                if len(kept) >= goal and len(ended) >= goal // 4:
                    enough.set()

        async def consume() -> None:
            while True:
                claims = await store.claim("w", ["default"], 10, 30)
                outcomes = [Outcome(key=one.key, to=JobState.COMPLETED) for one in claims]
                answers = await store.settle(outcomes)
                ended.update(one.key for one, held in zip(claims, answers, strict=True) if held)

        for round_ in range(1, ROUNDS + 1):
            goal = round_ * 300
            enough.clear()
            work = [asyncio.create_task(produce()), asyncio.create_task(consume())]
            await enough.wait()
            _kill(postgres)
            for outcome in await asyncio.gather(*work, return_exceptions=True):
                assert isinstance(outcome, _AWAY), outcome
            await asyncio.to_thread(postgres.start)
        organization = SYSTEM.organization_id
        found = {job.id: await store.get(organization, job.id) for job in kept}
        assert None not in found.values(), "an acknowledged job is gone"
        states = {job_id: info.state for job_id, info in found.items() if info is not None}
        assert {states[key.id] for key in ended} == {JobState.COMPLETED}
        await store.close()
        await database.close()
