"""How a waiting worker learns of work: told within the process, told by PostgreSQL, or by looking."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any, Final

from backstay.kernel.actor import SYSTEM
from backstay.kernel.database import Database, DatabaseUnavailable, Statement
from backstay.kernel.errors import BackstayError
from backstay.systems.jobs.queries import reading

POLL: Final = {"sqlite": 0.02, "postgresql": 0.25}
"""Seconds between looks: how late a job of another process starts at most, if nobody tells of it."""
CHANNEL: Final = "backstay_jobs"
_WINDOW: Final = 0.002
"""Seconds within which wake-ups are one notification: NOTIFY locks the whole server when it commits."""


class Waking:
    """Whoever waits in this process."""

    def __init__(
        self,
        database: Database,
        arguments: Callable[[Statement[Any], dict[str, Any]], dict[str, Any]],
    ) -> None:
        self._database = database
        self._arguments = arguments
        self._waiting: set[tuple[frozenset[str], asyncio.AbstractEventLoop, asyncio.Event]] = set()
        self._listening: asyncio.Task[None] | None = None
        self._telling: asyncio.Task[None] | None = None
        self._tell_again = False

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
        for wanted, loop, event in list(self._waiting):
            if "" in queues or wanted & queues:
                # The waiter may be of another thread's loop, and that loop may have ended.
                with suppress(RuntimeError):
                    loop.call_soon_threadsafe(event.set)

    async def wait(self, queues: Sequence[str], seconds: float) -> None:
        """Return when told, when a look finds a ready job, or after `seconds`."""
        loop = asyncio.get_running_loop()
        if self._listening is None and self._database.dialect == "postgresql":
            self._listening = asyncio.create_task(
                self._database.listen(CHANNEL, lambda: self._wake_here({""}))
            )
        event = asyncio.Event()
        me = (frozenset(queues), loop, event)
        self._waiting.add(me)
        until = loop.time() + seconds
        try:
            while not event.is_set() and (left := until - loop.time()) > 0:
                # Whoever waits has just found nothing: so the pause comes before the look.
                with suppress(TimeoutError):
                    await asyncio.wait_for(event.wait(), min(POLL[self._database.dialect], left))
                    return
                if await self._ready(queues):
                    return
        finally:
            self._waiting.discard(me)

    async def _ready(self, queues: Sequence[str]) -> bool:
        try:
            found = await self._database.reader(SYSTEM).all(
                reading.READY, **self._arguments(reading.READY, {"queues": list(queues)})
            )
        except DatabaseUnavailable:
            return False  # the claim that follows a wait says so, to somebody who can act on it
        return bool(found)

    async def close(self) -> None:
        """Let everybody go."""
        self._wake_here({""})
        for task in (self._listening, self._telling):
            if task is not None:
                task.cancel()
                with suppress(asyncio.CancelledError):
                    await task
