"""Wake-ups: who waits for jobs is told when some are there. Losing one costs latency, never a job."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Iterable, Sequence
from typing import Final

from backstay.kernel.actor import SYSTEM
from backstay.kernel.database import Database
from backstay.kernel.errors import BackstayError
from backstay.systems.jobs.queries.waking import NOTIFY

CHANNEL: Final = "backstay_jobs"
_WINDOW: Final = 0.002
"""Seconds within which wake-ups are one notification: NOTIFY locks the whole server when it commits."""
_LOOK: Final = 0.1
"""Seconds after which somebody who waits on SQLite looks by himself: other processes cannot ring."""


class Bell:
    """The wake-ups of one process on one database."""

    def __init__(self, database: Database) -> None:
        """Listens from the first wait on."""
        self._database = database
        self._waiting: set[asyncio.Event] = set()
        self._listening: asyncio.Task[None] | None = None
        self._telling: asyncio.Task[None] | None = None
        self._tell_again = False

    @staticmethod
    def time() -> float:
        """Seconds of a clock that nobody sets."""
        return time.monotonic()

    def ring(self, queues: Iterable[str]) -> None:
        """Wake who waits here, and in other processes if the database can tell them."""
        del queues  # one channel for all: a process waits for all its queues anyway
        self._wake()
        if self._database.dialect != "postgresql":
            return
        self._tell_again = True
        if self._telling is None:
            self._telling = asyncio.create_task(self._tell())

    async def _tell(self) -> None:
        try:
            while self._tell_again:
                self._tell_again = False
                with contextlib.suppress(BackstayError):
                    await self._database.reader(SYSTEM).all(NOTIFY, channel=CHANNEL)
                await asyncio.sleep(_WINDOW)
        finally:
            self._telling = None

    def _wake(self) -> None:
        for event in self._waiting:
            event.set()

    async def wait(self, queues: Sequence[str], seconds: float) -> None:
        """Return when the bell rings, or after `seconds` at the latest."""
        del queues
        if self._database.dialect == "sqlite":
            seconds = min(seconds, _LOOK)
        elif self._listening is None:
            self._listening = asyncio.create_task(self._database.listen(CHANNEL, self._wake))
        event = asyncio.Event()
        self._waiting.add(event)
        try:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(event.wait(), seconds)
        finally:
            self._waiting.discard(event)

    async def close(self) -> None:
        """Stop listening."""
        for task in (self._listening, self._telling):
            if task is not None:
                task.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await task
