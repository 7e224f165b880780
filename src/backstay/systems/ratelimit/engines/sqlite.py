"""Limits in a SQLite file that the processes of one machine share."""

from __future__ import annotations

import asyncio
import random
import sqlite3
import struct
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any, Final, TypeVar

from backstay.kernel.database import use_wal
from backstay.systems.ratelimit.contracts import MICRO, Lease, StoreUnavailable, Take, Verdict
from backstay.systems.ratelimit.engines.algorithms import State, Step, ends_at, step
from backstay.systems.ratelimit.engines.asking import refuse_unfit, weigh
from backstay.systems.ratelimit.queries import counting

T = TypeVar("T")

MOST: Final = 100
"""Questions that one transaction answers, at most."""
PATIENCE: Final = 0.5
"""Seconds that another process's transaction may last."""
_PAUSE: Final = 0.001
"""Seconds, at most, between two attempts to begin one."""

_Question = Callable[[sqlite3.Connection, int], Any]


def wall_clock() -> int:
    """The machine's time, which all its processes read alike, in microseconds."""
    return time.time_ns() // 1000


class SqliteStore:
    """Counts in a file of its own, by the machine's clock; a thread answers whatever was asked, together.

    A commit does not wait for the disk (`synchronous=OFF`): after a power cut the file may be behind or
    broken, and one that is broken is made anew. That costs a quota, not data.
    """

    name = "sqlite"
    shared = True

    def __init__(self, path: Path, *, clock: Callable[[], int] = wall_clock) -> None:
        """Opened at the first use; `clock` is given by tests alone."""
        self._path = path
        self._clock = clock
        self._inbox: SimpleQueue[tuple[asyncio.AbstractEventLoop, asyncio.Future[Any], _Question] | None] = (
            SimpleQueue()
        )
        self._thread: threading.Thread | None = None

    async def take(self, takes: Sequence[Take]) -> Verdict:
        """Take from all or from none."""
        refuse_unfit(takes)
        return await self._ask(partial(_take, takes, keep=True))

    async def peek(self, takes: Sequence[Take]) -> Verdict:
        """What `take` would say."""
        refuse_unfit(takes)
        return await self._ask(partial(_take, takes, keep=False))

    async def forget(self, keys: Sequence[bytes]) -> None:
        """Let these begin anew."""

        def forget(connection: sqlite3.Connection, _now: int) -> None:
            connection.executemany(counting.FILE_FORGET, [(key,) for key in keys])

        await self._ask(forget)

    async def enter(self, key: bytes, holder: bytes, limit: int, seconds: float) -> Lease | None:
        """Hold a place, if one is free."""

        def enter(connection: sqlite3.Connection, now: int) -> Lease | None:
            holders = {one for (one,) in connection.execute(counting.FILE_PLACES, (key, now, holder))}
            if holder not in holders and len(holders) >= limit:
                return None
            connection.execute(counting.FILE_EMPTY, (key, now, holder))
            connection.execute(counting.FILE_HOLD, (key, holder, now + round(seconds * MICRO)))
            return Lease(key, holder, len(holders | {holder}))

        return await self._ask(enter)

    async def leave(self, key: bytes, holder: bytes) -> None:
        """Give a place back."""

        def leave(connection: sqlite3.Connection, _now: int) -> None:
            connection.execute(counting.FILE_LEAVE, (key, holder))

        await self._ask(leave)

    async def ping(self) -> None:
        """One empty transaction."""
        await self._ask(lambda _connection, _now: None)

    async def prune(self, limit: int) -> int:
        """Remove what has ended."""

        def prune(connection: sqlite3.Connection, now: int) -> int:
            connection.execute(counting.FILE_EMPTY_ALL, (now,))
            return connection.execute(counting.FILE_PRUNE, (now, limit)).rowcount

        return await self._ask(prune)

    async def close(self) -> None:
        """End the thread."""
        if self._thread is not None:
            self._inbox.put(None)
            await asyncio.to_thread(self._thread.join)
            self._thread = None

    async def _ask(self, question: Callable[[sqlite3.Connection, int], T]) -> T:
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="ratelimit-sqlite", daemon=True)
            self._thread.start()
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[T] = loop.create_future()
        self._inbox.put((loop, answer, question))
        return await answer

    def _run(self) -> None:
        connection: sqlite3.Connection | None = None
        while (first := self._inbox.get()) is not None:
            batch = [first]
            ending = False
            with suppress(Empty):
                while len(batch) < MOST:
                    if (another := self._inbox.get_nowait()) is None:
                        ending = True
                        break
                    batch.append(another)
            # Who has stopped waiting has been answered otherwise: nothing is taken for them.
            asked = [one for one in batch if not one[1].cancelled()]
            try:
                connection = connection or _opened(self._path)
                answers = self._answers(connection, [question for _, _, question in asked])
            except Exception as failure:  # noqa: BLE001 - the thread lives on, whatever one question did
                connection = _closed(connection, self._path, failure)
                answers = [StoreUnavailable(f"sqlite: {failure}")] * len(asked)
            settled: dict[asyncio.AbstractEventLoop, list[tuple[asyncio.Future[Any], Any]]] = {}
            for (loop, future, _), answer in zip(asked, answers, strict=True):
                settled.setdefault(loop, []).append((future, answer))
            for loop, told in settled.items():
                # One wake-up for all: each is a system call. The loop may have ended; then nobody waits.
                with suppress(RuntimeError):
                    loop.call_soon_threadsafe(_settle, told)
            if ending:
                break
        if connection is not None:
            connection.close()

    def _answers(self, connection: sqlite3.Connection, questions: Sequence[_Question]) -> list[Any]:
        _begin(connection)
        try:
            # Read within the transaction: whoever comes later sees a later moment.
            answers = [question(connection, self._clock()) for question in questions]
            connection.execute("COMMIT").close()
        except BaseException:
            if connection.in_transaction:
                connection.execute("ROLLBACK").close()
            raise
        return answers


def _begin(connection: sqlite3.Connection) -> None:
    """Take the file's lock; SQLite's own waiting doubles its pauses, and would make somebody very late."""
    until = time.monotonic() + PATIENCE
    while True:
        try:
            connection.execute("BEGIN IMMEDIATE").close()
        except sqlite3.OperationalError as failure:
            if failure.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > until:
                raise
            time.sleep(random.uniform(0, _PAUSE))  # noqa: S311 - jitter, not a secret
        else:
            return


def _opened(path: Path) -> sqlite3.Connection:
    path.parent.mkdir(parents=True, exist_ok=True)
    connection = sqlite3.connect(path, isolation_level=None, timeout=PATIENCE)
    use_wal(connection, PATIENCE)
    connection.execute("PRAGMA synchronous=OFF").close()
    for words in counting.FILE:
        connection.execute(words).close()
    connection.execute("PRAGMA busy_timeout=0").close()
    return connection


def _closed(
    connection: sqlite3.Connection | None, path: Path, failure: Exception
) -> sqlite3.Connection | None:
    """Let go of a connection that failed, and of a file that is broken; a busy one stays."""
    code = getattr(failure, "sqlite_errorcode", 0) & 0xFF
    if connection is not None and code == sqlite3.SQLITE_BUSY:
        return connection
    if connection is not None:
        connection.close()
    if code in {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}:
        for name in (path, path.with_name(f"{path.name}-wal"), path.with_name(f"{path.name}-shm")):
            name.unlink(missing_ok=True)
    return None


def _settle(told: Sequence[tuple[asyncio.Future[Any], Any]]) -> None:
    for future, answer in told:
        if future.done():
            continue
        if isinstance(answer, StoreUnavailable):
            future.set_exception(answer)
        else:
            future.set_result(answer)


def _take(takes: Sequence[Take], connection: sqlite3.Connection, now: int, *, keep: bool) -> Verdict:
    def look(take: Take, cost: int) -> Step:
        row = connection.execute(counting.FILE_READ, (take.key,)).fetchone()
        return step(take.policy, () if row is None else _unpacked(row[0]), now, cost)

    weighed = weigh(takes, look)
    if keep:
        for take, state in weighed.keep:
            connection.execute(
                counting.FILE_KEEP, (take.key, _packed(state), ends_at(take.policy, state))
            ).close()
    return weighed.verdict


def _packed(state: State) -> bytes:
    return struct.pack(f"<{len(state)}q", *state)


def _unpacked(data: bytes) -> State:
    return struct.unpack(f"<{len(data) // 8}q", data)
