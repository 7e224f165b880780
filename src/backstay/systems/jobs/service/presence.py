"""Workers tell of themselves, so that jobs which nobody is there to run are noticed."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Final

import msgspec

from backstay.kernel.errors import BackstayError
from backstay.systems.jobs.queries import workers
from backstay.systems.jobs.service.books import Books, moment
from backstay.systems.jobs.service.views import WorkerInfo

_SECOND: Final = 1_000_000
_KEPT: Final = 3600 * _SECOND
"""How long a worker that died is still shown."""
_queues = msgspec.json.Decoder(list[str])


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
            lease=round(lease * _SECOND),
        )

    async def leave(self, name: str) -> None:
        """Tell that a worker has ended."""
        await self._change(workers.LEAVE, name=name)

    async def forget(self) -> None:
        """Forget workers that died long ago without a word."""
        await self._change(workers.FORGET, kept=_KEPT)

    async def show(self) -> list[WorkerInfo]:
        """Every worker that is heard of, and those that fell silent within the hour; by name."""
        return [
            WorkerInfo(
                name=row.name,
                queues=_queues.decode(row.queues),
                places=row.places,
                running=row.running,
                started_at=moment(row.started_at),
                seen_at=moment(row.seen_at),
                alive=row.until > row.now,
            )
            for row in await self._all(workers.ALL)
        ]

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
