"""How the cache does: each process tells of itself from time to time, and anyone adds it up."""

from __future__ import annotations

import asyncio
import time
from contextlib import suppress
from datetime import timedelta
from typing import Any, Final

import msgspec

from backstay.kernel.actor import SYSTEM
from backstay.kernel.database import Database, ListRequest, Page, Reader, UnitOfWork
from backstay.kernel.errors import BackstayError
from backstay.kernel.ids import uuid7
from backstay.systems.audit import record
from backstay.systems.cache import queries
from backstay.systems.cache.contracts import CacheView, Counts, Invalidation, KindCounts, Purge, StoreView
from backstay.systems.cache.engines.store import Numbers
from backstay.systems.cache.service.cache import Cache
from backstay.systems.cache.service.invalidating import invalidate, invalidate_everything

TELL_EVERY: Final = 5.0
"""Seconds between two tellings of a process."""
_REMEMBERED: Final = timedelta(minutes=1)
"""Whoever has not told of itself for so long does not count."""
_PRUNE_EVERY: Final = 60.0
INVALIDATIONS_KEPT: Final = timedelta(hours=1)


class Told(msgspec.Struct):
    """What a process tells."""

    numbers: Numbers
    counts: dict[str, Counts]


class Teller:
    """Tells of this process."""

    def __init__(self, database: Database, cache: Cache) -> None:
        self.process = uuid7()
        self._database = database
        self._cache = cache

    async def tell(self) -> None:
        """Write down how this process does.

        Raises:
            BackstayError: the database does not take it.
        """
        told = await self.mine()
        await self._database.run(
            SYSTEM,
            lambda uow: uow.execute(queries.TELL_TALLY, process=self.process, told=msgspec.to_builtins(told)),
        )

    async def mine(self) -> Told:
        """How this process does now."""
        return Told(await self._cache.store.numbers(), self._cache.counts)

    async def run(self) -> None:
        """Tell from time to time when there is something new, and prune, until cancelled."""
        pruned = time.monotonic()
        try:
            while True:
                await asyncio.sleep(TELL_EVERY)
                with suppress(BackstayError):
                    if self._cache.counts:
                        await self.tell()
                    if time.monotonic() - pruned > _PRUNE_EVERY:
                        pruned = time.monotonic()
                        await self._database.run(SYSTEM, prune)
        finally:
            with suppress(BackstayError):
                await self._database.run(
                    SYSTEM, lambda uow: uow.execute(queries.FORGET_TALLY, process=self.process)
                )


async def prune(uow: UnitOfWork) -> None:
    """Remove what nobody needs any more: old invalidations, what was handed on, processes that are gone."""
    now = uow.now()
    await uow.execute(queries.PRUNE_INVALIDATIONS, before=now - INVALIDATIONS_KEPT)
    await uow.execute(queries.PRUNE_FILLS, before=now)
    await uow.execute(queries.PRUNE_TALLIES, before=now - 60 * _REMEMBERED)


async def show(reader: Reader) -> CacheView:
    """The cache over all processes."""
    teller, cache = reader.part(Teller), reader.part(Cache)
    rows = await reader.all(queries.TALLIES, since=reader.now() - _REMEMBERED)
    others = [msgspec.convert(row.told, Told) for row in rows if row.process != teller.process]
    told = [await teller.mine(), *others]
    counts: dict[str, Counts] = {}
    for one in told:
        for kind, some in one.counts.items():
            counts[kind] = _sum(counts.get(kind, Counts()), some)
    shared = cache.store.name == "redis"
    numbers = told[:1] if shared else told
    store = StoreView(
        engine=cache.store.name,
        available=cache.store.available,
        entries=_total([one.numbers.entries for one in numbers]),
        bytes=_total([one.numbers.bytes for one in numbers]),
        limit=_total([one.numbers.limit for one in numbers]),
        evictions=_total([one.numbers.evictions for one in numbers]),
    )
    kinds = [KindCounts(kind, _hit_rate(some), some) for kind, some in sorted(counts.items())]
    return CacheView(len(told), store, kinds)


async def list_invalidations(reader: Reader, request: ListRequest) -> Page[Invalidation]:
    """What was invalidated in the organization within the last hour, newest first."""
    return await reader.page(queries.RECENT, request)


async def purge(uow: UnitOfWork, what: Purge) -> None:
    """Forget by hand, and record who did."""
    if what.everything:
        invalidate_everything(uow)
    invalidate(uow, *what.tags)
    record(uow, "cache.purged", subject=("cache", uow.organization_id), after=what)


def _sum(one: Counts, other: Counts) -> Counts:
    fields: dict[str, Any] = {
        name: getattr(one, name) + getattr(other, name) for name in Counts.__struct_fields__
    }
    return Counts(**fields)


def _hit_rate(counts: Counts) -> float | None:
    asked = counts.hits + counts.stale + counts.misses
    return (counts.hits + counts.stale) / asked if asked else None


def _total(numbers: list[int | None]) -> int | None:
    known = [number for number in numbers if number is not None]
    return sum(known) if known else None
