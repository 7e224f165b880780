"""SQLite: one writer, many readers, each connection on a thread of its own.

WAL lets readers run beside the writer. The writer takes `BEGIN IMMEDIATE`, so that a
lock is refused at the start, where it can be retried, never in the middle. Durability is
`synchronous=FULL`: an acknowledged commit survives a power cut, not only a killed process.
"""

from __future__ import annotations

import asyncio
import contextlib
import queue
import sqlite3
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final, TypeVar
from uuid import UUID

from backstay.kernel.database import errors
from backstay.kernel.database import sqlite_steps as steps
from backstay.kernel.database.compiled import Compiled
from backstay.kernel.database.dialect import Dialect
from backstay.kernel.database.engine import PoolStats
from backstay.kernel.database.sqlite_wal import use_wal
from backstay.kernel.database.sqlite_watch import Watch
from backstay.kernel.database.together import Write

T = TypeVar("T")

BUSY_TIMEOUT: Final = 5.0
"""Seconds a writer waits for another process's write to end before the race counts as lost."""
_STATEMENTS_CACHED: Final = 512


def connect(path: str, *, read_only: bool) -> sqlite3.Connection:
    """A connection with the house's settings; transactions are begun and ended by hand."""
    connection = sqlite3.connect(
        path, isolation_level=None, cached_statements=_STATEMENTS_CACHED, timeout=BUSY_TIMEOUT
    )
    # The order matters: WAL needs the lock timeout already set, and query_only would refuse to set WAL.
    use_wal(connection, BUSY_TIMEOUT)
    connection.execute("PRAGMA synchronous=FULL").close()
    connection.execute("PRAGMA foreign_keys=ON").close()
    connection.execute("PRAGMA temp_store=MEMORY").close()
    if read_only:
        connection.execute("PRAGMA query_only=ON").close()
    return connection


class _Worker:
    """One connection on one thread; asyncio code sends it functions to run."""

    def __init__(self, path: str, name: str, *, read_only: bool) -> None:
        self._inbox: queue.SimpleQueue[tuple[Any, ...] | None] = queue.SimpleQueue()
        self._path = path
        self._read_only = read_only
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    async def call(self, function: Callable[..., T], *arguments: Any) -> T:
        """Run `function(connection, *arguments)` on the thread.

        When the caller is cancelled the function still runs to its end, so that the
        connection is never left in the middle of something.
        """
        loop = asyncio.get_running_loop()
        future: asyncio.Future[T] = loop.create_future()
        self._inbox.put((loop, future, function, arguments))
        return await future

    def stop(self) -> None:
        """End the thread after what it has been given."""
        self._inbox.put(None)

    def join(self) -> None:
        """Wait for the thread to end."""
        self._thread.join()

    def _run(self) -> None:
        connection: sqlite3.Connection | None = None
        while (item := self._inbox.get()) is not None:
            loop, future, function, arguments = item
            try:
                if connection is None:
                    connection = connect(self._path, read_only=self._read_only)
                result = function(connection, *arguments)
            except BaseException as failure:  # noqa: BLE001 - it is handed to the caller, whatever it is
                _answer(loop, future, future.set_exception, failure)
            else:
                _answer(loop, future, future.set_result, result)
        if connection is not None:
            connection.close()


def _answer(
    loop: asyncio.AbstractEventLoop, future: asyncio.Future[Any], settle: Callable[[Any], None], value: Any
) -> None:
    def deliver() -> None:
        if not future.done():
            settle(value)

    # The loop may be gone when the process is ending; then nobody waits for the answer.
    with contextlib.suppress(RuntimeError):
        loop.call_soon_threadsafe(deliver)


class _Transaction:
    """A write transaction; holds the process's one writer from its first statement to its end."""

    def __init__(self, engine: SqliteEngine) -> None:
        self._engine = engine
        self._open = False

    def within(self, organization: UUID) -> _Transaction:
        """Itself: here the statements' own scope is the only wall."""
        del organization
        return self

    async def _run(self, function: Callable[..., T], sql: str, arguments: list[Any]) -> T:
        try:
            if self._open:
                return await self._engine.writer.call(function, sql, arguments)
            await self._engine.acquire_writer()
            self._open = True
            return await self._engine.writer.call(steps.begin_then, function, sql, arguments)
        except sqlite3.Error as failure:
            raise steps.translate(failure) from failure
        except OverflowError as failure:
            raise errors.OutOfRange from failure

    async def fetch(
        self, compiled: Compiled, arguments: list[Any], riders: Sequence[Write] = ()
    ) -> Sequence[Any]:
        return await self._run(steps.after(riders, steps.fetch), compiled.sql, arguments)

    async def execute(self, compiled: Compiled, arguments: list[Any], riders: Sequence[Write] = ()) -> int:
        return await self._run(steps.after(riders, steps.execute), compiled.sql, arguments)

    async def send(self, trip: Sequence[Write]) -> None:
        *riders, last = trip
        await self.execute(last.compiled, last.arguments, riders)

    def trips(self, writes: Sequence[Write]) -> list[list[Write]]:
        # They run one after another, in one hop to the thread.
        return [list(writes)]

    def takes(self, trip: Sequence[Write], compiled: Compiled) -> bool:
        del trip, compiled
        return True

    async def execute_many(self, compiled: Compiled, arguments: list[list[Any]]) -> None:
        await self._run(steps.execute_many, compiled.sql, arguments)

    def is_whole(self, trip: Sequence[Write]) -> bool:
        # A hop to the thread less is nothing beside the file's way to the disk.
        del trip
        return False

    async def commit(self, whole: Sequence[Write] = ()) -> None:
        del whole
        if not self._open:
            return
        try:
            await self._engine.writer.call(steps.commit)
        except sqlite3.Error as failure:
            translated = steps.translate(failure)
            if isinstance(translated, errors.LostRace) and not isinstance(translated, errors.UniqueViolation):
                raise translated from failure
            raise errors.CommitFailed from failure
        finally:
            self._release()

    async def rollback(self) -> None:
        if not self._open:
            return
        try:
            # Shielded: a cancelled request must still give back a clean connection.
            await asyncio.shield(self._engine.writer.call(steps.rollback))
        finally:
            self._release()

    def _release(self) -> None:
        self._open = False
        self._engine.writer_lock.release()


class SqliteEngine:
    """A SQLite file."""

    dialect: Dialect = "sqlite"

    def __init__(self, path: Path, *, readers: int) -> None:
        """`readers`: threads that read beside the writer."""
        path.parent.mkdir(parents=True, exist_ok=True)
        self.path = path
        self.writer = _Worker(str(path), "sqlite-writer", read_only=False)
        self.writer_lock = asyncio.Lock()
        self._waiting = 0
        self._watch = Watch(lambda: connect(str(path), read_only=True))
        self._readers = [_Worker(str(path), f"sqlite-reader-{n}", read_only=True) for n in range(readers)]
        self._free: asyncio.LifoQueue[_Worker] = asyncio.LifoQueue()
        for reader in self._readers:
            self._free.put_nowait(reader)

    async def acquire_writer(self) -> None:
        """Wait for the process's writer; units of work get it in the order they asked."""
        self._waiting += 1
        try:
            await self.writer_lock.acquire()
        finally:
            self._waiting -= 1

    async def fetch(
        self,
        compiled: Compiled,
        arguments: list[Any],
        organization: UUID | None = None,  # noqa: ARG002 - SQLite has no second wall
    ) -> Sequence[Any]:
        """Run a reading statement on a free reader."""
        self._waiting += 1
        try:
            reader = await self._free.get()
        finally:
            self._waiting -= 1
        try:
            return await reader.call(steps.fetch, compiled.sql, arguments)
        except sqlite3.Error as failure:
            raise steps.translate(failure) from failure
        except OverflowError as failure:
            raise errors.OutOfRange from failure
        finally:
            self._free.put_nowait(reader)

    def transaction(
        self,
        organization: UUID | None = None,  # noqa: ARG002 - as above
    ) -> _Transaction:
        """A write transaction on the one writer."""
        return _Transaction(self)

    async def listen(self, channel: str, heard: Callable[[], None]) -> None:  # noqa: ARG002 - see below
        """Hear of every commit, whoever made it: SQLite has no channels."""
        await self._watch.listen(heard)

    def stats(self) -> PoolStats:
        """The writer and the readers, as a pool."""
        idle = self._free.qsize() + (0 if self.writer_lock.locked() else 1)
        return PoolStats(size=len(self._readers) + 1, idle=idle, waiting=self._waiting)

    async def close(self) -> None:
        """Stop the threads; the last connection to close checkpoints the WAL."""
        workers = [*self._readers, self.writer]
        for worker in workers:
            worker.stop()
        await asyncio.to_thread(self._watch.stop)
        for worker in workers:
            await asyncio.to_thread(worker.join)
