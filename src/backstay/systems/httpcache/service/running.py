"""A proxy from its clients to its origin; imported by those who run one."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from backstay.kernel.backend import Backend
from backstay.systems.httpcache.engines.origin import HttpOrigin
from backstay.systems.httpcache.service.part import shared_cache
from backstay.systems.httpcache.service.proxy import Proxy
from backstay.systems.httpcache.service.serving import listening
from backstay.systems.httpcache.settings import HttpCacheSettings


@asynccontextmanager
async def proxying(
    backend: Backend, origin: str, host: str, port: int, *, believes_proxies: bool = False
) -> AsyncIterator[str]:
    """A caching proxy before an origin, as long as the block lasts; its URL.

    Args:
        backend: whose cache keeps the answers.
        origin: `http://host:port` or `https://host`.
        host: to listen on.
        port: to listen on; 0 for a free one.
        believes_proxies: whether `X-Forwarded-Proto` of who connects says the client's scheme.

    Raises:
        ValueError: the origin is none.
        OSError: the address cannot be listened on.
    """
    settings = backend.settings.module(HttpCacheSettings)
    behind = HttpOrigin(origin, connections=settings.connections, timeout=settings.timeout)
    try:
        async with (
            shared_cache(backend, behind) as cache,
            listening(Proxy(cache, believes_proxies=believes_proxies), host, port) as url,
        ):
            yield url
    finally:
        await behind.close()
