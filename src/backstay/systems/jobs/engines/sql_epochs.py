"""Epochs: how claims on PostgreSQL stay clear of the jobs that were claimed before.

A claim leaves its jobs' entries in the index of ready jobs until a vacuum, and no vacuum removes what a
transaction that is still open might see. One that stays open for long (a forgotten session, a dump) would
make every claim walk over all that was claimed since. So a job becomes ready in the newest epoch, which leads
the index, and claims look into the epochs in use only. While dead rows pile up a new epoch is begun for each
`EPOCH` of them, and one that is no longer the newest is retired when nothing in it is ready.

A transaction that took its jobs' epoch before it was retired and commits afterwards leaves strays: they are
looked for beside the claims and moved to the newest epoch, as often as what that costs allows.
"""

from __future__ import annotations

import time
from itertools import pairwise
from typing import Final

from backstay.kernel.actor import SYSTEM
from backstay.kernel.database import Database, UnitOfWork
from backstay.systems.jobs.engines.sql_claim import Arguments
from backstay.systems.jobs.engines.sql_rows import SECOND
from backstay.systems.jobs.queries import epochs, reading

EPOCH: Final = 10_000
"""Dead rows, two of each job that has ended, until the next epoch is begun."""
MOST: Final = 8
"""Epochs in use at most, for a claim looks into each: a backlog, or a paused queue, keeps one in use."""
_EVERY: Final = 2.0
"""Seconds between looks at how many dead rows there are."""
_SHARE: Final = 20.0
"""Times as long as a look for strays took, at least, until the next."""
_LATE: Final = 5 * SECOND
"""That a transaction may take from making a job ready to its commit without leaving a stray."""
_STRAYS: Final = 1000
"""Moved in one transaction."""


class Epochs:
    """What one process does for the epochs of all."""

    def __init__(self, database: Database, arguments: Arguments) -> None:
        self._database = database
        self._arguments = arguments
        self._look_at = 0.0 if database.dialect == "postgresql" else float("inf")
        self._strays_at = 0.0
        self._many = True

    async def tend(self) -> set[str]:
        """Begin, open and retire epochs where it is time; the queues of strays that are ready now."""
        now = time.monotonic()
        if now < self._look_at:
            return set()
        self._look_at = now + _EVERY
        dead = await self._database.reader(SYSTEM).one(reading.DEAD_ROWS)
        if dead < EPOCH and not self._many:
            return set()
        return await self._database.run(SYSTEM, lambda uow: self._tend(uow, dead))

    async def _tend(self, uow: UnitOfWork, dead: int) -> set[str]:
        if not await uow.one(epochs.TRY_LOCK):
            return set()
        live = await uow.all(epochs.LIVE, **self._arguments(epochs.LIVE, {}))
        last, newest = live[-1], live[-1].newest
        self._many = last.epoch > 0
        if last.epoch > newest:
            # Made in an earlier commit, so that every claim from now on looks into it.
            while newest < last.epoch:
                newest = await uow.one(epochs.OPEN)
            noted = self._arguments(epochs.NOTE_OPEN, {"epoch": newest})
            await uow.execute(epochs.NOTE_OPEN, **noted)
        elif dead < last.dead:
            await uow.execute(epochs.RECOUNT, epoch=last.epoch, dead=dead)
        elif dead - last.dead >= EPOCH and len(live) < MOST:
            await uow.execute(epochs.MAKE, epoch=last.epoch + 1, dead=dead)
            self._look_at, self._many = 0.0, True
        for one, next_ in pairwise(live):
            over = next_.opened_at is not None and next_.opened_at <= next_.now - _LATE
            if over and await uow.first(epochs.READY, epoch=one.epoch) is None:
                await uow.execute(epochs.RETIRE, epoch=one.epoch)
        return await self._move_strays(uow, newest)

    async def _move_strays(self, uow: UnitOfWork, newest: int) -> set[str]:
        began = time.monotonic()
        if not newest or began < self._strays_at:
            return set()
        moved = await uow.all(epochs.MOVE_STRAYS, newest=newest, limit=_STRAYS)
        self._strays_at = time.monotonic() + _SHARE * (time.monotonic() - began)
        return set(moved)
