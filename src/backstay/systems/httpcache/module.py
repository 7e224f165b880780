"""The manifest of the caching proxy."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from backstay.kernel.backend import Backend
from backstay.kernel.guarantees import declared_in
from backstay.kernel.module import Module
from backstay.systems.httpcache.commands import httpcache
from backstay.systems.httpcache.http import PURGE, PurgesController
from backstay.systems.httpcache.settings import HttpCacheSettings


@asynccontextmanager
async def beside(backend: Backend) -> AsyncIterator[None]:
    """The proxy, where the settings name an origin."""
    settings = backend.settings.module(HttpCacheSettings)
    if not settings.origin:
        yield
        return
    # Late: its client and its server are for those who run it.
    from backstay.systems.httpcache.service.running import proxying

    async with proxying(backend, settings.origin, settings.host, settings.port):
        yield


module = Module(
    name="httpcache",
    summary="A shared HTTP cache before any origin: RFC 9111 measured, purged with your commits.",
    package=__package__,
    requires=["audit", "cache"],
    controllers=[PurgesController],
    permissions=[PURGE],
    settings=HttpCacheSettings,
    services=[beside],
    guarantees=declared_in(f"{__package__}.guarantees"),
    commands=[httpcache],
)
