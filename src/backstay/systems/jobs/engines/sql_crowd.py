"""Where a claim begins to look when the front of the index is crowded with what is no longer ready.

A claim leaves its jobs' entries in PostgreSQL's index of ready jobs until a vacuum, and no vacuum removes
what a transaction that is still open might see. One that stays open for long (a forgotten session, a dump)
makes every look from the front walk over all that was claimed since: a million jobs, a third of a second.

So while there are very many, a claim begins where the last one ended, and looks from the front only now and
then. What it passes over in between, never for longer than `Mark.until` says: jobs of the same urgency whose
ids are smaller than those taken last (retries, commits that came late) or whose organization sorts before.
More urgent ones are always seen.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID

from msgspec import Struct

from backstay.kernel.actor import SYSTEM
from backstay.kernel.database import Database
from backstay.systems.jobs.engines.sql_rows import SECOND
from backstay.systems.jobs.queries import reading
from backstay.systems.jobs.queries.rows import TakenRow

CROWD: Final = 20_000
"""Dead rows from which on a walk over them costs more than a claim of a hundred jobs."""
_EVERY: Final = 5.0
"""Seconds between looks at how many there are."""
_LEAST: Final = 0.25
"""Seconds between looks from the front, at least."""
_SHARE: Final = 20.0
"""Times as long as a look from the front took, at least, until the next."""

_ALL_LEASES: Final = 60.0
"""Seconds between looks for every lease that has ended."""
_LATE: Final = 60 * SECOND
"""Of the store's time, that the commit of a claim may take."""

Place = tuple[int, UUID, UUID]
"""In the index: priority, organization, job."""
FRONT: Final[Place] = (-1, UUID(int=0), UUID(int=0))


class Mark(Struct):
    """Where claims of some queues begin."""

    place: Place
    until: float
    """When the next look goes from the front, by the monotonic clock."""


class Crowd:
    """What one process knows of the front of the index."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._marks: dict[tuple[str, ...], Mark] = {}
        self._swept = 0
        self._sweep_at = 0.0
        self._look_at = 0.0 if database.dialect == "postgresql" else float("inf")
        self.crowded = False

    async def look(self) -> None:
        """Learn, now and then, how many dead rows there are."""
        now = time.monotonic()
        if now < self._look_at:
            return
        self._look_at = now + _EVERY
        self.crowded = await self._database.reader(SYSTEM).one(reading.DEAD_ROWS) >= CROWD
        if not self.crowded:
            self._marks.clear()

    def begin(self, queues: Sequence[str]) -> Place:
        """Where a claim of these queues begins now."""
        mark = self._marks.get(tuple(queues))
        return FRONT if mark is None or time.monotonic() >= mark.until else mark.place

    def note(self, queues: Sequence[str], begun: Place, seconds: float, taken: Sequence[TakenRow]) -> None:
        """A claim that began there took so long, and these jobs, all of one priority."""
        if not self.crowded:
            return
        mark = self._marks.setdefault(tuple(queues), Mark(FRONT, 0.0))
        if begun == FRONT:
            mark.until = time.monotonic() + max(_LEAST, _SHARE * seconds)
        if taken:
            first = min(row.organization_id for row in taken)
            last = max(row.id for row in taken if row.organization_id == first)
            mark.place = (taken[0].priority, first, last)

    def expired_since(self, now: int) -> int:
        """After which moment a lease must have ended to be looked for, at this moment; 0: whenever.

        The leases that ended before were looked for in the last sweep. Ends of leases lie ahead when they
        are written, and the server's clock may have been set back: so all are looked for now and then.
        """
        moment = time.monotonic()
        if not self.crowded or moment >= self._sweep_at or now < self._swept:
            self._sweep_at = moment + _ALL_LEASES
            return 0
        return self._swept - _LATE

    def note_sweep(self, now: int) -> None:
        """Every lease that had ended at this moment was found."""
        self._swept = now


def arguments(place: Place) -> dict[str, Any]:
    """The place, as the statements take it."""
    priority, organization, job = place
    return {"from_priority": priority, "from_organization": organization, "from_id": job}
