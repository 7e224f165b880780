"""`python -m bench.jobs.rush`: what others' enqueues cost while very many jobs become due at once.

One PostgreSQL with durable commits. Callers that do nothing else enqueue one job each in a unit of
work of its own, and each is timed. In rounds in turn: once the database holds no other jobs, once
as many as asked for were delayed to this very moment, and the upkeep of two workers makes them ready
in bounded batches meanwhile; a round ends when the last of them is ready. Whether any was lost is counted.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import time
from collections.abc import Sequence
from statistics import median, quantiles
from typing import Final, cast
from uuid import UUID

from backstay.kernel import migrations
from backstay.kernel.actor import SYSTEM
from backstay.kernel.database import Database
from backstay.kernel.errors import BackstayError
from backstay.kernel.ids import uuid7
from backstay.kernel.signing import Keys
from backstay.kernel.tasks import end
from backstay.systems.jobs.engines.sql import SqlStore
from backstay.systems.jobs.engines.store import NewJob, Store, Swept
from backstay.systems.jobs.module import module
from backstay.systems.jobs.service.upkeep import keep_up
from bench.harness.machine import REPOSITORY
from bench.harness.postgres import Postgres, cluster

_CALLERS: Final = 4
_WORKERS: Final = 2
_LATER: Final = 3600.0
"""Seconds by which the jobs are delayed that are then due at once."""


class Town:
    """A database with callers that enqueue and workers that look after it."""

    def __init__(self, database: Database, store: SqlStore) -> None:
        self._database = database
        self._store = store
        self._organization = uuid7()

    async def enqueue(self, count: int, delay: float = 0.0) -> None:
        """So many jobs in one unit of work."""
        jobs = [_job(self._organization, delay) for _ in range(count)]
        await self._database.run(SYSTEM, lambda uow: self._store.enqueue(uow, jobs))

    async def call(self, until: asyncio.Event, took: list[float]) -> None:
        """Enqueue one job after another, and note the milliseconds of each."""
        while not until.is_set():
            began = time.perf_counter()
            await self.enqueue(1)
            took.append((time.perf_counter() - began) * 1000)

    async def keep_up(self, count: int) -> None:
        """What workers do beside their jobs, until they have made so many ready."""
        counted = _Counted(self._store, count)
        store = cast("Store", counted)
        workers = [asyncio.create_task(keep_up(store, _look, _away)) for _ in range(_WORKERS)]
        await counted.all_there.wait()
        await end(*workers)


class _Counted:
    """The store, as the upkeep sees it; knows when all are ready."""

    def __init__(self, store: SqlStore, count: int) -> None:
        self.all_there = asyncio.Event()
        self._store = store
        self._left = count

    async def sweep(self, limit: int) -> Swept:
        swept = await self._store.sweep(limit)
        self._left -= swept.promoted
        if self._left <= 0:
            self.all_there.set()
        return swept


async def _look() -> None:
    """No breaker to look after."""


async def _away(failure: BackstayError) -> None:
    raise failure


def _job(organization: UUID, delay: float) -> NewJob:
    return NewJob(
        id=uuid7(),
        organization_id=organization,
        actor_id=UUID(int=7),
        kind="bench.nothing",
        queue="default",
        priority=5,
        payload=b"{}",
        max_attempts=5,
        max_crashes=3,
        retain=86_400.0,
        delay=delay,
    )


def _clear(postgres: Postgres, name: str) -> None:
    postgres.sql(name, "TRUNCATE jobs_jobs, jobs_done, jobs_steps")
    postgres.sql(name, "VACUUM ANALYZE")


async def _round(postgres: Postgres, town: Town, name: str, due: int, seconds: float) -> list[float]:
    _clear(postgres, name)
    for first in range(0, due, 10_000):
        await town.enqueue(min(10_000, due - first), _LATER)
    over, took = asyncio.Event(), list[float]()
    if due:
        postgres.sql(name, "UPDATE jobs_jobs SET run_at = 0")
    callers = [asyncio.create_task(town.call(over, took)) for _ in range(_CALLERS)]
    if due:
        await town.keep_up(due)
    else:
        await asyncio.sleep(seconds)
    over.set()
    await asyncio.gather(*callers)
    there = int(postgres.sql(name, "SELECT count(*) FROM jobs_jobs WHERE state = 'ready'"))
    if there != due + len(took):
        raise RuntimeError(f"{there} jobs are ready of {due} due and {len(took)} enqueued")
    return took


async def _measure(postgres: Postgres, options: argparse.Namespace) -> dict[str, list[list[float]]]:
    name = "rush"
    postgres.create_database(name)
    url = postgres.url(name)
    await migrations.up(url, [module])
    database = await Database.open(url, keys=Keys(b"a secret of thirty-two bytes, or so"))
    store = SqlStore(database)
    town = Town(database, store)
    await _round(postgres, town, name, 0, 1.0)
    found: dict[str, list[list[float]]] = {"alone": [], "rush": []}
    for _ in range(options.rounds):
        found["alone"].append(await _round(postgres, town, name, 0, options.seconds))
        found["rush"].append(await _round(postgres, town, name, options.due, options.seconds))
    await store.close()
    await database.close()
    return found


def _p99(took: Sequence[float]) -> float:
    return quantiles(took, n=100)[98]


def main(arguments: list[str]) -> None:
    """Measure, and tell it in milliseconds; ends with 1 when the p99 doubles."""
    parser = argparse.ArgumentParser(prog="python -m bench.jobs.rush", description=__doc__)
    parser.add_argument("--due", type=int, default=100_000, help="jobs that become due at once")
    parser.add_argument("--seconds", type=float, default=10.0, help="of a round in which none does")
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args(arguments)
    with cluster(REPOSITORY / "bench/.work/rush") as postgres:
        found = asyncio.run(_measure(postgres, options))
    for name, rounds in found.items():
        print(
            f"{name:6} enqueues a round {median(map(len, rounds)):.0f}, "
            f"p50 {median(median(took) for took in rounds):.2f}, p99 {median(map(_p99, rounds)):.2f} "
            f"({min(map(_p99, rounds)):.2f}-{max(map(_p99, rounds)):.2f})"
        )
    ratios = [_p99(rush) / _p99(alone) for alone, rush in zip(found["alone"], found["rush"], strict=True)]
    print(f"p99 while {options.due:,} become due: {median(ratios):.2f} times that of callers alone")
    sys.exit(median(ratios) >= 2)


if __name__ == "__main__":
    main(sys.argv[1:])
