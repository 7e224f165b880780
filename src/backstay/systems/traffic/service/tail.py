"""Following the log live: one reader of the database a process, however many people watch."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final
from uuid import UUID

from backstay.kernel.actor import SYSTEM, Actor
from backstay.kernel.errors import BackstayError
from backstay.kernel.ids import uuid7
from backstay.kernel.telemetry import get_logger
from backstay.systems.traffic import queries
from backstay.systems.traffic.contracts import OPERATE, Skipped
from backstay.systems.traffic.service.rows import id_at

if TYPE_CHECKING:
    from backstay.kernel.backend import Backend

POLL_EVERY: Final = 0.3
"""Seconds between looks at the log while somebody watches."""
OVERLAP: Final = timedelta(seconds=3)
"""How far each look goes back: batches of other processes arrive a little out of order."""
MAX_WAITING: Final = 500
"""Lines kept for a slow watcher; beyond that the oldest are skipped, and the watcher is told."""
_MOST: Final = 1_000

_log = get_logger("backstay.traffic")


class Watcher:
    """One person's view: lines wait here until they are sent."""

    def __init__(self, actor: Actor) -> None:
        self._organization = actor.organization_id
        self._operator = actor.may(OPERATE)
        self._waiting: deque[queries.Logged] = deque(maxlen=MAX_WAITING)
        self._wake = asyncio.Event()
        self._skipped = 0

    def offer(self, line: queries.Logged) -> None:
        """Take a line if this person may see it."""
        if self._operator or line.organization_id == self._organization:
            if len(self._waiting) == MAX_WAITING:
                self._skipped += 1
            self._waiting.append(line)
            self._wake.set()

    async def lines(self) -> AsyncIterator[queries.Logged | Skipped]:
        """Lines as they come, for ever; where some were skipped, how many."""
        while True:
            while self._waiting:
                if self._skipped:
                    skipped, self._skipped = self._skipped, 0
                    yield Skipped(skipped)
                yield self._waiting.popleft()
            self._wake.clear()
            await self._wake.wait()


class Tail:
    """Looks at the log while anyone watches, and hands new lines to every watcher."""

    def __init__(self, backend: Backend) -> None:
        self._database = backend.database
        self._watchers: set[Watcher] = set()
        self._wake = asyncio.Event()
        self._reading = asyncio.Lock()
        self._sent: set[UUID] = set()
        self._looked_at: datetime | None = None
        """When the last look that succeeded began; None while nobody watches."""

    @asynccontextmanager
    async def watch(self, actor: Actor) -> AsyncIterator[Watcher]:
        """Watch from now on.

        Raises:
            BackstayError: the database does not answer.
        """
        watcher = Watcher(actor)
        async with self._reading:
            if not self._watchers:
                self._looked_at = None
                self._sent.clear()
            # What is there already is not news to this one, and still is to the others.
            await self._look()
            self._watchers.add(watcher)
        self._wake.set()
        try:
            yield watcher
        finally:
            self._watchers.discard(watcher)

    async def run(self) -> None:
        """Follow the log until cancelled; rests while nobody watches."""
        while True:
            if not self._watchers:
                self._wake.clear()
                await self._wake.wait()
            try:
                async with self._reading:
                    if self._watchers:
                        await self._look()
            except BackstayError:
                await asyncio.sleep(1)  # the database is away; watchers stay and catch up
            except Exception:  # noqa: BLE001 - a bug here must not end the stream for everyone
                _log.exception("following the request log failed")
                await asyncio.sleep(1)
            await asyncio.sleep(POLL_EVERY)

    async def _look(self) -> None:
        # The time in new ids, because it is ids that are compared, and nothing moves it by hand.
        now = datetime.fromtimestamp((uuid7().int >> 80) / 1000, UTC)
        after = id_at((self._looked_at or now) - OVERLAP)
        reader = self._database.reader(SYSTEM)
        while True:
            lines = await reader.all(queries.AFTER, after=after, limit=_MOST)
            for line in lines:
                if line.id not in self._sent:
                    self._sent.add(line.id)
                    for watcher in self._watchers:
                        watcher.offer(line)
            if len(lines) < _MOST:
                break
            after = lines[-1].id
        self._looked_at = now
        oldest = id_at(now - 2 * OVERLAP)
        self._sent = {seen for seen in self._sent if seen >= oldest}
