"""A place beside the cache's own values where another module keeps bytes that everyone shares.

For what `Kind` cannot say: something whose tags, or how long it lasts, are known only once it is there.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from typing import Final

from backstay.kernel.actor import SYSTEM_ORGANIZATION
from backstay.kernel.database import Database
from backstay.systems.cache.engines.store import Away, Entry
from backstay.systems.cache.service.cache import Cache
from backstay.systems.cache.service.invalidating import check_tag
from backstay.systems.cache.service.tail import Tail, tag_of

_EVERYBODY: Final = SYSTEM_ORGANIZATION.hex


class Shelf:
    """Bytes by name in the cache's store, within its bound, judged by its invalidations.

    Forget by `invalidate(uow, ..., everyone=True)`. Whoever keeps something marks first, and then finds
    out what to keep: an invalidation that was committed in between makes it worthless.
    """

    def __init__(self, database: Database, name: str) -> None:
        """`name`: unique in the house; stands before all of its keys."""
        self._store = database.parts.part(Cache).store
        self._tail = database.parts.part(Tail)
        self._clock = database.clock
        self._name = name

    async def mark(self) -> int | None:
        """What is known of invalidations now; None when the database does not answer."""
        return self._tail.newest(_EVERYBODY) if await self._tail.trust() else None

    async def get(self, key: str) -> bytes | None:
        """What is kept and still holds, as far as the last mark knows."""
        entry: Entry | None = None
        with suppress(Away):
            entry = await self._store.get(self._key(key))
        if entry is None or entry.keep_until <= self._now() or not self._tail.judge(entry):
            return None
        return entry.value

    async def put(self, key: str, value: bytes, *, mark: int, tags: Sequence[str], seconds: float) -> bool:
        """Keep something for so long at most; False when it is too large, or older than what is kept.

        Args:
            key: what it is found by.
            value: the bytes.
            mark: of before anybody began to find out the value.
            tags: by which it is forgotten.
            seconds: how long it is of use.

        Raises:
            ValueError: there is no tag, or one has characters that no tag has.
        """
        if not tags:
            raise ValueError("what is kept needs a tag by which it can be forgotten")
        for tag in tags:
            check_tag(tag)
        until = self._now() + seconds
        stamps = tuple((tag_of(_EVERYBODY, tag), mark) for tag in tags)
        with suppress(Away):
            return await self._store.put(
                self._key(key), Entry(value, until, until, until, 0.0, mark, stamps), seconds
            )
        return False

    async def drop(self, key: str) -> None:
        """Keep it no longer; when the store does not answer, its time ends it."""
        with suppress(Away):
            await self._store.drop(self._key(key))

    def _now(self) -> float:
        return self._clock.now().timestamp()

    def _key(self, key: str) -> str:
        return f"{self._name}|{key}"
