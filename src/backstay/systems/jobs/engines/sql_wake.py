"""How a waiting worker learns of work: told within the process, told by the database, or by looking."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any, Final

from backstay.kernel.actor import SYSTEM
from backstay.kernel.database import Database, DatabaseUnavailable, Statement
from backstay.kernel.errors import BackstayError
from backstay.kernel.tasks import end
from backstay.systems.jobs.engines.sql_crowd import Crowd
from backstay.systems.jobs.queries import reading

POLL: Final = 0.25
"""Seconds between looks: how late a job starts at most whose time has come, for nobody tells of that."""
CHANNEL: Final = "backstay_jobs"
SILENCE: Final = 3.0
"""Seconds without an answer after which the connection that looks for jobs counts as dead."""
_WINDOW: Final = 0.002
"""Seconds within which wake-ups are one notification: NOTIFY locks the whole server when it commits."""


class _Waiter:
    """One who waits, on a loop of its own perhaps."""

    def __init__(self, queues: Sequence[str], loop: asyncio.AbstractEventLoop) -> None:
        self.queues = frozenset(queues)
        self.event = asyncio.Event()
        self.sure = False
        """Whether there is a job, rather than perhaps one."""
        self._loop = loop

    def wake(self) -> None:
        # The loop may have ended.
        with suppress(RuntimeError):
            self._loop.call_soon_threadsafe(self.event.set)


class Waking:
    """Whoever waits in this process."""

    def __init__(
        self,
        database: Database,
        arguments: Callable[[Statement[Any], dict[str, Any]], dict[str, Any]],
        crowd: Crowd,
    ) -> None:
        self._database = database
        self._crowd = crowd
        self._arguments = arguments
        self._waiting: set[_Waiter] = set()
        self._listening: asyncio.Task[None] | None = None
        self._telling: asyncio.Task[None] | None = None
        self._tell_again = False
        self._answered = True
        self._asking: float | None = None
        """Since when a look has been without an answer."""

    def healthy(self) -> bool:
        """Whether the last look was answered, and the present one has not been waiting for long."""
        return self._answered and (self._asking is None or time.monotonic() - self._asking < SILENCE)

    def wake(self, queues: set[str]) -> None:
        """Jobs of these queues may be ready; an empty name stands for any. Other processes are told too."""
        self._wake_here(queues)
        if self._database.dialect == "postgresql":
            self._tell_again = True
            if self._telling is None:
                self._telling = asyncio.create_task(self._tell())

    async def _tell(self) -> None:
        try:
            while self._tell_again:
                self._tell_again = False
                with suppress(BackstayError):
                    await self._database.reader(SYSTEM).all(reading.NOTIFY, channel=CHANNEL)
                await asyncio.sleep(_WINDOW)
        finally:
            self._telling = None

    def _wake_here(self, queues: set[str]) -> None:
        for waiter in list(self._waiting):
            if "" in queues or waiter.queues & queues:
                waiter.sure = True
                waiter.wake()

    def _hear(self) -> None:
        if self._database.dialect == "postgresql":
            self._wake_here({""})
            return
        # On SQLite somebody committed something; that it was a job is worth a look, not a claim.
        for waiter in list(self._waiting):
            waiter.wake()

    async def wait(self, queues: Sequence[str], seconds: float) -> None:
        """Return when told, when a look finds a ready job, or after `seconds`."""
        loop = asyncio.get_running_loop()
        if self._listening is None:
            self._listening = asyncio.create_task(self._database.listen(CHANNEL, self._hear))
        me = _Waiter(queues, loop)
        self._waiting.add(me)
        until = loop.time() + seconds
        try:
            while (left := until - loop.time()) > 0:
                # Whoever waits has just found nothing: so the pause comes before the look.
                with suppress(TimeoutError):
                    async with asyncio.timeout(min(POLL, left)):
                        await me.event.wait()
                if me.sure:
                    return
                me.event.clear()
                if await self._ready(queues):
                    return
        finally:
            self._waiting.discard(me)

    async def _ready(self, queues: Sequence[str]) -> bool:
        self._asking = time.monotonic()
        try:
            if self._crowd.crowded:
                # The look would go from the front of the index; the claim knows where to begin.
                await self._database.ping()
                found = True
            else:
                looked = await self._database.reader(SYSTEM).all(
                    reading.READY, **self._arguments(reading.READY, {"queues": list(queues)})
                )
                found = bool(looked)
        except DatabaseUnavailable:
            self._answered = False
            return False  # the claim that follows a wait says so, to somebody who can act on it
        finally:
            self._asking = None
        self._answered = True
        return found

    async def close(self) -> None:
        """Let everybody go."""
        self._wake_here({""})
        await end(*(task for task in (self._listening, self._telling) if task is not None))
