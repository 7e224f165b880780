"""PostgreSQL through asyncpg: statements prepared once a connection, reads without BEGIN around them."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Final
from urllib.parse import urlsplit, urlunsplit
from uuid import UUID

import asyncpg

from backstay.kernel.database import errors
from backstay.kernel.database.address import app_role_of, driver_url, is_pooled
from backstay.kernel.database.compiled import Compiled
from backstay.kernel.database.connection import QuickConnection
from backstay.kernel.database.dialect import Dialect
from backstay.kernel.database.engine import PoolStats
from backstay.kernel.database.moments import teach
from backstay.kernel.database.pool import CONNECT_TIMEOUT, Connection, ConnectionPool
from backstay.kernel.database.postgres_transaction import BEGIN, GONE, PostgresTransaction, translate
from backstay.kernel.database.wall import Wall

COMMAND_TIMEOUT: Final = 30.0
"""Seconds one statement may take before it is cancelled: by the server, behind a proxy by the driver."""
_STATEMENTS_CACHED: Final = 1024
_BEGIN_POOLED: Final = "BEGIN; SET LOCAL jit = off"
"""A proxy refuses settings that it does not know when a connection begins, so each transaction makes it."""
_FIRST_PAUSE: Final = 0.1
_LONGEST_PAUSE: Final = 2.0
"""Seconds before a lost listening connection is made anew; doubles from the one to the other."""
_PROBE: Final = 2.0
"""Seconds between two questions on a listening connection."""


class PostgresEngine:
    """A PostgreSQL database."""

    dialect: Dialect = "postgresql"

    def __init__(
        self,
        pool: ConnectionPool,
        connect: Callable[[], Awaitable[Connection]],
        wall: Wall | None,
        *,
        pooled: bool,
    ) -> None:
        self._pool = pool
        self._wall = wall
        self._connect = connect
        self._pooled = pooled
        self._begin = _BEGIN_POOLED if pooled else BEGIN

    @classmethod
    async def open(cls, url: str, *, size: int) -> PostgresEngine:
        """Connect a pool of at most `size` connections.

        Raises:
            DatabaseUnavailable: no connection could be made.
        """
        role, pooled = app_role_of(url), is_pooled(url)
        named = {"application_name": "backstay"}
        own = {**named, "jit": "off", "statement_timeout": f"{COMMAND_TIMEOUT * 1000:.0f}"}

        async def connect() -> Connection:
            connection = await asyncpg.connect(
                plain_url(url),
                # The next transaction may be on another connection, which knows no statement of this one.
                statement_cache_size=0 if pooled else _STATEMENTS_CACHED,
                max_cached_statement_lifetime=0,
                command_timeout=COMMAND_TIMEOUT if pooled else None,
                timeout=CONNECT_TIMEOUT,
                connection_class=QuickConnection,
                server_settings=named if pooled else own,
            )
            if not pooled:  # it asks the server for the type, in two messages that a proxy would tear apart
                await teach(connection)
            return connection

        pool = ConnectionPool(connect, size=size)
        try:
            pool.release(await pool.acquire())
        except Exception as failure:
            raise translate(failure) or errors.DatabaseUnavailable() from failure
        return cls(pool, connect, None if role is None else Wall(role), pooled=pooled)

    async def listen(self, channel: str, heard: Callable[[], None]) -> None:
        """Hear a channel on a connection of its own, and on another when that one dies, until cancelled.

        Behind a proxy nothing can be heard, and it returns at once: who listens also looks from time to time.
        """
        if self._pooled:
            return
        pause = _FIRST_PAUSE
        while True:
            try:
                connection = await self._connect()
            except GONE:
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
                        async with asyncio.timeout(_PROBE):
                            await ended.wait()
                    # A peer that vanished without a word is found only by asking.
                    await connection.execute("SELECT 1", timeout=CONNECT_TIMEOUT)
            except GONE:
                pass
            finally:
                connection.terminate()

    async def fetch(
        self, compiled: Compiled, arguments: list[Any], organization: UUID | None = None
    ) -> Sequence[Any]:
        """Run a reading statement on a free connection; in no transaction, unless wall or proxy need one."""
        if self._wall is not None or self._pooled:
            return await self._fetch_in_transaction(compiled, arguments, organization)
        try:
            connection = self._pool.take() or await self._pool.acquire()
        except Exception as failure:
            raise translate(failure) or failure from failure
        clean = False
        try:
            rows: Sequence[Any] = await connection.fetch(compiled.sql, *arguments)
            clean = True
        except Exception as failure:
            clean = not isinstance(failure, (TimeoutError, asyncpg.InternalClientError))
            raise translate(failure) or failure from failure
        finally:
            self._pool.release(connection, clean=clean)
        return rows

    async def _fetch_in_transaction(
        self, compiled: Compiled, arguments: list[Any], organization: UUID | None
    ) -> Sequence[Any]:
        # Whose rows they are is told for one transaction, and a proxy lends a connection for one (asyncpg
        # prepares and runs a statement in two messages): three trips for one.
        transaction = self.transaction(organization)
        try:
            rows = await transaction.fetch(compiled, arguments)
        except BaseException:
            await transaction.rollback()
            raise
        try:
            await transaction.commit()
        except errors.CommitUnknown as failure:
            raise errors.DatabaseUnavailable from failure
        return rows

    def transaction(self, organization: UUID | None = None) -> PostgresTransaction:
        """A write transaction."""
        return PostgresTransaction(self._pool, self._wall, organization, self._begin)

    def stats(self) -> PoolStats:
        """The pool in numbers."""
        pool = self._pool
        return PoolStats(size=pool.size, idle=pool.idle, waiting=pool.waiting)

    async def close(self) -> None:
        """Close the pool; connections that do not come back within the connect timeout are cut."""
        try:
            async with asyncio.timeout(CONNECT_TIMEOUT):
                await self._pool.close()
        except TimeoutError:
            self._pool.terminate()


def plain_url(url: str) -> str:
    """The URL in the form asyncpg takes (`postgres://` and `postgresql+asyncpg://` are accepted too)."""
    parts = urlsplit(driver_url(url))
    return urlunsplit(parts._replace(scheme="postgresql"))
