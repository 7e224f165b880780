"""The shared cache of one process."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from backstay.kernel.backend import Backend
from backstay.systems.cache import Shelf
from backstay.systems.httpcache.service.asking import Origin
from backstay.systems.httpcache.service.keeping import Keeping
from backstay.systems.httpcache.service.shared import SharedCache
from backstay.systems.httpcache.settings import HttpCacheSettings


@asynccontextmanager
async def shared_cache(backend: Backend, origin: Origin) -> AsyncIterator[SharedCache]:
    """A shared cache before an origin, kept where the backend's cache keeps its values."""
    settings = backend.settings.module(HttpCacheSettings)
    keeping = Keeping(
        Shelf(backend.database, "httpcache"), variants=settings.variants, rescue=settings.rescue
    )
    cache = SharedCache(origin, keeping, settings, backend.clock)
    try:
        yield cache
    finally:
        await cache.close()
