"""The rate limits' manifest."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Final

from backstay.kernel.backend import Backend
from backstay.kernel.database import Database, Reader
from backstay.kernel.errors import BackstayError
from backstay.kernel.guarantees import declared_in
from backstay.kernel.health import HealthCheck
from backstay.kernel.http import Surrounds
from backstay.kernel.module import Card, Module
from backstay.kernel.observation import Record
from backstay.kernel.settings import Settings
from backstay.kernel.tasks import end
from backstay.systems.ratelimit import tables
from backstay.systems.ratelimit.commands import ratelimit
from backstay.systems.ratelimit.engines.outage import GuardedStore
from backstay.systems.ratelimit.http import (
    OPERATE,
    READ,
    MetersController,
    PoliciesController,
    ReplaysController,
)
from backstay.systems.ratelimit.seed import seed
from backstay.systems.ratelimit.service import looking, policies
from backstay.systems.ratelimit.service.book import Book
from backstay.systems.ratelimit.service.choosing import make_store
from backstay.systems.ratelimit.service.declaring import Concurrent, Critical, Limit, Unlimited
from backstay.systems.ratelimit.service.limiter import Limiter
from backstay.systems.ratelimit.service.meters import FLUSH_EVERY, Meters
from backstay.systems.ratelimit.service.places import Places
from backstay.systems.ratelimit.service.shedding import Shedder
from backstay.systems.ratelimit.service.surrounding import surround
from backstay.systems.ratelimit.service.upkeep import prune, wellness
from backstay.systems.ratelimit.settings import RateLimitSettings

_log: Final = logging.getLogger("backstay.ratelimit")


def prepare(database: Database, modules: Sequence[Module], settings: Settings) -> None:
    """Learn every policy that is declared; asks nobody yet."""
    own = settings.module(RateLimitSettings)
    store, meters = make_store(settings), Meters(database)
    limiter = Limiter(store, Book(own, modules), meters)
    database.parts.hold(limiter)
    database.parts.hold(Places(store))
    database.parts.hold(Shedder(own.in_flight, own.critical_share, own.lag))


@asynccontextmanager
async def limiting(backend: Backend) -> AsyncIterator[None]:
    """Follow changed policies, write the meters down and watch the load, as long as the process works."""
    limiter = backend.part(Limiter)
    await policies.load(backend.database, limiter.book)
    if isinstance(limiter.store, GuardedStore):
        await limiter.store.open()
    tasks = [
        asyncio.create_task(prune(limiter.store)),
        asyncio.create_task(policies.follow(backend.database, limiter.book)),
        asyncio.create_task(_write_down(limiter.meters)),
        asyncio.create_task(backend.part(Shedder).run()),
    ]
    try:
        yield
    finally:
        await end(*tasks)
        await backend.part(Places).close()
        with suppress(BackstayError):
            await limiter.meters.flush()
        await limiter.store.close()


async def _write_down(meters: Meters) -> None:
    while True:
        await asyncio.sleep(FLUSH_EVERY)
        try:
            await meters.flush()
        except BackstayError as failure:
            # What was counted is kept for the next time.
            _log.warning("ratelimit: could not write the meters down: %s", failure.code)


def observe(backend: Backend, record: Record) -> None:
    """Give back the places of a request that has ended."""
    if Places.holding:
        backend.part(Places).observe(record)


async def card(reader: Reader) -> Card:
    """How many requests were refused within the last hour."""
    return Card(f"{await looking.refused(reader, 60):,}", "requests refused in an hour")


module = Module(
    name="ratelimit",
    summary="Limits for every route: exact on every store, changed live, told to the caller, replayed.",
    package=__package__,
    tables=tables.metadata,
    requires=["traffic"],
    controllers=[PoliciesController, MetersController, ReplaysController],
    permissions=[READ, OPERATE],
    settings=RateLimitSettings,
    prepare=prepare,
    surrounds=Surrounds(make=surround, knows=(Limit, Concurrent, Critical, Unlimited)),
    works=[limiting],
    observers=[observe],
    guarantees=declared_in(f"{__package__}.guarantees"),
    health=[HealthCheck(name="ratelimit", check=wellness, critical=False)],
    seed=seed,
    card=card,
    commands=[ratelimit],
)
