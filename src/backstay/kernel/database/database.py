"""The database as the edges see it: readers, units of work, and the retry of a lost race."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Awaitable, Callable, Coroutine
from functools import wraps
from pathlib import Path
from typing import Any, Concatenate, Final, ParamSpec, TypeVar
from urllib.parse import unquote, urlsplit

from sqlalchemy import literal_column, select

from backstay.kernel.actor import SYSTEM, Actor
from backstay.kernel.clock import Clock, SystemClock
from backstay.kernel.database.dialect import Dialect
from backstay.kernel.database.engine import Engine, PoolStats
from backstay.kernel.database.errors import LostRace
from backstay.kernel.database.open_unit import OpenUnit
from backstay.kernel.database.statement import Statement, statement
from backstay.kernel.database.unit import Reader, UnitOfWork
from backstay.kernel.observation import current_record
from backstay.kernel.parts import Parts
from backstay.kernel.signing import Keys

T = TypeVar("T")
P = ParamSpec("P")

MAX_ATTEMPTS: Final = 5
"""How often a unit of work runs at most when it keeps losing races."""
_BACKOFF: Final = 0.01
"""Seconds before the second attempt, at most; doubles each time, with full jitter."""

PING: Final = statement(select(literal_column("1").label("one")), int)


class Database:
    """One database, SQLite or PostgreSQL, behind one interface."""

    def __init__(self, engine: Engine, clock: Clock, keys: Keys) -> None:
        """Use `Database.open`."""
        self._engine = engine
        self._clock = clock
        self._cursors = keys.signer("cursor")
        self.parts = Parts()
        """What systems hold for the units of this database; the backend's own parts."""

    @classmethod
    async def open(cls, url: str, *, clock: Clock | None = None, keys: Keys, pool_size: int = 8) -> Database:
        """Open `sqlite:///relative/path`, `sqlite:////absolute/path` or `postgresql://…`.

        Raises:
            ValueError: the URL names no database that backstay knows.
            DatabaseUnavailable: PostgreSQL does not answer.
        """
        engine: Engine
        match urlsplit(url).scheme.partition("+")[0]:
            case "sqlite":
                # Late, both: nobody pays for the other database's driver.
                from backstay.kernel.database.sqlite import SqliteEngine

                engine = SqliteEngine(sqlite_path(url), readers=max(2, pool_size // 2))
            case "postgresql" | "postgres":
                # As above.
                from backstay.kernel.database.postgres import PostgresEngine

                engine = await PostgresEngine.open(url, size=pool_size)
            case other:
                raise ValueError(f"DATABASE_URL begins with {other!r}; it must be sqlite: or postgresql:")
        return cls(engine, clock or SystemClock(), keys)

    @property
    def dialect(self) -> Dialect:
        """`sqlite` or `postgresql`."""
        return self._engine.dialect

    @property
    def clock(self) -> Clock:
        """The clock that units of work read."""
        return self._clock

    def reader(self, actor: Actor) -> Reader:
        """Reads on behalf of an actor; holds no connection between statements."""
        return Reader(self._engine, actor, self._clock, self._cursors, self.parts)

    def transaction(self, actor: Actor) -> OpenUnit:
        """`async with database.transaction(actor) as uow:` commits at the end, or rolls back on a raise.

        It runs once; use `run` where a lost race should be tried again.
        """
        return OpenUnit(UnitOfWork(self._engine, actor, self._clock, self._cursors, self.parts))

    async def run(self, actor: Actor, work: Callable[[UnitOfWork], Awaitable[T]]) -> T:
        """Run `work` in a unit of its own and commit; run it again, from the start, when it lost a race.

        At most 5 attempts; the last `LostRace` is raised. `work` must have no effect outside
        the unit, for it may run more than once.
        """
        attempt = 1
        while True:
            began = time.perf_counter_ns()
            try:
                async with self.transaction(actor) as uow:
                    return await work(uow)
            except LostRace as lost:
                if attempt == MAX_ATTEMPTS:
                    raise
                if (record := current_record.get()) is not None:
                    record.note("retry", lost.code, began, {"attempt": attempt})
                await asyncio.sleep(random.uniform(0, _BACKOFF * 2**attempt))  # noqa: S311 - jitter, not a secret
                attempt += 1

    async def once(self, actor: Actor, statement: Statement[T], **parameters: Any) -> list[T]:
        """Run one changing statement as a unit of its own, and return its rows.

        On PostgreSQL a statement alone is a transaction: this is one round trip instead of three.
        What a unit would do at its commit (events, wake-ups) does not happen here.
        """
        if self.dialect == "postgresql":
            attempt = 1
            while True:
                try:
                    return await self.reader(actor).all(statement, **parameters)
                except LostRace:
                    if attempt == MAX_ATTEMPTS:
                        raise
                    await asyncio.sleep(random.uniform(0, _BACKOFF * 2**attempt))  # noqa: S311 - jitter, not a secret
                    attempt += 1
        return await self.run(actor, lambda uow: uow.all(statement, **parameters))

    async def listen(self, channel: str, heard: Callable[[], None]) -> None:
        """Call `heard` when somebody may have said something, until cancelled; look then what it was.

        On PostgreSQL that is a notification on the channel, or a new connection after an outage, for
        what was said meanwhile is lost. On SQLite it is a commit, by any process, whatever it wrote.
        """
        await self._engine.listen(channel, heard)

    async def ping(self) -> None:
        """One round trip; raises when the database does not answer."""
        await self.reader(SYSTEM).one(PING)

    def stats(self) -> PoolStats:
        """The pool's numbers."""
        return self._engine.stats()

    async def close(self) -> None:
        """Close every connection, and what parts hold open."""
        try:
            await self.parts.close()
        finally:
            await self._engine.close()


def transactional(
    function: Callable[Concatenate[UnitOfWork, P], Awaitable[T]],
) -> Callable[Concatenate[Database, Actor, P], Coroutine[Any, Any, T]]:
    """Turn a service function that takes a unit of work into one that takes a database and an actor.

    For edges of one's own (a script, a command): each call is one unit, committed at its
    end and retried when it lost a race.
    """

    @wraps(function)
    async def edge(database: Database, actor: Actor, /, *args: P.args, **kwargs: P.kwargs) -> T:
        return await database.run(actor, lambda uow: function(uow, *args, **kwargs))

    return edge


def sqlite_path(url: str) -> Path:
    """The file of a `sqlite:///…` URL: three slashes for a relative path, four for an absolute one."""
    parts = urlsplit(url)
    path = unquote(parts.path)
    if parts.netloc or len(path) < 2:
        raise ValueError(f"{url!r}: write sqlite:///file.db (relative) or sqlite:////dir/file.db (absolute)")
    return Path(path[1:])
