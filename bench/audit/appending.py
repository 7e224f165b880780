"""One statement against three for a record, on PostgreSQL: `python -m bench.audit.appending`.

One process and one cluster; rounds of either way take turns, so a slow spell of the machine falls on both.
Each unit of work records one thing and nothing else: the difference is greater here than in a server.
"""

from __future__ import annotations

import asyncio
import statistics
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final
from uuid import uuid4

from msgspec import structs

from backstay.kernel import migrations
from backstay.kernel.actor import SYSTEM, Actor
from backstay.kernel.clock import SystemClock
from backstay.kernel.database import Database, UnitOfWork
from backstay.kernel.signing import Keys
from backstay.systems.audit import record
from backstay.systems.audit.module import module as audit
from backstay.systems.audit.service import recording
from backstay.systems.audit.service.recording import Auditor
from bench.harness.postgres import cluster

_ROUNDS: Final = 7
_SECONDS: Final = 1.0
_WRITERS: Final = 8


async def _three(uow: UnitOfWork, draft: Any, data: dict[str, Any]) -> None:
    await recording.append(uow, [draft], [data])


async def _rate(database: Database, writers: list[Actor]) -> float:
    done = 0
    began = time.perf_counter()

    async def write(actor: Actor) -> None:
        nonlocal done
        while time.perf_counter() - began < _SECONDS:
            await database.run(actor, _work)
            done += 1

    await asyncio.gather(*(write(actor) for actor in writers))
    return done / (time.perf_counter() - began)


async def _work(uow: UnitOfWork) -> None:
    record(uow, "bench.done", subject=("thing", 1), after={"title": "A measured note", "tags": []})


async def _measure(url: str) -> None:
    await migrations.up(url, [audit])
    keys = Keys(b"a secret of more than thirty-two bytes")
    database = await Database.open(url, clock=SystemClock(), keys=keys, pool_size=_WRITERS)
    database.parts.hold(Auditor(keys))
    one: Callable[..., Awaitable[None]] = recording.append_one
    try:
        for shared in (True, False):
            own = [structs.replace(SYSTEM, organization_id=uuid4()) for _ in range(_WRITERS)]
            writers = own[:1] * _WRITERS if shared else own
            rates: dict[Any, list[float]] = {one: [], _three: []}
            for number in range(-1, _ROUNDS):
                for way in (one, _three) if number % 2 else (_three, one):
                    recording.append_one = way  # type: ignore[assignment]  # the two take the same
                    rate = await _rate(database, writers)
                    if number >= 0:  # the round before the first only warms up
                        rates[way].append(rate)
            ratios = [a / b for a, b in zip(rates[one], rates[_three], strict=True)]
            whose = "one organization" if shared else f"{_WRITERS} organizations"
            print(
                f"{_WRITERS} writers of {whose}: one statement {statistics.median(rates[one]):.0f}/s, "
                f"three {statistics.median(rates[_three]):.0f}/s, ratio {statistics.median(ratios):.2f} "
                f"({min(ratios):.2f} to {max(ratios):.2f})"
            )
    finally:
        await database.close()


def main() -> None:
    """Measure and print."""
    with TemporaryDirectory(prefix="backstay-bench-") as name:
        folder = Path(name)
        folder.chmod(0o755)  # the cluster is not root's
        with cluster(folder) as postgres:
            postgres.create_database("appending")
            asyncio.run(_measure(postgres.url("appending")))


if __name__ == "__main__":
    main()
