"""The shared cache: for each request, what is kept or what the origin says."""

from __future__ import annotations

import asyncio
import math
from contextlib import suppress
from typing import Final

from msgspec.structs import replace

from backstay.kernel.clock import Clock
from backstay.kernel.tasks import end
from backstay.systems.httpcache.contracts import Asked, Given
from backstay.systems.httpcache.errors import NotKept, OriginAway
from backstay.systems.httpcache.service import conditions, policy
from backstay.systems.httpcache.service.asking import Asking, Origin
from backstay.systems.httpcache.service.directives import Directives, cache_control
from backstay.systems.httpcache.service.fields import first, without
from backstay.systems.httpcache.service.flights import Flights
from backstay.systems.httpcache.service.giving import given_of
from backstay.systems.httpcache.service.keeping import Keeping, Stored
from backstay.systems.httpcache.service.status import Told
from backstay.systems.httpcache.settings import HttpCacheSettings

_SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS"})
"""Methods that change nothing (RFC 9110, 9.2.1); every other one voids what it was sent to."""
_ORIGINS_OWN: Final = ("if-match", "if-unmodified-since")
"""Conditions that only the origin can judge."""
_DEMANDS: Final = frozenset({"no-cache", "max-age", "min-fresh"})
"""What a client says that wants nothing stale."""


class SharedCache:
    """A shared cache before one origin (RFC 9111)."""

    def __init__(self, origin: Origin, keeping: Keeping, settings: HttpCacheSettings, clock: Clock) -> None:
        """Asks nothing yet."""
        self._keeping = keeping
        self._heeds = settings.heed_clients
        self._flights = Flights(settings.wait)
        self._asking = Asking(origin, keeping, self._flights, settings, clock)
        self._refreshing: dict[str, asyncio.Task[None]] = {}

    async def answer(self, asked: Asked) -> tuple[Given, Told]:
        """The answer to a request, and what this cache has to say of it.

        Raises:
            OriginAway: the origin gives none, and nothing kept may take its place.
            NotKept: the request wanted what is kept, and nothing is.
        """
        if asked.method not in _SAFE:
            return await self._asking.change(asked)
        said = self._said(asked)
        if (around := _around(asked, said)) is not None:
            return await self._asking.plainly(asked, around)
        mark = await self._keeping.mark()
        if mark is None:
            return await self._asking.plainly(asked, Told(fwd="bypass", detail="purges-unknown"))
        stored, known = await self._keeping.find(asked)
        if stored is not None and (told := self._hit(asked, stored, said)) is not None:
            return given_of(asked, stored, self._asking.now()), told
        if "only-if-cached" in said:
            raise NotKept
        told = Told(fwd="vary-miss" if known else "uri-miss")
        if stored is not None:
            is_fresh = stored.times.left(self._asking.now()) > 0 and not policy.must_validate(stored.fields)
            told.fwd = "request" if is_fresh else "stale"
        if asked.method == "HEAD":
            return await self._asking.head(asked, stored, told)
        return await self._together(asked, stored, told, mark)

    async def close(self) -> None:
        """End what nobody waits for."""
        await end(*self._refreshing.values())

    def _said(self, asked: Asked) -> Directives:
        return cache_control(asked.fields) if self._heeds else {}

    def _hit(self, asked: Asked, stored: Stored, said: Directives) -> Told | None:
        """That what is kept may be given out; None when the origin is to be asked first."""
        now = self._asking.now()
        kept = stored.times
        left = kept.left(now)
        if policy.must_validate(stored.fields):
            return None
        if not policy.is_wanted(said, stored.fields, kept, now):
            if left > 0 or _DEMANDS & said.keys():
                return None
            if -left > policy.grace(stored.fields, "stale-while-revalidate"):
                return None
            self._refresh(asked, stored)
        return Told(hit=True, ttl=math.floor(left))

    async def _together(
        self, asked: Asked, stored: Stored | None, told: Told, mark: int
    ) -> tuple[Given, Told]:
        """Ask the origin, unless another request for the same is about to know."""
        url = asked.url
        if await self._flights.waited(url):
            found, _ = await self._keeping.find(asked)
            if found is not None and self._hit(asked, found, self._said(asked)) is not None:
                told.collapsed = True
                return given_of(asked, found, self._asking.now()), told
        leads = not self._flights.under_way(url)
        if leads:
            self._flights.begin(url)
        try:
            return await self._asking.fetch(asked, stored, told, mark)
        finally:
            if leads:
                self._flights.land(url)

    def _refresh(self, asked: Asked, stored: Stored) -> None:
        """Validate behind the back of a client that is answered already; once at a time."""
        url = asked.url
        if url in self._refreshing or self._flights.under_way(url):
            return
        plain = without(asked.fields, (*conditions.CONDITIONS, "range"))
        again = replace(asked, method="GET", fields=plain, inform=None)

        async def refresh() -> None:
            try:
                mark = await self._keeping.mark()
                if mark is not None:
                    # While the origin is away, the stale one lasts until its time is over.
                    with suppress(OriginAway):
                        given, _ = await self._together(again, stored, Told(fwd="stale"), mark)
                        await given.close()
            finally:
                del self._refreshing[url]

        self._refreshing[url] = asyncio.create_task(refresh())


def _around(asked: Asked, said: Directives) -> Told | None:
    """Why a request goes past the cache; None when it does not."""
    if asked.method == "OPTIONS":
        return Told(fwd="method")
    if asked.body is not None or any(first(asked.fields, name) is not None for name in _ORIGINS_OWN):
        # Content of a GET is in no key, so what it brings about is nobody else's.
        return Told(fwd="bypass")
    if "no-store" in said:
        return Told(fwd="request")
    return None
