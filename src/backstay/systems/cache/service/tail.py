"""What a process knows of invalidations: the judge of whether anything that is kept still holds.

Invalidations are numbered in the order of their commits, for each shard of the organizations by
itself, and a process reads them from the database as they come. An entry's tags are all of one
organization, so its numbers are all of one shard. What was read within the last `TRUSTED` seconds is
enough to judge it: it holds unless one of its tags has a higher number now than when its computation began.
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
from backstay.systems.cache.tables import SHARDS

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

_AFTER: Final = [f"after_{shard}" for shard in range(SHARDS)]

Stamps = tuple[tuple[str, int], ...]


class Tail:
    """The invalidations as one process has read them."""

    def __init__(self, database: Database) -> None:
        """Asks nothing yet."""
        self._database = database
        self.known = False
        """Whether it has ever looked."""
        self._positions = [0] * SHARDS
        """Of each shard every invalidation up to this number is known."""
        self._horizons = [0] * SHARDS
        """Of what is older than this number of its shard it is not known what has been invalidated since."""
        self._newest = [0] * SHARDS
        """Of each shard the highest number that is known, perhaps of this process's own commit and beyond
        its position. Numbers of a shard are committed in their order, so what begins now begins after all
        below it."""
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

    def stamps(self, tags: Sequence[str]) -> tuple[int, Stamps]:
        """What is known now of the tags of one organization: to be kept with what is computed from now on."""
        base = self._positions[shard_of(tags[0])]
        return base, tuple((tag, max(base, self._numbers.get(tag, 0))) for tag in tags)

    def newest(self, organization: str) -> int:
        """The highest number known in the shard of an organization, by its id in hex."""
        shard = shard_of(organization)
        return max(self._positions[shard], self._newest[shard])

    def holds(self, base: int, stamps: Stamps) -> bool:
        """Whether none of the tags was invalidated since, as far as is known."""
        if base < self._horizons[shard_of(stamps[0][0])]:
            return False
        numbers = self._numbers
        return all(numbers.get(tag, 0) <= stamp for tag, stamp in stamps)

    def judge(self, entry: Entry) -> bool:
        """Whether an entry holds."""
        return self.holds(entry.base, entry.stamps)

    def apply(self, tag: str, revision: int) -> None:
        """A tag was invalidated; in any order."""
        shard = shard_of(tag)
        self._newest[shard] = max(self._newest[shard], revision)
        known = self._numbers.get(tag, 0)
        if revision <= known:
            return
        self.applied += 1
        self._numbers[tag] = revision
        self._numbers.move_to_end(tag)
        if len(self._numbers) > REMEMBERED:
            forgotten, number = self._numbers.popitem(last=False)
            behind = shard_of(forgotten)
            self._horizons[behind] = max(self._horizons[behind], number)

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
            if not self.known or began - self._looked > _FORGOTTEN:
                await self._begin()
            await self._catch_up()
            self._looked = began

    async def _begin(self) -> None:
        reader = self._database.reader(SYSTEM)
        heads = await reader.all(queries.HEADS)
        found = {
            head.shard: await reader.all(
                queries.LATEST, shard=head.shard, until=head.value, limit=REMEMBERED // SHARDS
            )
            for head in heads
        }
        self._numbers.clear()
        for shard, position in ((head.shard, head.value) for head in heads):
            latest = found[shard]
            self._horizons[shard] = latest[-1].revision - 1 if latest else position
            for change in reversed(latest):
                self.apply(tag_of(change.organization_id.hex, change.tag), change.revision)
            self._positions[shard] = position
        self.known = True

    async def _catch_up(self) -> None:
        reader, positions = self._database.reader(SYSTEM), self._positions
        while changes := await reader.all(
            queries.CHANGES, **{name: positions[shard] for shard, name in enumerate(_AFTER)}
        ):
            for change in changes:
                self.apply(tag_of(change.organization_id.hex, change.tag), change.revision)
                positions[change.shard] = change.revision


def tag_of(organization: str, tag: str) -> str:
    """A tag as it is compared: organizations do not share any. `organization`: the id in 32 hex digits."""
    return f"{organization}:{tag}"


def shard_of(name: str) -> int:
    """The shard of an organization, by its id in hex or a name of `tag_of`: the digit that is most random."""
    return int(name[31], SHARDS)
