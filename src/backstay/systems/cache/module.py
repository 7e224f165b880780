"""The cache's manifest."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from backstay.kernel.backend import Backend
from backstay.kernel.database import Database, Reader
from backstay.kernel.guarantees import declared_in
from backstay.kernel.health import Health, HealthCheck, HealthReport
from backstay.kernel.module import Card, Module
from backstay.kernel.settings import Settings
from backstay.kernel.tasks import end
from backstay.systems.cache import service, tables
from backstay.systems.cache.http import (
    ANSWERS,
    PURGE,
    READ,
    CacheController,
    MineController,
    ProbesController,
)
from backstay.systems.cache.seed import seed
from backstay.systems.cache.service import Cache, Invalidator, Tail, Teller
from backstay.systems.cache.settings import CacheSettings


def prepare(database: Database, _modules: Sequence[Module], settings: Settings) -> None:
    """Make the cache; asks neither the database nor Redis."""
    cache = service.hold_parts(database, settings.module(CacheSettings))
    database.parts.hold(Teller(database, cache))


@asynccontextmanager
async def following(backend: Backend) -> AsyncIterator[None]:
    """Hear of invalidations and tell of this process, as long as it runs."""
    tasks = [
        asyncio.create_task(backend.part(Tail).follow()),
        asyncio.create_task(backend.part(Teller).run()),
    ]
    try:
        yield
    finally:
        await end(*tasks)
        await backend.part(Invalidator).close()
        await backend.part(Cache).close()


async def wellness(backend: Backend) -> HealthReport:
    """Degraded while Redis does not answer: everything is computed each time then."""
    store = backend.part(Cache).store
    await store.numbers()
    if store.available:
        return HealthReport(Health.OK)
    return HealthReport(Health.DEGRADED, "Redis does not answer; values are computed each time")


async def card(reader: Reader) -> Card:
    """How often a value was there."""
    kinds = (await service.show(reader)).kinds
    asked = sum(one.counts.hits + one.counts.stale + one.counts.misses for one in kinds)
    if not asked:
        return Card("–", "values asked for")  # noqa: RUF001 - a dash for no number
    given = sum(one.counts.hits + one.counts.stale for one in kinds)
    return Card(f"{given / asked:.0%}", "answered from the cache")


module = Module(
    name="cache",
    summary="Values computed once, forgotten with the commit that makes them old, and never somebody else's.",
    package=__package__,
    requires=["audit"],
    tables=tables.metadata,
    controllers=[CacheController, ProbesController, MineController],
    permissions=[READ, PURGE],
    settings=CacheSettings,
    prepare=prepare,
    surrounds=ANSWERS,
    works=[following],
    health=[HealthCheck(name="cache", check=wellness, critical=False)],
    guarantees=declared_in(f"{__package__}.guarantees"),
    seed=seed,
    card=card,
)
