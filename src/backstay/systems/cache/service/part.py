"""What a backend holds of the cache, and which engine it is."""

from __future__ import annotations

from backstay.kernel.database import Database
from backstay.systems.cache.engines.leases import DatabaseLeases
from backstay.systems.cache.engines.memory import MemoryStore
from backstay.systems.cache.engines.store import Leases, Store
from backstay.systems.cache.service.cache import Cache
from backstay.systems.cache.service.invalidating import Invalidator
from backstay.systems.cache.service.tail import Tail
from backstay.systems.cache.settings import CacheSettings


def hold_parts(database: Database, settings: CacheSettings) -> Cache:
    """Make the cache of a database's units; asks nothing yet.

    Raises:
        ValueError: `url` names no Redis.
    """
    store, leases = make_engine(database, settings)
    tail = Tail(database)
    cache = Cache(database, tail, store, leases, lease=settings.lease)
    database.parts.hold(tail)
    database.parts.hold(cache)
    database.parts.hold(Invalidator(database, tail))
    return cache


def make_engine(database: Database, settings: CacheSettings) -> tuple[Store, Leases]:
    """Where values are kept, and who may compute one."""
    if not settings.url:
        return MemoryStore(settings.memory), DatabaseLeases(database)
    # An extra: its client is installed and loaded only where CACHE_URL asks for it.
    from backstay.systems.cache.engines.redis import RedisStore

    redis = RedisStore(settings.url, timeout=settings.timeout)
    return redis, redis
