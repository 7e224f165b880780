"""Places of requests that run at once: entered before the handler, left when the answer has gone out.

The end of a request is told by its record, which ends whatever became of the request: an answer, a
stream that somebody left, a connection that broke. When a process dies, its places end by themselves.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from secrets import token_bytes
from typing import ClassVar, Final, NamedTuple

from backstay.kernel.observation import Record
from backstay.kernel.tasks import end
from backstay.systems.ratelimit.contracts import KEY_BYTES, Lease, Store, StoreUnavailable

_LONGEST_END: Final = 1.0
"""Seconds that places have to be given back in when the server stops."""


class _Place(NamedTuple):
    key: bytes
    holder: bytes


class Places:
    """The places that requests of this process hold."""

    holding: ClassVar[set[int]] = set()
    """Requests of this process that may hold some, by identity: nearly always none, then nobody is asked."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._held: dict[int, list[_Place]] = {}
        self._leaving: set[asyncio.Task[None]] = set()

    async def enter(self, record: Record, key: bytes, most: int, seconds: float) -> Lease | None:
        """Hold a place until the record ends; None when all are held.

        While the store does not answer there is room for everybody: who is inside cannot be known.
        """
        place = _Place(key, token_bytes(KEY_BYTES))
        # Before it is asked for: where the answer is lost, a place that was given is given back.
        if id(record) not in self._held:
            self._held[id(record)] = []
            self.holding.add(id(record))
        self._held[id(record)].append(place)
        try:
            lease = await self._store.enter(key, place.holder, most, seconds)
        except StoreUnavailable:
            return Lease(key, place.holder, 0)
        if lease is None:
            self._held[id(record)].remove(place)
        return lease

    def observe(self, record: Record) -> None:
        """A request has ended: give its places back."""
        places = self._held.pop(id(record), None)
        if places is None:
            return
        self.holding.discard(id(record))
        if places:
            task = asyncio.get_running_loop().create_task(self._leave(places))
            self._leaving.add(task)
            task.add_done_callback(self._leaving.discard)

    async def close(self) -> None:
        """Wait until what is being given back is."""
        if self._leaving:
            await asyncio.wait(self._leaving, timeout=_LONGEST_END)
        await end(*self._leaving)

    async def _leave(self, places: Sequence[_Place]) -> None:
        for place in places:
            with suppress(StoreUnavailable):
                await self._store.leave(place.key, place.holder)
