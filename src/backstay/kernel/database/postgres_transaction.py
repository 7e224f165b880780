"""One transaction on PostgreSQL, and the house's errors for its driver's."""

from __future__ import annotations

import asyncio
import copy
import re
from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID

import asyncpg

from backstay.kernel.database import errors
from backstay.kernel.database.compiled import Compiled
from backstay.kernel.database.pool import CONNECT_TIMEOUT, Connection, ConnectionPool
from backstay.kernel.database.together import Write, as_one, is_one_statement, joins, trips
from backstay.kernel.database.wall import Wall, value_of

BEGIN: Final = "BEGIN"
_NOBODYS: Final = UUID(int=0)
"""Of the statement that is asked for: whose it is, its transaction knows."""
GONE: Final = (
    asyncpg.PostgresError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
    OSError,
    TimeoutError,
)
"""What the driver raises when a connection cannot be had, or has ended."""


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
            # What the driver says of a connection that ended between its two messages of one statement.
            | asyncpg.InternalClientError()
            | OSError()
            | TimeoutError()
        ):
            return errors.DatabaseUnavailable()
        case _:
            return None


class _Held:
    """What a transaction has, through whichever organization's hands it is used."""

    def __init__(self) -> None:
        self.connection: Connection = None
        self.inside = ""
        """The organization that the connection has been told, with a wall."""


class PostgresTransaction:
    """A write transaction; takes a connection with its first statement."""

    def __init__(
        self, pool: ConnectionPool, wall: Wall | None, organization: UUID | None, begin: str
    ) -> None:
        """`begin`: what opens it."""
        self._pool = pool
        self._wall = wall
        self._organization = organization
        self._begin = begin
        self._held = _Held()

    def within(self, organization: UUID) -> PostgresTransaction:
        """This same transaction, whose statements through here are for another organization."""
        other = copy.copy(self)
        other._organization = organization  # noqa: SLF001 - of our own class
        return other

    async def _begun(self, compiled: Compiled) -> Connection:
        wall, held = self._wall, self._held
        inside = "" if wall is None else value_of(self._organization, unscoped=compiled.unscoped)
        if held.connection is None:
            held.connection = self._pool.take() or await self._pool.acquire()
            begin = self._begin if wall is None else f"{self._begin}; {wall.begin(inside)}"
            await held.connection.execute(begin)
        elif wall is not None and inside != held.inside:
            await held.connection.execute(wall.enter(inside))
        held.inside = inside
        return held.connection

    async def fetch(
        self, compiled: Compiled, arguments: list[Any], riders: Sequence[Write] = ()
    ) -> Sequence[Any]:
        """Run a statement and return its rows."""
        trip = (*riders, Write(compiled, arguments, _NOBODYS))
        try:
            connection = await self._begun(compiled)
            text, given = as_one(trip)
            rows: Sequence[Any] = await connection.fetch(text, *given)
        except Exception as failure:
            raise translate(failure) or failure from failure
        return rows

    async def execute(self, compiled: Compiled, arguments: list[Any], riders: Sequence[Write] = ()) -> int:
        """Run a statement and return how many rows it touched."""
        trip = (*riders, Write(compiled, arguments, _NOBODYS))
        try:
            connection = await self._begun(compiled)
            text, given = as_one(trip)
            status = await connection.execute(text, *given)
        except Exception as failure:
            raise translate(failure) or failure from failure
        return _touched(status)

    async def send(self, trip: Sequence[Write]) -> None:
        """Run changes that nobody waits for, in one trip."""
        *riders, last = trip
        if is_one_statement(trip):
            await self.execute(last.compiled, last.arguments, riders)
        else:
            await self.execute_many(last.compiled, [one.arguments for one in trip])

    def trips(self, writes: Sequence[Write]) -> list[list[Write]]:
        """Changes in groups of which each is one trip."""
        return trips(writes, walled=self._wall is not None)

    def takes(self, trip: Sequence[Write], compiled: Compiled) -> bool:
        """Whether a trip can travel with a statement of this transaction's organization."""
        if any(one.compiled is compiled for one in trip):
            return False  # its rows would be counted with theirs
        write = Write(compiled, [], self._organization or _NOBODYS)
        return joins(trip, write, walled=self._wall is not None)

    async def execute_many(self, compiled: Compiled, arguments: list[list[Any]]) -> None:
        """Run a statement once for each list of arguments."""
        try:
            connection = await self._begun(compiled)
            await connection.executemany(compiled.sql, arguments)
        except Exception as failure:
            raise translate(failure) or failure from failure

    def is_whole(self, trip: Sequence[Write]) -> bool:
        """Whether the trip is all this does, and one statement that nothing has to be said before."""
        return (
            self._held.connection is None
            and self._wall is None
            and self._begin == BEGIN
            and is_one_statement(trip)
        )

    async def commit(self, whole: Sequence[Write] = ()) -> None:
        """Make it durable, or raise and give the connection back clean."""
        if whole:
            if await self._at_once(whole):
                return
            try:
                await self.send(whole)
            except BaseException:
                await self.rollback()
                raise
        await self._commit()

    async def _at_once(self, whole: Sequence[Write]) -> bool:
        """Let a statement be its own transaction; False where the server refused it, which stored nothing.

        Begun and committed around it, it then says whether the statement or the commit was at fault.
        """
        try:
            connection = self._pool.take() or await self._pool.acquire()
        except Exception as failure:
            raise translate(failure) or failure from failure
        try:
            text, given = as_one(whole)
            await connection.execute(text, *given)
        except BaseException as failure:
            match translate(failure):
                case errors.DatabaseUnavailable():
                    self._pool.release(connection, clean=False)
                    raise errors.CommitUnknown from failure
                case _ if isinstance(failure, (asyncpg.PostgresError, asyncpg.DataError)):
                    self._pool.release(connection, clean=True)
                    return False
            self._pool.release(connection, clean=False)
            raise
        self._pool.release(connection, clean=True)
        return True

    async def _commit(self) -> None:
        connection = self._held.connection
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
        """Undo everything; never raises for a dead connection."""
        connection = self._held.connection
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
        except GONE:
            pass
        finally:
            self._end(connection, clean=clean)

    def _end(self, connection: Connection, *, clean: bool) -> None:
        self._held.connection = None
        self._pool.release(connection, clean=clean)


def _touched(status: str) -> int:
    """The row count at the end of a command tag: `INSERT 0 3`, `UPDATE 2`."""
    count = status.rpartition(" ")[2]
    return int(count) if count.isdigit() else 0
