"""A pool of asyncpg connections that costs next to nothing when one is free.

asyncpg's own pool wraps every connection in a proxy and every take and return in timeouts
and shielded tasks: about 50 us of CPU a statement, as much as the statement itself. Here a
free connection is a pop from a list, its return an append. `docs/benchmarks.md` says how
that was measured.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any, Final

import asyncpg

Connection = Any  # asyncpg ships no types

CONNECT_TIMEOUT: Final = 5.0
"""Seconds to wait for a connection: for a free one, and for a new one to be made."""
LOOK: Final = 10.0
"""Seconds between two looks at who owes an answer."""
PATIENCE: Final = 4
"""Looks at which a connection may owe the same answer; at the last it is cut. The server ends a statement
before that (`COMMAND_TIMEOUT`), so what is silent still is a server that is gone or stands still."""


class ConnectionPool:
    """At most `size` connections, the last one returned taken first, so that the rest stay idle."""

    def __init__(self, connect: Callable[[], Awaitable[Connection]], *, size: int) -> None:
        self._connect = connect
        self._size = size
        self._taken_slots = 0
        """Connections open, being made, or being closed."""
        self._idle: list[Connection] = []
        self._open: set[Connection] = set()
        self._waiters: deque[asyncio.Future[Connection | None]] = deque()
        self._retiring: set[asyncio.Task[None]] = set()
        self._closed = False
        self._all_back = asyncio.Event()
        self._owed: dict[Connection, tuple[int, int]] = {}
        """By connection: the statement that was unanswered at the last look, and at how many it was."""
        self._looking: asyncio.TimerHandle | None = None

    @property
    def size(self) -> int:
        """Connections open."""
        return self._taken_slots

    @property
    def idle(self) -> int:
        """Open and free."""
        return len(self._idle)

    @property
    def waiting(self) -> int:
        """Callers waiting for one."""
        return len(self._waiters)

    async def acquire(self) -> Connection:
        """A connection that is the caller's until `release`.

        Raises:
            TimeoutError: none became free in time.
            OSError, asyncpg.PostgresError: a new one could not be made.
            asyncpg.InterfaceError: the pool is closed.
        """
        if self._closed:
            raise asyncpg.InterfaceError("the pool is closed")
        if (connection := self.take()) is not None:
            return connection
        if self._taken_slots < self._size:
            self._taken_slots += 1
            return await self._new()
        return await self._wait()

    def take(self) -> Connection | None:
        """A free connection as from `acquire`, or None when that has to be awaited."""
        while self._idle and not self._closed:
            connection = self._idle.pop()
            if not connection.is_closed():
                return connection
            self._forget(connection)
        return None

    def release(self, connection: Connection, *, clean: bool = True) -> None:
        """Give a connection back.

        Args:
            connection: one from `acquire`.
            clean: False when a statement on it was cut short: it may still be running, and the
                connection is closed aside, once the server has been told to stop.
        """
        if not clean and not connection.is_closed():
            task = asyncio.get_running_loop().create_task(self._retire(connection))
            self._retiring.add(task)
            task.add_done_callback(self._retiring.discard)
        elif connection.is_closed():
            self._open.discard(connection)
            self._pass_slot_on()
        elif self._waiters or self._closed:
            self._pass_on(connection)
        else:
            self._idle.append(connection)

    async def close(self) -> None:
        """Close every connection; waits for those in use to come back."""
        self._closed = True
        while (waiter := self._next_waiter()) is not None:
            waiter.set_exception(asyncpg.InterfaceError("the pool is closed"))
        while self._idle:
            connection = self._idle.pop()
            await connection.close(timeout=CONNECT_TIMEOUT)
            self._forget(connection)
        if self._taken_slots:
            await self._all_back.wait()
        self._look_no_more()

    def terminate(self) -> None:
        """Cut every connection at once."""
        self._look_no_more()
        for connection in self._open:
            with suppress(asyncpg.InterfaceError):
                connection.terminate()

    def _forget(self, connection: Connection) -> None:
        self._open.discard(connection)
        self._taken_slots -= 1

    async def _new(self) -> Connection:
        """Make a connection for a slot that is taken already."""
        try:
            connection = await self._connect()
        except BaseException:
            self._pass_slot_on()
            raise
        self._open.add(connection)
        if self._looking is None:
            self._looking = asyncio.get_running_loop().call_later(LOOK, self._look)
        return connection

    def _look(self) -> None:
        """Cut the connections that have owed one answer for too long; who waits for it is told so."""
        before, self._owed = self._owed, {}
        for connection in tuple(self._open):
            if connection.asked == connection.answered:
                continue
            number, looks = before.get(connection, (0, 0))
            looks = looks + 1 if number == connection.asked else 1
            if looks < PATIENCE:
                self._owed[connection] = (connection.asked, looks)
            else:
                connection.terminate()
        self._looking = asyncio.get_running_loop().call_later(LOOK, self._look)

    def _look_no_more(self) -> None:
        if self._looking is not None:
            self._looking.cancel()
            self._looking = None

    async def _wait(self) -> Connection:
        waiter: asyncio.Future[Connection | None] = asyncio.get_running_loop().create_future()
        self._waiters.append(waiter)
        try:
            async with asyncio.timeout(CONNECT_TIMEOUT):
                connection = await waiter
        except BaseException:
            with suppress(ValueError):
                self._waiters.remove(waiter)
            if waiter.done() and not waiter.cancelled() and waiter.exception() is None:
                # It was handed over at the very moment in which the caller gave up.
                handed = waiter.result()
                self._pass_slot_on() if handed is None else self._pass_on(handed)
            raise
        return await self._new() if connection is None else connection

    def _pass_on(self, connection: Connection) -> None:
        waiter = self._next_waiter()
        if waiter is not None:
            waiter.set_result(connection)
        elif self._closed:
            self.release(connection, clean=False)
        else:
            self._idle.append(connection)

    def _pass_slot_on(self) -> None:
        """Let the next in line make a connection in the place of one that is gone."""
        waiter = self._next_waiter()
        if waiter is not None:
            waiter.set_result(None)
            return
        self._taken_slots -= 1
        if self._closed and not self._taken_slots:
            self._all_back.set()

    def _next_waiter(self) -> asyncio.Future[Connection | None] | None:
        while self._waiters:
            waiter = self._waiters.popleft()
            if not waiter.done():
                return waiter
        return None

    async def _retire(self, connection: Connection) -> None:
        try:
            # Waits for the cancellation that asyncpg sends when a statement is cut short.
            await connection.close(timeout=CONNECT_TIMEOUT)
        except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError, TimeoutError):
            with suppress(asyncpg.InterfaceError):
                connection.terminate()
        finally:
            self._open.discard(connection)
            self._pass_slot_on()
