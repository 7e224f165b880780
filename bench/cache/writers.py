"""What invalidations cost writers on PostgreSQL: `python -m bench.cache.writers`.

Eight writers change a probe each, in one process, on a cluster that keeps what it commits. Invalidations are
numbered by one row for the whole house, as they once were, or by the rows of 16 shards, or left out. Rounds
of each take turns, so that a slow spell of the machine falls on all of them.
"""

from __future__ import annotations

import asyncio
import statistics
import time
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final
from unittest.mock import patch

from backstay.kernel import migrations
from backstay.kernel.actor import Actor, ActorKind
from backstay.kernel.clock import SystemClock
from backstay.kernel.database import Database, UnitOfWork
from backstay.kernel.ids import uuid7
from backstay.kernel.signing import Keys
from backstay.systems.audit.module import module as audit
from backstay.systems.cache import invalidate, queries
from backstay.systems.cache.module import module as cache
from backstay.systems.cache.service import hold_parts, invalidating
from backstay.systems.cache.service.tail import shard_of
from backstay.systems.cache.settings import CacheSettings
from backstay.systems.idempotency.module import module as idempotency
from bench.harness.postgres import cluster

_ROUNDS: Final = 7
_SECONDS: Final = 1.5
_WRITERS: Final = 8
_MODULES: Final = [idempotency, audit, cache]


async def _rate(database: Database, writers: list[Actor], *, invalidates: bool) -> float:
    done, began = 0, time.perf_counter()

    async def write(number: int, actor: Actor) -> None:
        nonlocal done

        async def work(uow: UnitOfWork) -> None:
            await uow.one(queries.SET_PROBE, name=f"probe-{number}", value=done)
            if invalidates:
                invalidate(uow, f"probe.probe-{number}")

        while time.perf_counter() - began < _SECONDS:
            await database.run(actor, work)
            done += 1

    await asyncio.gather(*(write(number, actor) for number, actor in enumerate(writers)))
    return done / (time.perf_counter() - began)


def _one_row(name: str) -> int:
    """As if all organizations were of one shard."""
    del name
    return 0


async def _measure(url: str) -> None:
    await migrations.up(url, _MODULES)
    keys = Keys(b"a secret of thirty-two bytes, or so")
    database = await Database.open(url, clock=SystemClock(), keys=keys, pool_size=_WRITERS)
    kept = hold_parts(database, CacheSettings())
    organizations = [uuid7() for _ in range(_WRITERS)]
    ways: dict[str, tuple[Callable[[str], int], bool]] = {
        "no invalidation": (shard_of, False),
        "one row": (_one_row, True),
        "16 shards": (shard_of, True),
    }
    for words, of in (("one organization", organizations[:1] * _WRITERS), ("8 organizations", organizations)):
        writers = [
            Actor(id=uuid7(), kind=ActorKind.USER, name="ada", organization_id=one, permissions=frozenset())
            for one in of
        ]
        seen: dict[str, list[float]] = {way: [] for way in ways}
        for number in range(-1, _ROUNDS):
            for way, (shard, invalidates) in ways.items():
                with patch.object(invalidating, "shard_of", shard):
                    rate = await _rate(database, writers, invalidates=invalidates)
                if number >= 0:  # the first round only warms up
                    seen[way].append(rate)
        for way, rates in seen.items():
            ratios = [rate / base for rate, base in zip(rates, seen["one row"], strict=True)]
            told = [
                f"{statistics.median(each):.{places}f} ({min(each):.{places}f} to {max(each):.{places}f})"
                for each, places in ((rates, 0), (ratios, 2))
            ]
            print(f"{words:17} {way:16} {told[0]} a second, {told[1]} of one row")
    await kept.close()
    await database.close()


def main() -> None:
    """Measure on a cluster of its own, on the disk."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)  # the cluster is not root's
        with cluster(folder) as postgres:
            postgres.create_database("writers")
            asyncio.run(_measure(postgres.url("writers")))


if __name__ == "__main__":
    main()
