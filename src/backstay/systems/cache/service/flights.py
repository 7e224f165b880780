"""One computation for all who miss a value: in this process, and by a lease among all of them."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Final

from backstay.kernel.tasks import end
from backstay.systems.cache.engines.store import Away, Entry, Leases
from backstay.systems.cache.service.tail import Stamps

_FIRST_PAUSE: Final = 0.01
_LONGEST_PAUSE: Final = 0.1
"""Seconds between two looks for what another process computes; doubles from the one to the other."""

Compute = Callable[["Flight"], Awaitable[Entry]]
Usable = Callable[[Entry], Awaitable[bool]]


class Flight:
    """A computation that is under way."""

    def __init__(self) -> None:
        self.base = 0
        self.stamps: Stamps = ()
        """What was known of its tags when it began."""
        self.task: asyncio.Task[Entry | None]

    async def result(self) -> Entry | None:
        """What it finds, None when it left that to another process; goes on when who waits is cancelled."""
        return await asyncio.shield(self.task)

    async def landed(self) -> Entry:
        """What it finds, of one that leaves nothing to others."""
        entry = await self.result()
        assert entry is not None
        return entry


class Flights:
    """The computations of one process."""

    def __init__(self, leases: Leases, *, lease: float) -> None:
        """`lease`: seconds after which others go on when a process that computes has died."""
        self._leases = leases
        self._lease = lease
        self._under_way: dict[str, Flight] = {}
        self._tasks: set[asyncio.Task[Entry | None]] = set()

    def under_way(self, key: str) -> Flight | None:
        """The computation of a key, if there is one here."""
        return self._under_way.get(key)

    def begin(
        self,
        key: str,
        compute: Compute,
        mark: Callable[[Flight], None],
        usable: Usable,
        *,
        among_all: bool,
        wait: bool,
        failed: Callable[[BaseException], None],
    ) -> Flight:
        """Compute in a task of its own.

        Args:
            key: of what.
            compute: marks the flight, computes and keeps.
            mark: notes what is known now in the flight.
            usable: whether what another process found will do here; keeps it then.
            among_all: ask for the lease first.
            wait: for who has it; else leave it to them, with None.
            failed: told of an error that nobody waits for.
        """
        flight = Flight()
        mark(flight)
        work = self._once(key, flight, compute, usable, wait=wait) if among_all else compute(flight)
        flight.task = asyncio.ensure_future(_awaited(work))
        self._under_way[key] = flight
        self._tasks.add(flight.task)

        def over(task: asyncio.Task[Entry | None]) -> None:
            self._tasks.discard(task)
            if self._under_way.get(key) is flight:
                del self._under_way[key]
            if not task.cancelled() and (error := task.exception()) is not None and not wait:
                failed(error)

        flight.task.add_done_callback(over)
        return flight

    async def close(self) -> None:
        """End what is under way."""
        await end(*self._tasks)

    async def _once(
        self, key: str, flight: Flight, compute: Compute, usable: Usable, *, wait: bool
    ) -> Entry | None:
        token, pause = secrets.token_hex(16), _FIRST_PAUSE
        look = self._leases.apart  # else the place has just been looked at
        try:
            while True:
                if look and wait and (found := await self._given(key, usable)):
                    return found
                if await self._leases.take(key, token, self._lease):
                    break
                if not wait:
                    return None
                await asyncio.sleep(pause)
                pause, look = min(2 * pause, _LONGEST_PAUSE), True
            # Between the look and the lease somebody may have found it.
            if wait and (found := await self._given(key, usable)):
                await self._leases.let_go(key, token)
                return found
        except Away:
            return await compute(flight)
        return await self._compute(key, token, flight, compute)

    async def _given(self, key: str, usable: Usable) -> Entry | None:
        """What another process found, when it will do here."""
        found = await self._leases.given(key)
        return found if found is not None and await usable(found) else None

    async def _compute(self, key: str, token: str, flight: Flight, compute: Compute) -> Entry:
        holding = asyncio.create_task(self._hold(key, token))
        found: Entry | None = None
        try:
            found = await compute(flight)
        finally:
            await end(holding)
            # Who waits goes on by itself when the lease ends.
            with suppress(Away):
                if found is None:
                    await self._leases.let_go(key, token)
                else:
                    await self._leases.give(key, token, found)
        return found

    async def _hold(self, key: str, token: str) -> None:
        """Put the lease's end off while the computation lasts; a process that died does not."""
        while True:
            await asyncio.sleep(self._lease / 3)
            with suppress(Away):
                await self._leases.renew(key, token, self._lease)


async def _awaited(work: Awaitable[Entry | None]) -> Entry | None:
    return await work
