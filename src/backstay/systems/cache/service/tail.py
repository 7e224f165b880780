"""What a process knows of invalidations: the judge of whether anything that is kept still holds.

Invalidations are numbered in the order of their commits, and a process reads them from the
database as they come. What it has read within the last `TRUSTED` seconds is enough to judge an
entry: it holds unless one of its tags has a higher number now than when its computation began.
So nothing has to be deleted anywhere in time, no message may be lost, and a computation that
began too early is not believed, whoever keeps its result.
"""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from collections.abc import Sequence
from contextlib import suppress
from typing import Final

from backstay.kernel.actor import SYSTEM
from backstay.kernel.database import Database
from backstay.kernel.errors import BackstayError
from backstay.kernel.tasks import end
from backstay.systems.cache import queries
from backstay.systems.cache.engines.store import Entry

TRUSTED: Final = 0.2
"""Seconds: how old the last look may be, and so how long a value invalidated elsewhere may be given out."""
POLL: Final = 0.08
"""Seconds between looks that nobody asked for."""
_IDLE: Final = 2.0
"""Seconds without a question after which nobody looks until the next one."""
_FORGOTTEN: Final = 1800.0
"""Seconds without a look after which numbers may be missing, for they are removed after an hour."""
REMEMBERED: Final = 20_000
"""Tags whose last numbers are remembered."""

Stamps = tuple[tuple[str, int], ...]


class Tail:
    """The invalidations as one process has read them."""

    def __init__(self, database: Database) -> None:
        """Asks nothing yet."""
        self._database = database
        self.position: int | None = None
        """Every invalidation up to this number is known; None before the first look."""
        self._horizon = 0
        """Of what is older than this number it is not known what has been invalidated since."""
        self._numbers: OrderedDict[str, int] = OrderedDict()
        self._looked = float("-inf")
        self._asked = float("-inf")
        self._looking = asyncio.Lock()
        self._heard = asyncio.Event()
        self.applied = 0
        """Invalidations that this process has heard of."""

    async def trust(self) -> bool:
        """Whether what is known is new enough to judge by; looks when it is not.

        False when the database does not answer.
        """
        now = time.monotonic()
        self._asked = now
        if self._looked + TRUSTED >= now:
            return True
        try:
            await self._look()
        except BackstayError:
            return False
        return True

    def stamps(self, tags: Sequence[str]) -> Stamps:
        """What is known of tags now: to be kept with what is computed from now on."""
        base = self.position or 0
        return tuple((tag, max(base, self._numbers.get(tag, 0))) for tag in tags)

    def holds(self, base: int, stamps: Stamps) -> bool:
        """Whether none of the tags was invalidated since, as far as is known."""
        if base < self._horizon:
            return False
        numbers = self._numbers
        return all(numbers.get(tag, 0) <= stamp for tag, stamp in stamps)

    def judge(self, entry: Entry) -> bool:
        """Whether an entry holds."""
        return self.holds(entry.base, entry.stamps)

    def apply(self, tag: str, revision: int) -> None:
        """A tag was invalidated; in any order."""
        known = self._numbers.get(tag, 0)
        if revision <= known:
            return
        self.applied += 1
        self._numbers[tag] = revision
        self._numbers.move_to_end(tag)
        if len(self._numbers) > REMEMBERED:
            _, number = self._numbers.popitem(last=False)
            self._horizon = max(self._horizon, number)

    def hear(self) -> None:
        """Somebody may have committed: look soon."""
        self._heard.set()

    async def follow(self) -> None:
        """Look again and again while there is use for it, until cancelled."""
        listening = asyncio.create_task(self._database.listen(queries.CHANNEL, self.hear))
        try:
            while True:
                self._heard.clear()
                if self._asked + _IDLE >= time.monotonic():
                    # While the database is away nothing is trusted; this goes on trying.
                    with suppress(BackstayError):
                        await self._look()
                with suppress(TimeoutError):
                    async with asyncio.timeout(POLL):
                        await self._heard.wait()
        finally:
            await end(listening)

    async def _look(self) -> None:
        asked = time.monotonic()
        async with self._looking:
            began = time.monotonic()
            if self._looked >= asked:
                return  # somebody has looked meanwhile
            if self.position is None or began - self._looked > _FORGOTTEN:
                await self._begin()
            else:
                await self._catch_up(self.position)
            self._looked = began

    async def _begin(self) -> None:
        reader = self._database.reader(SYSTEM)
        position = await reader.first(queries.REVISION) or 0
        found = await reader.all(queries.LATEST, until=position, limit=REMEMBERED)
        self._numbers.clear()
        self._horizon = found[-1].revision - 1 if found else position
        for change in reversed(found):
            self.apply(tag_of(change.organization_id.hex, change.tag), change.revision)
        self.position = position

    async def _catch_up(self, position: int) -> None:
        reader = self._database.reader(SYSTEM)
        while changes := await reader.all(queries.CHANGES, after=position):
            for change in changes:
                self.apply(tag_of(change.organization_id.hex, change.tag), change.revision)
            position = self.position = changes[-1].revision


def tag_of(organization: str, tag: str) -> str:
    """A tag as it is compared: organizations do not share any."""
    return f"{organization}:{tag}"
