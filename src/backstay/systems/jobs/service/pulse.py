"""The jobs in numbers, live: one look at the store a process and second, however many people watch."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Final

from msgspec import Struct

from backstay.kernel.errors import BackstayError
from backstay.systems.jobs.engines.store import Store
from backstay.systems.jobs.engines.views import MinuteCount, QueueState
from backstay.systems.jobs.service.breakers import Breakers
from backstay.systems.jobs.service.looking import queues_of, waiting_of
from backstay.systems.jobs.service.registry import Registry
from backstay.systems.jobs.service.views import BreakerInfo, Waiting

EVERY: Final = 1.0
"""Seconds between looks while somebody watches."""
_REST: Final = 10
"""Times as long as a look took, at least, until the next: counting very many jobs must not busy a store."""
_RECENT: Final = 120.0
"""Seconds of ended jobs that each look tells: this minute and the one before."""
_STARVING: Final = 20
"""Of those who wait, the longest."""


class Beat(Struct, frozen=True):
    """One look at the jobs."""

    queues: list[QueueState]
    minutes: list[MinuteCount]
    """Of this minute and the one before."""
    waiting: list[Waiting]
    """Who waits the longest."""
    breakers: list[BreakerInfo]
    """Kinds whose jobs wait because too many of them failed."""


class Pulse:
    """Looks while anyone watches."""

    def __init__(self, store: Store, registry: Registry, breakers: Breakers) -> None:
        self._store = store
        self._registry = registry
        self._breakers = breakers
        self._watching = 0
        self._wake = asyncio.Event()
        self._beaten = asyncio.Condition()
        self._beat: Beat | None = None
        self._number = 0

    @asynccontextmanager
    async def watch(self) -> AsyncIterator[AsyncIterator[Beat]]:
        """Watch: the beats from now on, those missed by a slow reader left out."""
        self._watching += 1
        self._wake.set()
        try:
            yield self._beats()
        finally:
            self._watching -= 1

    async def _beats(self) -> AsyncIterator[Beat]:
        seen = self._number
        while True:
            async with self._beaten:
                while self._number == seen:
                    await self._beaten.wait()
                seen, beat = self._number, self._beat
            if beat is not None:
                yield beat

    async def run(self) -> None:
        """Look at the store until cancelled; rests while nobody watches."""
        while True:
            if not self._watching:
                self._wake.clear()
                await self._wake.wait()
            began = time.monotonic()
            # While the store is away, who watches sees it by the silence.
            with suppress(BackstayError):
                await self.look()
            await asyncio.sleep(max(EVERY, _REST * (time.monotonic() - began)))

    async def look(self) -> None:
        """Look once, and tell everybody who watches."""
        queues = await queues_of(self._store, self._registry)
        waiting = waiting_of(queues, await self._store.shares())[:_STARVING]
        minutes, breakers = await self._store.minutes(_RECENT), await self._breakers.show()
        beat = Beat(queues, minutes, waiting, breakers)
        async with self._beaten:
            self._beat = beat
            self._number += 1
            self._beaten.notify_all()
