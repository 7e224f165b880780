"""The cache: a value that holds is given out, one that does not is computed, once."""

from __future__ import annotations

import logging
import math
import random
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from typing import Any, Final, TypeVar

import msgspec

from backstay.kernel.database import Database
from backstay.kernel.errors import BackstayError
from backstay.kernel.observation import current_record
from backstay.systems.cache.contracts import Counts, Key, Kind, Once
from backstay.systems.cache.engines.store import Away, Entry, Leases, Store
from backstay.systems.cache.service.flights import Flight, Flights
from backstay.systems.cache.service.invalidating import EVERYTHING, check_tag
from backstay.systems.cache.service.tail import Tail, tag_of

T = TypeVar("T")
Fill = Callable[[], Awaitable[T]]

_log: Final = logging.getLogger("backstay.cache")
_encoder: Final = msgspec.msgpack.Encoder()
_chance: Final = random.Random()  # noqa: S311 - spreads computations, guards nothing


class Unkept(Exception):
    """Raised by a computation whose result is its caller's alone; nothing older takes its place."""


class Cache:
    """The values of one backend; a unit of work or a reader reaches it by `part(Cache)`."""

    def __init__(self, database: Database, tail: Tail, store: Store, leases: Leases, *, lease: float) -> None:
        """`lease`: seconds after which others go on when a process that computes a value has died."""
        self._database = database
        self._tail = tail
        self.store = store
        self._flights = Flights(leases, lease=lease)
        self.counts: dict[str, Counts] = {}
        """What happened in this process, by kind."""

    async def get_or_fill(
        self, key: Key[T], fill: Fill[T], *, tags: Sequence[str] = (), ttl: float | None = None
    ) -> T:
        """The value that is kept under a key, or what `fill` computes, which is kept then.

        Args:
            key: of `Kind.key`, so it says whose value it is.
            fill: computes the value. It may run for others too, and after the caller has gone.
            tags: what the value is forgotten by; of the key's organization.
            ttl: seconds for which it is fresh, when not as long as its kind; 0 to keep nothing.

        Raises:
            Exception: whatever `fill` raised, when nothing older may be given out instead.
            ValueError: a tag has characters that no tag has.
        """
        counts = self.counts_of(key.kind)
        if key.bypass:
            counts.bypassed += 1
            return await fill()
        started = time.perf_counter_ns()
        kept = await self._find(key)
        trusted = await self._tail.trust()
        now = self._now()
        if kept is not None and trusted and now < kept.stale_until and self._tail.judge(kept):
            value, readable = _decoded(key.kind, kept)
            if readable:
                if now < kept.fresh_until:
                    counts.hits += 1
                    _note("hit", key.kind.name, started)
                    if _early(kept, now, key.kind.early):
                        counts.early += 1
                        self._refresh(key, fill, tags, ttl)
                else:
                    counts.stale += 1
                    _note("stale", key.kind.name, started)
                    self._refresh(key, fill, tags, ttl)
                return value
        counts.misses += 1
        try:
            entry = await self._fly(key, fill, self._names(key, tags), ttl)
        except Exception as failure:
            if kept is None or _answers(failure) or not self._bridges(key.kind, kept):
                raise
            value, readable = _decoded(key.kind, kept)
            if not readable:
                raise
            counts.rescued += 1
            _note("rescued", key.kind.name, started)
            return value
        _note("miss", key.kind.name, started)
        return key.kind.decode(entry.value)

    def counts_of(self, kind: Kind[Any]) -> Counts:
        """What happened to a kind's values in this process."""
        found = self.counts.get(kind.name)
        if found is None:
            found = self.counts[kind.name] = Counts()
        return found

    async def close(self) -> None:
        """End computations that nobody waits for, and let go of the store."""
        await self._flights.close()
        await self.store.close()

    def _bridges(self, kind: Kind[Any], kept: Entry) -> bool:
        """Whether an old value may be given out for want of a new one; one known to be invalidated never."""
        return bool(kind.on_error) and self._now() < kept.keep_until and self._tail.judge(kept)

    async def _find(self, key: Key[Any]) -> Entry | None:
        with suppress(Away):
            return await self.store.get(key.text)
        return None

    def _names(self, key: Key[Any], tags: Sequence[str]) -> tuple[str, ...]:
        organization = key.organization_id.hex
        for tag in tags:
            check_tag(tag)
        return (tag_of(organization, EVERYTHING), *(tag_of(organization, tag) for tag in tags))

    async def _fly(self, key: Key[T], fill: Fill[T], names: tuple[str, ...], ttl: float | None) -> Entry:
        flight = self._flights.under_way(key.text)
        # Whoever comes after an invalidation is not answered by what began before it.
        if flight is not None and self._tail.holds(flight.base, flight.stamps):
            self.counts_of(key.kind).joined += 1
        else:
            flight = self._begin(key, fill, names, ttl, wait=True)
        entry = await flight.result()
        if entry is None:  # a background computation that left it to another process
            return await self._begin(key, fill, names, ttl, wait=True).landed()
        return entry

    def _refresh(self, key: Key[T], fill: Fill[T], tags: Sequence[str], ttl: float | None) -> None:
        if self._flights.under_way(key.text) is None:
            self._begin(key, fill, self._names(key, tags), ttl, wait=False)

    def _begin(
        self, key: Key[T], fill: Fill[T], names: tuple[str, ...], ttl: float | None, *, wait: bool
    ) -> Flight:
        def mark(flight: Flight) -> None:
            flight.base, flight.stamps = self._tail.stamps(names)

        async def compute(flight: Flight) -> Entry:
            mark(flight)
            return await self._compute(key, fill, ttl, flight)

        async def usable(found: Entry) -> bool:
            return await self._usable(key, found)

        return self._flights.begin(
            key.text,
            compute,
            mark,
            usable,
            among_all=key.kind.once is Once.CLUSTER,
            wait=wait,
            failed=lambda error: _log.warning(
                "cache: %s could not be computed: %s", key.kind.name, type(error).__name__
            ),
        )

    async def _compute(self, key: Key[T], fill: Fill[T], ttl: float | None, flight: Flight) -> Entry:
        kind, counts = key.kind, self.counts_of(key.kind)
        counts.fills += 1
        known = self._tail.known
        began = time.perf_counter()
        try:
            value = await fill()
        except Exception:
            counts.failed += 1
            raise
        took = time.perf_counter() - began
        fresh = (kind.absent if value is None else kind.ttl) if ttl is None else ttl
        until = self._now() + fresh
        entry = Entry(
            value=_encoder.encode(value),
            fresh_until=until,
            stale_until=until + kind.stale,
            keep_until=until + max(kind.stale, kind.on_error),
            took=took,
            base=flight.base,
            stamps=flight.stamps,
        )
        if not known or not self._tail.judge(entry):
            counts.discarded += 1
        elif fresh > 0:
            with suppress(Away):
                await self.store.put(key.text, entry, fresh + max(kind.stale, kind.on_error))
        return entry

    async def _usable(self, key: Key[Any], entry: Entry) -> bool:
        """Whether what another process computed is good for who waits here; then it is kept here too."""
        if not await self._tail.trust() or not self._tail.judge(entry) or entry.fresh_until <= self._now():
            return False
        if not _decoded(key.kind, entry)[1]:
            return False
        with suppress(Away):
            await self.store.put(key.text, entry, entry.keep_until - self._now())
        self.counts_of(key.kind).shared += 1
        return True

    def _now(self) -> float:
        return self._database.clock.now().timestamp()


def _answers(failure: Exception) -> bool:
    """Whether an error is what the caller wants to know (that there is no such thing), not an outage."""
    return isinstance(failure, Unkept) or (isinstance(failure, BackstayError) and failure.status < 500)


def _early(entry: Entry, now: float, beta: float) -> bool:
    """Whether to compute a fresh value anew already: likelier near its end, and when it takes long.

    XFetch: Andrea Vattani, Flavio Chierichetti and Keegan Lowenstein, "Optimal Probabilistic Cache
    Stampede Prevention", PVLDB 8(8), 2015.
    """
    left = entry.fresh_until - now
    # Nobody is that unlucky: the logarithm of what `random` can give is above -37.
    if not beta or left > entry.took * beta * 37:
        return False
    return -entry.took * beta * math.log(1.0 - _chance.random()) >= left


def _decoded(kind: Kind[T], entry: Entry) -> tuple[T, bool]:
    """The value, and whether it could be read; an older program may have kept another form."""
    try:
        return kind.decode(entry.value), True
    except msgspec.DecodeError:
        return None, False  # type: ignore[return-value]  # the flag says that there is none


def _note(what: str, kind: str, started: int) -> None:
    if (record := current_record.get()) is not None:
        record.note("note", f"cache {what}", started, {"kind": kind})
