"""Every store, opened empty, on a clock that the test moves.

The clock is set where production has no way to: behind the constructor's argument (memory, SQLite), in
another body of the SQL function that the others ask (PostgreSQL), in another head of the script (Redis).
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from uuid import uuid4

import asyncpg
from redis.asyncio import Redis

from backstay.kernel.database import Database
from backstay.kernel.signing import Keys
from backstay.systems.ratelimit.contracts import Store
from backstay.systems.ratelimit.engines.memory import MemoryStore
from backstay.systems.ratelimit.engines.postgres import PostgresStore
from backstay.systems.ratelimit.engines.redis import RedisStore
from backstay.systems.ratelimit.engines.sqlite import SqliteStore
from backstay.systems.ratelimit.module import module
from tests.plugins.servers import POSTGRES, REDIS
from tests.templates import migrate

START = 1_790_000_000_123_456
"""Microseconds since 1970, in 2026, in the middle of whatever window."""

_REDIS_CLOCK = """
local now = tonumber(redis.call('GET', '{%s}:clock'))
local function keep(key, text) redis.call('SET', key, text) end
local function last() end
"""


class Bench:
    """A store, and the clock it reads."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.now = START
        self.store: Store = MemoryStore()
        self._set: Callable[[int], object] = lambda _now: None

    async def move(self, micros: int) -> None:
        """Move the store's clock, forwards or back."""
        await self.set(self.now + micros)

    async def set(self, now: int) -> None:
        """Set the store's clock."""
        self.now = now
        await self._tell()

    async def _tell(self) -> None:
        """Nothing: the store asks us."""


class _Postgres(Bench):
    connection: asyncpg.Connection

    async def _tell(self) -> None:
        await self.connection.execute("UPDATE test_clock SET at = $1", self.now)


class _Redis(Bench):
    client: Redis
    prefix: str

    async def _tell(self) -> None:
        await self.client.set(f"{{{self.prefix}}}:clock", self.now)


@asynccontextmanager
async def open_bench(name: str, folder: Path) -> AsyncIterator[Bench]:
    """The store of this name."""
    opened = {"memory": _memory, "sqlite": _sqlite, "postgresql": _postgres, "redis": _redis}[name]
    async with opened(folder) as bench:
        try:
            yield bench
        finally:
            await bench.store.close()


@asynccontextmanager
async def _memory(_folder: Path) -> AsyncIterator[Bench]:
    bench = Bench("memory")
    bench.store = MemoryStore(clock=lambda: bench.now)
    yield bench


@asynccontextmanager
async def _sqlite(folder: Path) -> AsyncIterator[Bench]:
    bench = Bench("sqlite")
    bench.store = SqliteStore(folder / f"{uuid4().hex}.limits", clock=lambda: bench.now)
    yield bench


@asynccontextmanager
async def postgres_database() -> AsyncIterator[str]:
    """The URL of a migrated database that is dropped afterwards."""
    name = f"backstay_test_{uuid4().hex[:16]}"
    admin = await asyncpg.connect(POSTGRES)
    await admin.execute(f'CREATE DATABASE "{name}" TEMPLATE template0')
    url = f"{POSTGRES.rpartition('/')[0]}/{name}"
    try:
        await migrate(url, [module])
        yield url
    finally:
        await admin.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
        await admin.close()


@asynccontextmanager
async def _postgres(_folder: Path) -> AsyncIterator[Bench]:
    async with postgres_database() as url:
        bench = _Postgres("postgresql")
        bench.connection = await asyncpg.connect(url)
        await bench.connection.execute("CREATE TABLE test_clock (at bigint NOT NULL)")
        await bench.connection.execute("INSERT INTO test_clock VALUES ($1)", START)
        await bench.connection.execute(
            "CREATE OR REPLACE FUNCTION ratelimit_now() RETURNS bigint LANGUAGE sql VOLATILE "
            "RETURN (SELECT at FROM test_clock)"
        )
        keys = Keys(b"a secret of thirty-two bytes, or so")
        bench.store = PostgresStore(partial(Database.open, url, keys=keys, pool_size=4))
        try:
            yield bench
        finally:
            await bench.connection.close()


@asynccontextmanager
async def _redis(_folder: Path) -> AsyncIterator[Bench]:
    bench = _Redis("redis")
    bench.prefix = f"test-{uuid4().hex}"
    bench.client = Redis.from_url(REDIS)
    bench.store = RedisStore(f"{REDIS}?prefix={bench.prefix}", clock=_REDIS_CLOCK % bench.prefix)
    await bench.set(START)
    try:
        yield bench
    finally:
        keys = [key async for key in bench.client.scan_iter(f"{{{bench.prefix}}}:*")]
        await bench.client.delete(*keys)
        await bench.client.aclose()
