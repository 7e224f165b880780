"""Entries in the memory of one process, within so many bytes.

What goes first is decided as in S3-FIFO: Juncheng Yang, Yazhuo Zhang, Ziyue Qiu, Yao Yue and
K. V. Rashmi, "FIFO queues are all you need for cache eviction", SOSP 2023. New entries wait in
a small queue and leave from there unless somebody asks for them again, so that what is wanted
once, a crawler's whole walk, does not push out what is wanted always, as it does with LRU.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import Final

from backstay.systems.cache.engines.store import Entry, Numbers

OVERHEAD: Final = 650
"""Bytes that an entry takes beside its value and its key's text, as `tests/systems/cache` measures it."""
_TAG: Final = 180
"""Bytes of a tag with its number, beside its text."""
_SMALL: Final = 10
"""Percent of the bytes that are for entries which nobody has asked for twice."""
_LARGEST: Final = 8
"""An entry takes at most this part of all bytes."""
_OFTEN: Final = 3
"""How many times of being asked for are remembered."""


class _Kept:
    __slots__ = ("asked", "entry", "size")

    def __init__(self, entry: Entry, size: int) -> None:
        self.entry = entry
        self.size = size
        self.asked = 0


class MemoryStore:
    """As `engines.store.Store`; never away."""

    name: str = "memory"
    available: bool = True

    def __init__(self, limit: int) -> None:
        """`limit`: bytes for all entries, with all that they need beside their values."""
        self.limit = limit
        self.bytes = 0
        self.evictions = 0
        self._small: OrderedDict[str, _Kept] = OrderedDict()
        self._small_bytes = 0
        self._main: OrderedDict[str, _Kept] = OrderedDict()
        self._ghosts: OrderedDict[str, None] = OrderedDict()
        """Keys that left the small queue lately: whoever comes back belongs into the main one."""

    async def get(self, key: str) -> Entry | None:
        """The entry."""
        kept = self._main.get(key) or self._small.get(key)
        if kept is None:
            return None
        if kept.asked < _OFTEN:
            kept.asked += 1
        return kept.entry

    async def put(self, key: str, entry: Entry, seconds: float) -> bool:
        """Keep it; its time is in it, so `seconds` is of no use here."""
        del seconds
        size = size_of(key, entry)
        old = self._main.get(key) or self._small.get(key)
        if old is not None and old.entry.order > entry.order:
            return False
        if size * _LARGEST > self.limit:
            self._remove(key)
            return False
        if old is not None:
            self.bytes += size - old.size
            if key in self._small:
                self._small_bytes += size - old.size
            old.entry, old.size = entry, size
        else:
            self._add(key, _Kept(entry, size))
        while self.bytes > self.limit:
            self._evict()
        return True

    async def drop(self, key: str) -> None:
        """Forget an entry."""
        self._remove(key)

    async def numbers(self) -> Numbers:
        """What is here."""
        return Numbers(len(self._small) + len(self._main), self.bytes, self.limit, self.evictions)

    async def close(self) -> None:
        """Nothing is open."""

    def _add(self, key: str, kept: _Kept) -> None:
        self.bytes += kept.size
        if key in self._ghosts:
            del self._ghosts[key]
            self._main[key] = kept
            return
        self._small[key] = kept
        self._small_bytes += kept.size

    def _remove(self, key: str) -> None:
        kept = self._main.pop(key, None)
        if kept is None:
            kept = self._small.pop(key, None)
            if kept is None:
                return
            self._small_bytes -= kept.size
        self.bytes -= kept.size

    def _evict(self) -> None:
        if self._small and (self._small_bytes * 100 > self.limit * _SMALL or not self._main):
            key, kept = self._small.popitem(last=False)
            self._small_bytes -= kept.size
            if kept.asked:
                kept.asked = 0
                self._main[key] = kept
                return
            self._ghosts[key] = None
            if len(self._ghosts) > len(self._main) + len(self._small):
                self._ghosts.popitem(last=False)
        else:
            key, kept = self._main.popitem(last=False)
            if kept.asked:
                kept.asked -= 1
                self._main[key] = kept
                return
        self.bytes -= kept.size
        self.evictions += 1


def size_of(key: str, entry: Entry) -> int:
    """Bytes that an entry takes here."""
    tags = sum(_TAG + len(tag) for tag, _ in entry.stamps)
    return len(entry.value) + 2 * len(key) + tags + OVERHEAD
