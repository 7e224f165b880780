"""Databases of the tests' own on PostgreSQL: an empty one, or a copy of one that was migrated before.

Making and dropping them was a third of what PostgreSQL did for the tests that use it. So one connection of
each process does it all, and an empty database that nobody used serves again.
"""

from __future__ import annotations

import asyncio
import atexit
import threading
from collections.abc import Callable, Coroutine
from functools import cache
from typing import Any, TypeVar
from uuid import uuid4

import asyncpg

from tests.plugins.servers import POSTGRES

T = TypeVar("T")


class Keeper:
    """Makes and drops databases, over a connection that outlives the loops of the tests."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="databases", daemon=True)
        self._thread.start()
        self._connection: asyncpg.Connection | None = None
        self._turn = asyncio.Lock()
        self._spare: list[str] = []
        """Empty ones that nobody has used."""
        self._templates: list[str] = []

    async def empty(self, name: str) -> None:
        """Let there be an empty database of this name."""
        if self._spare:
            await self._do(f'ALTER DATABASE "{self._spare.pop()}" RENAME TO "{name}"')
        else:
            await self._do(f'CREATE DATABASE "{name}" TEMPLATE template0')

    async def template(self) -> str:
        """A new empty database that lasts as long as this process."""
        name = f"backstay_template_{uuid4().hex[:16]}"
        self._templates.append(name)
        await self.empty(name)
        return name

    async def unused(self, name: str) -> bool:
        """Whether nobody is in it, and nothing was made in it yet."""
        return await self._ask(
            lambda connection: connection.fetchval(
                # What PostgreSQL itself brings has numbers below 16384.
                "SELECT NOT EXISTS (SELECT FROM pg_stat_activity WHERE datname = $1) AND NOT EXISTS ("
                "  SELECT FROM pg_database, pg_ls_dir('base/' || oid) AS file"
                "  WHERE datname = $1 AND substring(file FROM '^[0-9]+')::bigint >= 16384)",
                name,
            )
        )

    async def replace(self, name: str, template: str) -> None:
        """Put a copy of a template in the place of an unused one, which serves again."""
        spare = f"backstay_spare_{uuid4().hex[:16]}"
        await self._do(f'ALTER DATABASE "{name}" RENAME TO "{spare}"')
        self._spare.append(spare)
        await self._do(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')

    async def drop(self, name: str) -> None:
        """Drop it, whoever is still in it."""
        await self._do(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')

    def end(self) -> None:
        """Drop what is kept, and close the connection."""

        async def leave() -> None:
            if self._connection is not None:
                for name in (*self._spare, *self._templates):
                    await self._connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
                await self._connection.close()

        asyncio.run_coroutine_threadsafe(leave(), self._loop).result(30)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    async def _do(self, sql: str) -> None:
        await self._ask(lambda connection: connection.execute(sql))

    async def _ask(self, what: Callable[[asyncpg.Connection], Coroutine[Any, Any, T]]) -> T:
        async def asked() -> T:
            async with self._turn:
                if self._connection is None or self._connection.is_closed():
                    self._connection = await asyncpg.connect(POSTGRES)
                return await what(self._connection)

        return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(asked(), self._loop))


@cache
def keeper() -> Keeper:
    """This process's."""
    made = Keeper()
    atexit.register(made.end)
    return made
