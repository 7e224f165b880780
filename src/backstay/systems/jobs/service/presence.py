"""Workers tell of themselves, so that jobs which nobody is there to run are noticed."""

from __future__ import annotations

import asyncio
import resource
import socket
import sys
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from typing import Final

import msgspec

from backstay.kernel.errors import BackstayError
from backstay.systems.jobs.queries import workers
from backstay.systems.jobs.queries.workers import WorkerRow
from backstay.systems.jobs.service.books import Books, moment
from backstay.systems.jobs.service.views import WorkerInfo

_SECOND: Final = 1_000_000
_SHOWN: Final = 3600 * _SECOND
"""How long a worker that died is still shown among the others."""
_KEPT: Final = 7 * 24 * 3600 * _SECOND
"""How long it is remembered, for the jobs that it died with."""
_KIBIBYTE: Final = 1 if sys.platform == "darwin" else 1024
"""The unit of `ru_maxrss`."""
_queues = msgspec.json.Decoder(list[str])


def name_of(pid: int) -> str:
    """What the worker of this machine with this process id is called."""
    return f"{socket.gethostname()}:{pid}"


class Presence(Books):
    """Who runs jobs; in the database always."""

    async def beat(
        self, name: str, *, queues: Sequence[str], places: int, running: int, lease: float
    ) -> None:
        """Tell of a worker that is believed to live for `lease` seconds from now."""
        await self._change(
            workers.BEAT,
            name=name,
            queues=msgspec.json.encode(list(queues)).decode(),
            places=places,
            running=running,
            memory=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * _KIBIBYTE,
            lease=round(lease * _SECOND),
        )

    async def ended(self, name: str, how: str) -> None:
        """Tell of a worker whose process is gone how that ended."""
        await self._change(workers.ENDED, name=name, how=how)

    async def leave(self, name: str) -> None:
        """Tell that a worker has ended."""
        await self._change(workers.LEAVE, name=name)

    async def forget(self) -> None:
        """Forget workers that died long ago without a word."""
        await self._change(workers.FORGET, kept=_KEPT)

    async def show(self) -> list[WorkerInfo]:
        """Every worker that is heard of, and those that fell silent within the hour; by name."""
        return [_info(row) for row in await self._all(workers.SHOWN, silent=_SHOWN)]

    async def remembered(self, names: Iterable[str]) -> list[WorkerInfo]:
        """Those of these workers that are still known, in this order."""
        found = [await self._all(workers.NAMED, name=name) for name in names]
        return [_info(row) for rows in found for row in rows]

    async def live(
        self, name: str, *, queues: Sequence[str], places: int, running: Callable[[], int], lease: float
    ) -> None:
        """Give signs of life until cancelled, and then leave; a database that is away is no matter."""
        try:
            while True:
                with suppress(BackstayError):
                    await self.beat(name, queues=queues, places=places, running=running(), lease=lease)
                    await self.forget()
                await asyncio.sleep(lease / 3)
        finally:
            with suppress(BackstayError):
                await self.leave(name)


def _info(row: WorkerRow) -> WorkerInfo:
    return WorkerInfo(
        name=row.name,
        queues=_queues.decode(row.queues),
        places=row.places,
        running=row.running,
        started_at=moment(row.started_at),
        seen_at=moment(row.seen_at),
        alive=row.until > row.now,
        memory=row.memory,
        ended=row.ended,
    )
