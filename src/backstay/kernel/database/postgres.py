"""PostgreSQL through asyncpg: statements prepared once a connection, reads without BEGIN around them."""

from __future__ import annotations

import asyncio
import contextlib
import re
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Final
from urllib.parse import urlsplit, urlunsplit

import asyncpg

from backstay.kernel.database import errors
from backstay.kernel.database.dialect import Dialect
from backstay.kernel.database.engine import PoolStats
from backstay.kernel.database.pool import CONNECT_TIMEOUT, Connection, ConnectionPool
from backstay.kernel.database.statement import Compiled

COMMAND_TIMEOUT: Final = 30.0
"""Seconds one statement may take before it is cancelled."""
_STATEMENTS_CACHED: Final = 1024
_FIRST_PAUSE: Final = 0.1
_LONGEST_PAUSE: Final = 2.0
"""Seconds before a lost listening connection is made anew; doubles from the one to the other."""
_PROBE: Final = 2.0
"""Seconds between two questions on a listening connection."""


def translate(failure: BaseException) -> Exception | None:
    """The house's error for a driver's, or None for one that is not the database's doing."""
    match failure:
        case asyncpg.UniqueViolationError():
            return errors.UniqueViolation()
        case asyncpg.SerializationError() | asyncpg.DeadlockDetectedError() | asyncpg.LockNotAvailableError():
            return errors.LostRace()
        case asyncpg.IntegrityConstraintViolationError():
            return errors.ConstraintViolation()
        case asyncpg.NumericValueOutOfRangeError():
            return errors.OutOfRange()
        case asyncpg.DataError():
            # asyncpg checks the range of an argument before it is sent, and has no type of its own for it.
            return errors.OutOfRange() if re.search(r"out of (int\d+ )?range", str(failure)) else None
        case (
            asyncpg.PostgresConnectionError()
            | asyncpg.OperatorInterventionError()
            | asyncpg.InsufficientResourcesError()
            | asyncpg.CannotConnectNowError()
            | asyncpg.ReadOnlySQLTransactionError()
            | asyncpg.InterfaceError()
            | OSError()
            | TimeoutError()
        ):
            return errors.DatabaseUnavailable()
        case _:
            return None


class _Transaction:
    """A write transaction; takes a connection with its first statement."""

    def __init__(self, pool: ConnectionPool) -> None:
        self._pool = pool
        self._connection: Connection = None

    async def _begun(self) -> Connection:
        if self._connection is None:
            connection = await self._pool.acquire()
            self._connection = connection
            await connection.execute("BEGIN")
        return self._connection

    async def fetch(self, compiled: Compiled, arguments: list[Any]) -> Sequence[Any]:
        try:
            connection = await self._begun()
            rows: Sequence[Any] = await connection.fetch(compiled.sql, *arguments)
        except Exception as failure:
            raise translate(failure) or failure from failure
        return rows

    async def execute(self, compiled: Compiled, arguments: list[Any]) -> int:
        try:
            connection = await self._begun()
            status = await connection.execute(compiled.sql, *arguments)
        except Exception as failure:
            raise translate(failure) or failure from failure
        return _touched(status)

    async def execute_many(self, compiled: Compiled, arguments: list[list[Any]]) -> None:
        try:
            connection = await self._begun()
            await connection.executemany(compiled.sql, arguments)
        except Exception as failure:
            raise translate(failure) or failure from failure

    async def commit(self) -> None:
        connection = self._connection
        if connection is None:
            return
        try:
            status = await connection.execute("COMMIT")
        except BaseException as failure:
            self._end(connection, clean=False)
            match translate(failure):
                case errors.LostRace() as lost if not isinstance(lost, errors.UniqueViolation):
                    raise lost from failure
                case errors.DatabaseUnavailable():
                    raise errors.CommitUnknown from failure
                case _ if isinstance(failure, asyncpg.PostgresError):
                    raise errors.CommitFailed from failure
            raise
        self._end(connection, clean=True)
        if status != "COMMIT":
            # PostgreSQL answers COMMIT with ROLLBACK, and no error, when a statement had failed before.
            raise errors.CommitFailed

    async def rollback(self) -> None:
        connection = self._connection
        if connection is None:
            return
        await asyncio.shield(self._undo(connection))

    async def _undo(self, connection: Connection) -> None:
        clean = False
        try:
            # A statement whose caller was cancelled leaves asyncpg's protocol busy; only a closed
            # connection is known to be clean then.
            await connection.execute("ROLLBACK", timeout=CONNECT_TIMEOUT)
            clean = True
        except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError, TimeoutError):
            pass
        finally:
            self._end(connection, clean=clean)

    def _end(self, connection: Connection, *, clean: bool) -> None:
        self._connection = None
        self._pool.release(connection, clean=clean)


def _touched(status: str) -> int:
    """The row count at the end of a command tag: `INSERT 0 3`, `UPDATE 2`."""
    count = status.rpartition(" ")[2]
    return int(count) if count.isdigit() else 0


class PostgresEngine:
    """A PostgreSQL database."""

    dialect: Dialect = "postgresql"

    def __init__(self, pool: ConnectionPool, connect: Callable[[], Awaitable[Connection]]) -> None:
        self._pool = pool
        self._connect = connect

    @classmethod
    async def open(cls, url: str, *, size: int) -> PostgresEngine:
        """Connect a pool of at most `size` connections.

        Raises:
            DatabaseUnavailable: no connection could be made.
        """

        async def connect() -> Connection:
            return await asyncpg.connect(
                plain_url(url),
                statement_cache_size=_STATEMENTS_CACHED,
                max_cached_statement_lifetime=0,
                command_timeout=COMMAND_TIMEOUT,
                timeout=CONNECT_TIMEOUT,
                server_settings={"application_name": "backstay", "jit": "off"},
            )

        pool = ConnectionPool(connect, size=size)
        try:
            pool.release(await pool.acquire())
        except Exception as failure:
            raise translate(failure) or errors.DatabaseUnavailable() from failure
        return cls(pool, connect)

    async def listen(self, channel: str, heard: Callable[[], None]) -> None:
        """Hear a channel on a connection of its own, and on another when that one dies, until cancelled."""
        pause = _FIRST_PAUSE
        while True:
            try:
                connection = await self._connect()
            except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError, TimeoutError):
                await asyncio.sleep(pause)
                pause = min(2 * pause, _LONGEST_PAUSE)
                continue
            pause = _FIRST_PAUSE
            ended = asyncio.Event()
            try:
                connection.add_termination_listener(lambda _, ended=ended: ended.set())
                await connection.add_listener(channel, lambda *_: heard())
                heard()
                while not ended.is_set():
                    with contextlib.suppress(TimeoutError):
                        await asyncio.wait_for(ended.wait(), _PROBE)
                    # A peer that vanished without a word is found only by asking.
                    await connection.execute("SELECT 1", timeout=CONNECT_TIMEOUT)
            except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError, TimeoutError):
                pass
            finally:
                connection.terminate()

    async def fetch(self, compiled: Compiled, arguments: list[Any]) -> Sequence[Any]:
        """Run a reading statement, in no transaction, on a free connection."""
        try:
            connection = await self._pool.acquire()
        except Exception as failure:
            raise translate(failure) or failure from failure
        clean = False
        try:
            rows: Sequence[Any] = await connection.fetch(compiled.sql, *arguments)
            clean = True
        except Exception as failure:
            clean = not isinstance(failure, TimeoutError)
            raise translate(failure) or failure from failure
        finally:
            self._pool.release(connection, clean=clean)
        return rows

    def transaction(self) -> _Transaction:
        """A write transaction."""
        return _Transaction(self._pool)

    def stats(self) -> PoolStats:
        """The pool in numbers."""
        pool = self._pool
        return PoolStats(size=pool.size, idle=pool.idle, waiting=pool.waiting)

    async def close(self) -> None:
        """Close the pool; connections that do not come back within the connect timeout are cut."""
        try:
            await asyncio.wait_for(self._pool.close(), CONNECT_TIMEOUT)
        except TimeoutError:
            self._pool.terminate()


def plain_url(url: str) -> str:
    """The URL in the form asyncpg takes (`postgres://` and `postgresql+asyncpg://` are accepted too)."""
    parts = urlsplit(url)
    return urlunsplit(parts._replace(scheme="postgresql"))
