"""`python -m bench.jobs.claims`: what a claim costs behind a transaction that nobody ends.

Two databases of one PostgreSQL: in one, very many jobs have ended while a session was idle in a
transaction that began before them, so that no vacuum removes what they left; the other is empty.
The same claims are made in both in turns: some jobs are enqueued, claimed (this is timed) and
ended. The jobs that have ended are made by three statements rather than one by one; what they
leave in the tables and indexes is the same.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import time
from collections.abc import Sequence
from statistics import quantiles
from typing import Any, Final
from uuid import UUID

from backstay.kernel import migrations
from backstay.kernel.actor import SYSTEM
from backstay.kernel.database import Database
from backstay.kernel.ids import uuid7
from backstay.kernel.signing import Keys
from backstay.kernel.tasks import end
from backstay.systems.jobs.contracts import JobState
from backstay.systems.jobs.engines.sql import SqlStore
from backstay.systems.jobs.engines.store import NewJob, Outcome
from backstay.systems.jobs.module import module
from backstay.systems.jobs.tables.engine import done
from bench.harness.machine import REPOSITORY
from bench.harness.postgres import Postgres, cluster

_COLUMNS: Final = ", ".join(f'"{column.name}"' for column in done.columns)
_OWN: Final = {"id", "organization_id", "priority"}
_SHARED: Final = ", ".join(f'"{column.name}"' for column in done.columns if column.name not in _OWN)
_BATCH: Final = 10
"""Jobs a claim."""
_SETTLING: Final = 8.0
"""Seconds for the upkeep to see what was done at once, which it would have seen while it came about."""


class Side:
    """One of the two databases."""

    def __init__(
        self, name: str, store: SqlStore, database: Database, organizations: Sequence[UUID], priorities: int
    ) -> None:
        self.name = name
        self.store = store
        self.took: list[float] = []
        """Milliseconds of each claim."""
        self._database = database
        self._organizations = organizations
        self._priorities = priorities
        self._turn = 0

    async def round(self) -> None:
        """Enqueue, claim, end."""
        self._turn += 1
        organization = self._organizations[self._turn % len(self._organizations)]
        priority = 5 - self._turn % self._priorities
        added = [_job(organization, priority) for _ in range(_BATCH)]
        await self._database.run(SYSTEM, lambda uow: self.store.enqueue(uow, added))
        began = time.perf_counter()
        claimed = await self.store.claim("bench", ["default"], _BATCH, 30)
        self.took.append((time.perf_counter() - began) * 1000)
        if {one.id for one in claimed} != {one.id for one in added}:
            raise RuntimeError(f"{self.name}: the claim took {len(claimed)} jobs, not the {_BATCH} added")
        await self.store.settle([Outcome(key=one.key, to=JobState.COMPLETED) for one in claimed])

    async def keep_up(self) -> None:
        """What a worker does about once a second, beside its claims."""
        while True:
            await self.store.sweep(500)
            await asyncio.sleep(1)

    async def close(self) -> None:
        """Let go of the database."""
        await self.store.close()
        await self._database.close()


def _job(organization: UUID, priority: int) -> NewJob:
    return NewJob(
        id=uuid7(),
        organization_id=organization,
        actor_id=UUID(int=7),
        kind="bench.nothing",
        queue="default",
        priority=priority,
        payload=b"{}",
        max_attempts=5,
        max_crashes=3,
        retain=86_400.0,
    )


async def _side(postgres: Postgres, name: str, organizations: Sequence[UUID], priorities: int) -> Side:
    postgres.create_database(name)
    url = postgres.url(name)
    await migrations.up(url, [module])
    database = await Database.open(url, keys=Keys(b"a secret of thirty-two bytes, or so"))
    side = Side(name, SqlStore(database), database, organizations, priorities)
    await side.round()
    side.took.clear()
    return side


def _wear(postgres: Postgres, name: str, count: int, organizations: Sequence[UUID], priorities: int) -> None:
    """Let so many jobs have been ready, running and ended."""
    postgres.sql(name, f"INSERT INTO jobs_jobs ({_COLUMNS}) SELECT {_COLUMNS} FROM jobs_done LIMIT 1")
    whose = ", ".join(f"'{one}'" for one in organizations)
    shared = _SHARED.replace('"state"', "'ready'")
    many = (
        f"INSERT INTO jobs_jobs (id, organization_id, priority, {_SHARED}) SELECT "
        "(lpad(to_hex(1700000000000 + n), 12, '0') || '70008000' || lpad(to_hex(n), 12, '0'))::uuid, "
        f"(ARRAY[{whose}])[1 + n % {len(organizations)}]::uuid, "
        f"5 - n % {priorities}, "
        f"{shared} "
        f"FROM (SELECT * FROM jobs_jobs) one CROSS JOIN generate_series(1, {count}) n"
    )
    postgres.sql(name, many)
    postgres.sql(name, "DELETE FROM jobs_jobs WHERE state <> 'ready'")
    postgres.sql(name, "UPDATE jobs_jobs SET state = 'running', lease_until = 0")
    postgres.sql(
        name,
        f"WITH gone AS (DELETE FROM jobs_jobs RETURNING {_COLUMNS}) "
        f"INSERT INTO jobs_done ({_COLUMNS}) SELECT {_COLUMNS} FROM gone",
    )
    postgres.sql(name, "ANALYZE jobs_jobs")


async def _measure(postgres: Postgres, options: argparse.Namespace) -> list[Side]:
    organizations = [uuid7() for _ in range(options.organizations)]
    priorities: int = options.priorities
    sides = [await _side(postgres, name, organizations, priorities) for name in ("empty", "held")]
    with postgres.open_transaction("held"):
        _wear(postgres, "held", options.ended, organizations, priorities)
        upkeep = [asyncio.create_task(side.keep_up()) for side in sides]
        await asyncio.sleep(_SETTLING)
        until = time.monotonic() + options.seconds
        while time.monotonic() < until:
            began = time.monotonic()
            for side in sides:
                await side.round()
            await asyncio.sleep(max(0.0, options.pause - (time.monotonic() - began)))
        await end(*upkeep)
    for side in sides:
        await side.close()
    return sides


def _figures(took: Sequence[float]) -> dict[str, Any]:
    cuts = quantiles(took, n=100)
    return {"claims": len(took), "p50": cuts[49], "p99": cuts[98], "worst": max(took)}


def main(arguments: list[str]) -> None:
    """Measure, and tell it in milliseconds; ends with 1 when the p99 is not below twice the empty table's."""
    parser = argparse.ArgumentParser(prog="python -m bench.jobs.claims", description=__doc__)
    parser.add_argument("--ended", type=int, default=1_000_000, help="jobs that ended behind the transaction")
    parser.add_argument("--organizations", type=int, default=1, help="whose jobs they were")
    parser.add_argument("--priorities", type=int, default=1, help="different ones among them")
    parser.add_argument("--seconds", type=float, default=30.0)
    parser.add_argument("--pause", type=float, default=0.0, help="seconds from one round to the next")
    options = parser.parse_args(arguments)
    with cluster(REPOSITORY / "bench/.work/claims") as postgres:
        empty, held = asyncio.run(_measure(postgres, options))
    for side in (empty, held):
        told = ", ".join(
            f"{name} {value:.2f}" if isinstance(value, float) else f"{name} {value}"
            for name, value in _figures(side.took).items()
        )
        print(f"{side.name:6} {told}")
    ratio = _figures(held.took)["p99"] / _figures(empty.took)["p99"]
    print(f"p99 behind {options.ended:,} ended jobs: {ratio:.2f} times that of an empty table")
    sys.exit(ratio >= 2)


if __name__ == "__main__":
    main(sys.argv[1:])
