"""Being told of jobs: few notifications however many commits, and looking alone is enough."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from backstay.kernel.actor import Actor
from backstay.kernel.clock import ManualClock
from backstay.systems.jobs import JobState
from backstay.systems.jobs.engines.sql import SqlStore
from backstay.systems.jobs.engines.sql_wake import CHANNEL, Waking
from tests.conftest import make_actor
from tests.systems.jobs.conformance.stores import open_store
from tests.systems.jobs.test_bounds import Watched
from tests.systems.jobs.worker.house import working
from tests.systems.jobs.worker.kinds import Add


@pytest.mark.parametrize(
    "engine_name", [pytest.param("postgresql", marks=pytest.mark.needs("postgres"))], indirect=True
)
async def test_many_commits_are_few_notifications_and_none_is_in_their_transactions(
    database_url: str, clock: ManualClock
) -> None:
    heard: list[str] = []
    listener = await asyncpg.connect(database_url)
    async with open_store(database_url, clock) as bench:
        assert isinstance(bench.store, SqlStore)
        await listener.add_listener(CHANNEL, lambda *told: heard.append(str(told[2])))
        watched: Any = Watched(bench.database._engine)
        bench.database._engine = watched
        jobs = [bench.job() for _ in range(3)]
        await bench.database.run(
            make_actor(organization=bench.organization), lambda uow: bench.store.enqueue(uow, jobs)
        )
        assert not any("notify" in sql.lower() for sql, _ in watched.asked)
        for _ in range(1000):
            bench.store._waking.wake({"default"})
        telling = bench.store._waking._telling
        assert telling is not None
        await telling
        await listener.fetch("SELECT 1")
        assert 1 <= len(heard) <= 3, "one under way, and one for all that came meanwhile"
    await listener.close()


async def test_looking_alone_finds_what_nobody_told_of(
    database_url: str, tmp_path: Path, actor: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = asyncio.Event()

    def wake(_: Waking, _queues: set[str]) -> None:
        asked.set()

    monkeypatch.setattr(Waking, "wake", wake)
    monkeypatch.setattr(Waking, "_hear", lambda _: None)
    async with working(database_url, tmp_path, actor) as house:
        (job,) = await house.put(Add(a=1, b=2))
        assert asked.is_set()
        assert (await house.ended(job)).state is JobState.COMPLETED
