"""Epochs: claims on PostgreSQL stay clear of what a transaction that stays open keeps in the index."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest
from sqlalchemy import literal, select

from backstay.kernel.clock import ManualClock
from backstay.kernel.database import statement
from backstay.systems.jobs.contracts import JobState
from backstay.systems.jobs.engines import sql_epochs
from backstay.systems.jobs.engines.sql import SqlStore
from backstay.systems.jobs.engines.sql_epochs import Epochs
from backstay.systems.jobs.engines.store import Outcome
from tests.conftest import make_actor
from tests.systems.jobs.conformance.stores import Bench, open_store
from tests.systems.jobs.test_bounds import Watched
from tests.systems.jobs.test_crowd import walked

DEAD = 2000
ANYTHING = statement(select(literal(1).label("one")), int)

# SQLite removes what is dead in the commit that makes it so.
pytestmark = pytest.mark.parametrize(
    "engine_name", [pytest.param("postgresql", marks=pytest.mark.needs("postgres"))]
)


@pytest.fixture
async def bench(database_url: str, clock: ManualClock) -> AsyncIterator[Bench]:
    async with open_store(database_url, clock) as bench:
        yield bench


@pytest.fixture
async def session(database_url: str) -> AsyncIterator[asyncpg.Connection[Any]]:
    """A session that began to write something long ago, and forgot to end."""
    connection = await asyncpg.connect(database_url)
    await connection.execute("BEGIN")
    await connection.fetch("SELECT pg_current_xact_id()")
    yield connection
    await connection.close()


@pytest.fixture
async def reader(database_url: str) -> AsyncIterator[asyncpg.Connection[Any]]:
    connection = await asyncpg.connect(database_url)
    yield connection
    await connection.close()


def epochs_of(bench: Bench) -> Epochs:
    assert isinstance(bench.store, SqlStore)
    return bench.store._epochs


async def tend(bench: Bench, times: int = 1) -> None:
    for _ in range(times):
        epochs_of(bench)._look_at = 0.0
        epochs_of(bench)._strays_at = 0.0
        bench.move(5)
        await bench.store.sweep(100)


async def live(reader: asyncpg.Connection[Any]) -> list[int]:
    return [row["epoch"] for row in await reader.fetch("SELECT epoch FROM jobs_epochs ORDER BY epoch")]


async def epoch_of(reader: asyncpg.Connection[Any], job_id: UUID) -> int:
    found: int = await reader.fetchval("SELECT epoch FROM jobs_jobs WHERE id = $1", job_id)
    return found


async def wear(bench: Bench, reader: asyncpg.Connection[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """Let many jobs of different urgency and organizations live and end, and begin an epoch after them."""
    monkeypatch.setattr(sql_epochs, "EPOCH", DEAD)
    others = [uuid4() for _ in range(4)]
    many = [bench.job(priority=n % 3, organization_id=others[n % 4]) for n in range(DEAD)]
    await bench.add(*many)
    while claimed := await bench.claim(500):
        assert all(await bench.store.settle([Outcome(key=one.key, to=JobState.COMPLETED) for one in claimed]))
    await reader.execute("ANALYZE jobs_jobs")  # which counts the dead at once
    await tend(bench)
    assert await live(reader) == [0, 1]
    monkeypatch.setattr(sql_epochs, "EPOCH", 10**9)  # no more: the server may count some of the dead late
    assert await epoch_of(reader, await bench.new(delay=600)) == 0, "not yet: some claim may not look there"
    await tend(bench)
    assert await epoch_of(reader, await bench.new(delay=600)) == 1
    assert await live(reader) == [0, 1], "not yet: some transaction may have taken the first, and go on"
    await tend(bench)


async def test_no_claim_walks_over_what_was_claimed_before(
    bench: Bench,
    database_url: str,
    session: object,
    reader: asyncpg.Connection[Any],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    await wear(bench, reader, monkeypatch)
    assert await live(reader) == [1], "nothing is ready in the first"
    new = [bench.job(priority=n % 3, organization_id=uuid4()) for n in range(30)]
    await bench.add(*new)
    watched: Any = Watched(bench.database._engine)
    bench.database._engine = watched
    taken = [await bench.claim(5) for _ in range(6)]
    urgency = {job.id: job.priority for job in new}
    assert [urgency.pop(one.id) for batch in taken for one in batch] == [0] * 10 + [1] * 10 + [2] * 10
    # Those that were just claimed, and none of the two thousand.
    assert 30 <= max(await walked(database_url, watched.asked)) <= 300


async def test_jobs_become_ready_in_the_newest_whichever_way(
    bench: Bench, session: object, reader: asyncpg.Connection[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = [await bench.new() for _ in range(2)]
    failed, snoozed = await bench.claim(2)
    delayed = await bench.new(delay=30)
    assert await bench.end(failed, JobState.FAILED, delay=30.0)
    await wear(bench, reader, monkeypatch)
    assert await bench.end(snoozed, JobState.READY, spent=False)
    head, *line = [await bench.new(order_key="line") for _ in range(3)]
    await bench.store.cancel(bench.organization, head)
    bench.move(30)
    await tend(bench)
    assert {await epoch_of(reader, one) for one in (*ids, delayed, line[0])} == {1}
    assert {one.id for one in await bench.claim(10)} == {*ids, delayed, line[0]}
    await bench.store.replay(bench.organization, [head])
    assert await epoch_of(reader, head) == 1


async def test_an_epoch_with_something_ready_stays_and_comes_first(
    bench: Bench, session: object, reader: asyncpg.Connection[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    await bench.store.pause("slow", paused=True)
    old = [await bench.new(queue="slow") for _ in range(3)]
    await wear(bench, reader, monkeypatch)
    await tend(bench)
    assert await live(reader) == [0, 1]
    young = [await bench.new(queue="slow") for _ in range(3)]
    urgent = await bench.new(queue="slow", priority=0)
    await bench.store.pause("slow", paused=False)
    assert [one.id for one in await bench.claim(1, queues=["slow"])] == [urgent]
    taken = [one.id for _ in range(6) for one in await bench.claim(1, queues=["slow"])]
    assert taken == [*old, *young]
    await tend(bench)
    assert await live(reader) == [1]


async def test_a_commit_after_its_epoch_was_retired_is_found(
    bench: Bench, session: object, reader: asyncpg.Connection[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    late = bench.job()
    kept, worn = asyncio.Event(), asyncio.Event()

    async def commit_late() -> None:
        async with bench.database.transaction(make_actor(organization=bench.organization)) as uow:
            await bench.store.enqueue(uow, [late])
            assert await uow.one(ANYTHING) == 1  # with which what was held back is sent
            kept.set()
            await worn.wait()

    committing = asyncio.create_task(commit_late())
    await kept.wait()
    await wear(bench, reader, monkeypatch)
    assert await live(reader) == [1]
    worn.set()
    await committing
    assert await bench.claim(10) == []
    await tend(bench)
    assert [one.id for one in await bench.claim(10)] == [late.id]


async def test_no_more_than_a_few_are_in_use(
    bench: Bench, session: object, reader: asyncpg.Connection[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sql_epochs, "EPOCH", 1)
    monkeypatch.setattr(sql_epochs, "MOST", 3)
    await bench.store.pause("slow", paused=True)
    for number in range(6):
        await bench.new(queue="slow")
        await bench.new()
        (claimed,) = await bench.claim(10)
        assert await bench.end(claimed)
        await reader.execute("ANALYZE jobs_jobs")
        await tend(bench, 2)
        assert len(await live(reader)) == min(number + 2, 3)
    await bench.store.pause("slow", paused=False)
    assert len(await bench.claim(10, queues=["slow"])) == 6


async def test_one_process_at_a_time_tends(
    bench: Bench, session: asyncpg.Connection[Any], reader: asyncpg.Connection[Any]
) -> None:
    await session.execute("SELECT pg_advisory_xact_lock(72616, 2)")
    await reader.execute("INSERT INTO jobs_epochs (epoch, dead) VALUES (1, 0)")
    await tend(bench)
    assert await epoch_of(reader, await bench.new(delay=9)) == 0
    await session.execute("ROLLBACK")
    await tend(bench)
    assert await epoch_of(reader, await bench.new(delay=9)) == 1
