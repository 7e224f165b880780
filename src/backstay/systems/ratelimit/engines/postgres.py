"""Limits in PostgreSQL: one statement a request, by the server's clock."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Final

from backstay.kernel.actor import SYSTEM
from backstay.kernel.database import Database, Reader
from backstay.kernel.errors import BackstayError
from backstay.systems.ratelimit.contracts import (
    MICRO,
    Algorithm,
    Lease,
    StoreUnavailable,
    Take,
    Verdict,
)
from backstay.systems.ratelimit.engines.asking import numbers_of, refuse_unfit, verdict_of
from backstay.systems.ratelimit.queries import counting

CONNECTIONS: Final = 2
"""Of a process: a question is short, and more of them would only wait for each other in the server."""


class PostgresStore:
    """Counts in the database's own tables, which survive no crash of the server and need not.

    A key is locked by an advisory lock, so that one that nobody has seen yet needs no row; several are
    locked in order, so that no two requests wait for each other.
    """

    name = "postgresql"
    shared = True

    def __init__(self, connect: Callable[[], Awaitable[Database]]) -> None:
        """`connect` opens the database for this store alone, so that a busy house keeps no limit waiting."""
        self._connect = connect
        self._database: Database | None = None
        self._opening = asyncio.Lock()

    async def take(self, takes: Sequence[Take]) -> Verdict:
        """Take from all or from none."""
        if len(takes) == 1 and takes[0].policy.algorithm is Algorithm.GCRA and takes[0].cost > 0:
            return await self._take_one(takes[0])
        return await self._ask(takes, keep=True)

    async def peek(self, takes: Sequence[Take]) -> Verdict:
        """What `take` would say."""
        return await self._ask(takes, keep=False)

    async def _ask(self, takes: Sequence[Take], *, keep: bool) -> Verdict:
        if not takes:
            return Verdict(True, ())
        refuse_unfit(takes)
        keys = [take.key for take in takes]
        async with self._reading() as reader:
            rows = await reader.all(
                counting.TAKE,
                keys=keys,
                locks=sorted({_lock(key) for key in keys}),
                numbers=numbers_of(takes),
                keep=keep,
            )
        return verdict_of(takes, [(row.admitted, row.remaining, row.reset, row.retry) for row in rows])

    async def _take_one(self, take: Take) -> Verdict:
        async with self._reading() as reader:
            row = await reader.one(
                counting.TAKE_ONE,
                key=take.key,
                lock=_lock(take.key),
                capacity=take.policy.capacity,
                interval=take.policy.interval,
                cost=take.cost,
            )
        return verdict_of([take], [(row.admitted, row.remaining, row.reset, row.retry)])

    async def forget(self, keys: Sequence[bytes]) -> None:
        """Let these begin anew."""
        async with self._reading() as reader:
            await reader.all(counting.FORGET, keys=list(keys))

    async def enter(self, key: bytes, holder: bytes, limit: int, seconds: float) -> Lease | None:
        """Hold a place, if one is free."""
        async with self._reading() as reader:
            held = await reader.first(
                counting.ENTER,
                key=key,
                lock=_lock(key),
                holder=holder,
                places=limit,
                micros=round(seconds * MICRO),
            )
        return None if held is None else Lease(key, holder, held)

    async def leave(self, key: bytes, holder: bytes) -> None:
        """Give a place back."""
        async with self._reading() as reader:
            await reader.all(counting.LEAVE, key=key, holder=holder)

    async def ping(self) -> None:
        """One round trip on every connection: making one may take longer than a request may wait."""
        async with self._reading() as reader:
            await asyncio.gather(*(reader.one(counting.PING) for _ in range(CONNECTIONS)))

    async def prune(self, limit: int) -> int:
        """Remove what has ended."""
        async with self._reading() as reader:
            return await reader.one(counting.PRUNE, most=limit)

    async def close(self) -> None:
        """Give the connections back."""
        if self._database is not None:
            await self._database.close()

    @asynccontextmanager
    async def _reading(self) -> AsyncIterator[Reader]:
        """What runs a statement; on PostgreSQL one that stands alone is a transaction.

        Raises:
            StoreUnavailable: no answer, or none that helps.
        """
        try:
            if self._database is None:
                async with self._opening:
                    if self._database is None:
                        self._database = await self._connect()
            yield self._database.reader(SYSTEM)
        except BackstayError as away:
            raise StoreUnavailable(f"postgresql: {away.code}") from away


def _lock(key: bytes) -> int:
    """The advisory lock of a key; keys that share one only wait for each other."""
    return int.from_bytes(key[:8].ljust(8), "big", signed=True)
