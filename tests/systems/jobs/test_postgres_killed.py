"""A PostgreSQL of this test's own, whose every process is killed while jobs are enqueued and end."""

from __future__ import annotations

import asyncio
import os
import signal
import tempfile
import time
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path

import asyncpg
import pytest

from backstay.kernel import migrations
from backstay.kernel.actor import SYSTEM
from backstay.kernel.database import CommitUnknown, Database, DatabaseUnavailable
from backstay.kernel.ids import uuid7
from backstay.kernel.signing import Keys
from backstay.systems.jobs.contracts import Durability, JobState
from backstay.systems.jobs.engines.sql import SqlStore
from backstay.systems.jobs.engines.store import LeaseKey, NewJob, Outcome
from backstay.systems.jobs.module import module
from bench.harness.postgres import Postgres, cluster

ROUNDS = 2
DELAY = 0.5
"""Seconds between the WAL writer's rounds, where nobody waits for it."""
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
            receipts = await database.run(SYSTEM, lambda uow: store.enqueue(uow, batch))
            assert {one.durability for one in receipts} == {Durability.DISK}
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


@pytest.mark.slow
@pytest.mark.needs("postgres")
async def test_commits_that_nobody_waits_for_are_lost_for_a_moment_and_their_receipts_say_so(
    folder: Path,
) -> None:
    kept: list[tuple[float, NewJob]] = []
    with cluster(folder) as postgres:
        postgres.create_database("jobs")
        url = postgres.url("jobs")
        await migrations.up(url, [module])
        admin = await asyncpg.connect(url)
        await admin.execute("ALTER DATABASE jobs SET synchronous_commit TO off")
        await admin.execute(f"ALTER SYSTEM SET wal_writer_delay = '{DELAY}s'")
        await admin.execute("SELECT pg_reload_conf()")
        await admin.close()
        database = await Database.open(url, keys=Keys(b"a secret of thirty-two bytes, or so"))
        store = SqlStore(database)

        async def produce() -> None:
            while True:
                job = _job()
                (receipt,) = await database.run(SYSTEM, partial(store.enqueue, jobs=[job]))
                kept.append((time.monotonic(), job))
                assert receipt.durability is Durability.MEMORY

        work = asyncio.create_task(produce())
        await asyncio.wait({work}, timeout=5 * DELAY)
        killed = time.monotonic()
        _kill(postgres)
        assert isinstance((await asyncio.gather(work, return_exceptions=True))[0], _AWAY)
        await asyncio.to_thread(postgres.start)
        here = [await store.get(SYSTEM.organization_id, job.id) is not None for _, job in kept]
        stayed = sum(here)
        # What is gone are the latest, and they were acknowledged within three rounds, by PostgreSQL's word.
        assert here == [True] * stayed + [False] * (len(kept) - stayed)
        assert 0 < stayed < len(kept)
        assert killed - kept[stayed][0] < 3 * DELAY
        assert (await store.promised()).durability is Durability.MEMORY
        await store.close()
        await database.close()
