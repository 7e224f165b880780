"""Asking the origin, and what its answer leaves behind."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Final, Protocol, Self
from urllib.parse import urljoin, urlsplit

from backstay.kernel.clock import Clock
from backstay.systems.httpcache.contracts import Asked, Fields, Given
from backstay.systems.httpcache.errors import OriginAway
from backstay.systems.httpcache.service import conditions, dates, policy
from backstay.systems.httpcache.service.fields import first
from backstay.systems.httpcache.service.flights import Flights
from backstay.systems.httpcache.service.freshening import confirmed, validating
from backstay.systems.httpcache.service.giving import given_of
from backstay.systems.httpcache.service.keeping import Keeping, Stored
from backstay.systems.httpcache.service.status import Told
from backstay.systems.httpcache.settings import HttpCacheSettings

_ONES_OWN: Final = frozenset({"no-store", "private", "set-cookie", "vary"})
"""Why an answer is not kept, when it is the answer's doing rather than the request's."""


class Origin(Protocol):
    """Where answers come from."""

    async def send(self, asked: Asked) -> Given:
        """The origin's answer, whose body may still be on its way.

        Raises:
            OriginAway: there is none.
        """
        ...


class Asking:
    """Asks the origin on behalf of the cache."""

    def __init__(
        self, origin: Origin, keeping: Keeping, flights: Flights, settings: HttpCacheSettings, clock: Clock
    ) -> None:
        """Asks nothing yet."""
        self._origin = origin
        self._keeping = keeping
        self._flights = flights
        self._settings = settings
        self._clock = clock

    def now(self) -> float:
        """Seconds since 1970."""
        return self._clock.now().timestamp()

    async def plainly(self, asked: Asked, told: Told) -> tuple[Given, Told]:
        """The origin's answer, of which nothing is kept."""
        given = await self._origin.send(asked)
        told.fwd_status = given.status
        return given, told

    async def fetch(self, asked: Asked, stored: Stored | None, told: Told, mark: int) -> tuple[Given, Told]:
        """The origin's answer to a GET, kept if it may be; or what is kept, if the origin confirms it."""
        began = self.now()
        try:
            given = await self._origin.send(asked if stored is None else validating(asked, stored))
        except OriginAway:
            if stored is None or not self._rescues(stored, None):
                raise
            told.detail = "origin-away"
            return given_of(asked, stored, self.now()), told
        came = self.now()
        told.fwd_status = given.status
        if stored is not None and given.status == 304:
            fresh = confirmed(stored, given.fields, asked=began, came=came)
            if fresh is None:
                # It confirms another answer than the one that was asked about.
                return await self.fetch(asked, None, told, mark)
            return await self._freshened(asked, fresh, given, told, mark), told
        if stored is not None and self._rescues(stored, given.status):
            await given.close()
            return given_of(asked, stored, self.now()), told
        told.detail = policy.may_store(asked, given.status, given.fields)
        if told.detail is not None:
            if told.detail in _ONES_OWN:
                await self._keeping.forget(asked)
                self._flights.set_apart(asked.url)
            self._flights.land(asked.url)
            return given, told
        body = await self._whole(given, told)
        if body is None:
            self._flights.set_apart(asked.url)
            return given, told
        kept = Stored(given.status, _dated(policy.stored_fields(given.fields), came), body, began, came)
        told.stored = await self._keeping.keep(asked, kept, mark=mark)
        if stored is not None:  # the client's conditions and range were not sent on
            return conditions.narrowed(asked.method, asked.fields, kept.status, kept.fields, body, came), told
        return given, told

    async def head(self, asked: Asked, stored: Stored | None, told: Told) -> tuple[Given, Told]:
        """The origin's answer to a HEAD; what is kept goes when it is another one now (RFC 9111, 4.3.5)."""
        given, _ = await self.plainly(asked, told)
        if stored is not None and given.status == 200:
            for name in ("etag", "last-modified", "content-length"):
                told_now = first(given.fields, name)
                if told_now is not None and told_now != first(stored.fields, name):
                    await self._keeping.forget(asked)
                    break
        return given, told

    async def change(self, asked: Asked) -> tuple[Given, Told]:
        """The origin's answer to what may change something: what is kept of it goes (RFC 9111, 4.4)."""
        given, told = await self.plainly(asked, Told(fwd="method"))
        if 200 <= given.status < 400:
            now = self.now()
            for place in _changed(asked, given.fields):
                self._flights.land(place)
                await self._keeping.void(place, now)
            await self._keep_posted(asked, given, told)
        return given, told

    async def _freshened(self, asked: Asked, fresh: Stored, given: Given, told: Told, mark: int) -> Given:
        # What now says that it may not be kept is not; its client is told all that the 304 said.
        if policy.may_store(asked, fresh.status, [*fresh.fields, *given.fields]) is None:
            told.stored = await self._keeping.keep(asked, fresh, mark=mark)
        else:
            await self._keeping.forget(asked)
        answer = given_of(asked, fresh, self.now())
        answer.fields = [*answer.fields, *(one for one in given.fields if one[0] == "set-cookie")]
        return answer

    def _rescues(self, stored: Stored, status: int | None) -> bool:
        """Whether a stale answer may be given out instead of an error's, or of none."""
        if status is not None and status not in policy.ERRORS:
            return False
        if not policy.may_be_stale(stored.fields):
            return False
        allowed = policy.grace(stored.fields, "stale-if-error")
        if status is None:
            allowed = max(allowed, self._settings.rescue)
        return -stored.times.left(self.now()) < allowed

    async def _whole(self, given: Given, told: Told) -> bytes | None:
        """All of the content; None when it is too large, and then it can be read from its beginning still."""
        if isinstance(given.body, bytes):
            return given.body
        body = bytearray()
        async for piece in given.body:
            body += piece
            if len(body) > self._settings.largest:
                told.detail = "too-large"
                given.body = _Continued(bytes(body), given.body)
                return None
        given.body = bytes(body)
        return given.body

    async def _keep_posted(self, asked: Asked, given: Given, told: Told) -> None:
        """Keep what answers a POST, if it says that a GET would be answered so (RFC 9110, 9.3.3)."""
        place = first(given.fields, "content-location")
        if (
            asked.method != "POST"
            or given.status != 200
            or place is None
            or urljoin(asked.url, place) != asked.url
            or not policy.is_explicit(given.fields)
            or policy.may_store(asked, 200, given.fields) is not None
        ):
            return
        mark = await self._keeping.mark()
        body = await self._whole(given, told)
        if mark is not None and body is not None:
            came = self.now() + _AFTER
            fields = _dated(policy.stored_fields(given.fields), came)
            told.stored = await self._keeping.keep(asked, Stored(200, fields, body, came, came), mark=mark)


_AFTER: Final = 1e-3
"""Seconds: what answers a change is newer than the change."""


class _Continued:
    """The content of an answer, from its beginning although some of it was read."""

    def __init__(self, begun: bytes, rest: AsyncIterator[bytes]) -> None:
        self._begun: bytes | None = begun
        self._rest = rest

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> bytes:
        begun, self._begun = self._begun, None
        return begun if begun is not None else await anext(self._rest)

    async def aclose(self) -> None:
        """Read no more of it."""
        await Given(status=0, fields=[], body=self._rest).close()


def _changed(asked: Asked, fields: Fields) -> set[str]:
    """The addresses that a change has made old: its own, and those it names on the same host."""
    named = {first(fields, "location"), first(fields, "content-location")} - {None}
    places = {urljoin(asked.url, str(name)).partition("#")[0] for name in named}
    own = urlsplit(asked.url)[:2]
    # Another host's addresses are not for this one to empty.
    return {asked.url} | {place for place in places if urlsplit(place)[:2] == own}


def _dated(fields: Fields, came: float) -> Fields:
    return fields if first(fields, "date") is not None else [*fields, ("date", dates.written(came))]
