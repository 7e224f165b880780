"""The relay: brings jobs from the database's commits to Redis, each exactly once.

A row leaves the database only after Redis has the job. What Redis was given it remembers
until the row is gone, so a relay that died in between repeats nothing; and every call
carries a token, so a relay that stood still and woke up after another took over changes
nothing (`lua/move.lua`).
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Sequence
from functools import partial
from typing import Final
from uuid import UUID

import msgspec
from redis.exceptions import RedisError

from backstay.kernel.actor import SYSTEM
from backstay.kernel.database import Database, UnitOfWork
from backstay.kernel.errors import BackstayError
from backstay.kernel.tasks import end
from backstay.systems.jobs.engines.redis.format import arguments_of
from backstay.systems.jobs.engines.redis.scripts import Scripts
from backstay.systems.jobs.engines.store import NewJob
from backstay.systems.jobs.queries import outgoing

_log: Final = logging.getLogger("backstay.jobs")

BATCH: Final = 500
"""Rows brought over in one call."""
LEASE: Final = 5.0
"""Seconds until another relay may take over from one that died at work."""
POLL: Final = 1.0
"""Seconds until the relay looks though nobody woke it: other processes commit too."""
BUSY: Final = 0.02
"""Seconds until it asks again while another process's relay is at work."""
RETRY: Final = 1.0
"""Seconds until it tries again when Redis or the database does not answer."""

decode_job: Final = msgspec.msgpack.Decoder(NewJob).decode
encode_job: Final = msgspec.msgpack.Encoder().encode


class Relay:
    """Moves what `jobs_outgoing` holds; any number may run, one works at a time."""

    def __init__(self, database: Database, scripts: Scripts) -> None:
        self._database = database
        self._scripts = scripts
        self._wanted = asyncio.Event()
        self.healthy = True
        """Whether its latest round ended well."""

    def wake(self) -> None:
        """Something was committed; for `uow.after_commit`."""
        self._wanted.set()

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Relay in the background, as long as the block lasts."""
        task = asyncio.create_task(self._run(), name="jobs-relay")
        try:
            yield
        finally:
            await end(task)

    async def drain(self) -> int | None:
        """Bring over all that there is; how many jobs, or None while another relay is at work.

        Raises:
            StoreUnavailable: Redis does not answer; the rows stay.
            DatabaseUnavailable: the database does not; what was moved is not moved again.
        """
        if not await self._rows(1):
            return 0
        token = await self._scripts.call("relay", ["take", round(LEASE * 1000)])
        if token == 0:
            return None
        moved = 0
        gone: list[UUID] = []
        while rows := await self._rows(BATCH):
            if not await self._move(token, gone, rows):
                return None
            gone = [row.id for row in rows]
            await self._database.run(SYSTEM, partial(_drop, ids=gone))
            moved += len(rows)
        await self._scripts.call("relay", ["leave", token])
        return moved

    async def _rows(self, limit: int) -> list[outgoing.Outgoing]:
        return await self._database.reader(SYSTEM).all(outgoing.OLDEST, limit=limit)

    async def _move(self, token: int, gone: Sequence[UUID], rows: Sequence[outgoing.Outgoing]) -> bool:
        jobs = arguments_of([decode_job(row.job) for row in rows])
        ids = [done.hex for done in gone]
        answer = await self._scripts.call("move", [token, round(LEASE * 1000), len(ids), *ids, *jobs])
        return bool(answer)

    async def _run(self) -> None:
        while True:
            self._wanted.clear()
            pause = POLL
            try:
                if await self.drain() is None:
                    pause = BUSY
                if not self.healthy:
                    _log.info("the relay of jobs to Redis works again")
                self.healthy = True
            except (BackstayError, RedisError) as error:
                if self.healthy:
                    _log.warning("the relay of jobs to Redis waits: %s", type(error).__name__)
                self.healthy = False
                pause = RETRY
            with contextlib.suppress(TimeoutError):
                if pause == POLL:
                    async with asyncio.timeout(pause):
                        await self._wanted.wait()
                else:
                    await asyncio.sleep(pause)


async def _drop(uow: UnitOfWork, *, ids: Sequence[UUID]) -> None:
    await uow.execute_many(outgoing.DROP, [{"id": one} for one in ids])
