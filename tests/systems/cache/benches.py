"""Nodes of one house, each with a cache of its own over the same database and, perhaps, the same Redis."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from redis.asyncio import Redis

from backstay.kernel.actor import Actor
from backstay.kernel.clock import Clock
from backstay.kernel.database import Database, Reader
from backstay.kernel.signing import Keys
from backstay.systems.cache import Cache, Kind, Sharing, invalidate
from backstay.systems.cache.service import Tail, hold_parts
from backstay.systems.cache.settings import CacheSettings
from backstay.systems.cache.tables import metadata
from tests.conftest import make_actor
from tests.plugins.servers import REDIS
from tests.tables import create_tables

KEYS = Keys(b"a secret of thirty-two bytes, or so")
NUMBER_OR_NONE: Any = int | None
NUMBER: Kind[int | None] = Kind("tests.number", NUMBER_OR_NONE, Sharing.ORGANIZATION, ttl=60, early=0)


@dataclass
class Node:
    """One process, as far as the cache goes."""

    database: Database
    cache: Cache
    actor: Actor
    filled: int = 0
    loaded: list[int | None] = field(default_factory=list)

    @property
    def reader(self) -> Reader:
        return self.database.reader(self.actor)

    @property
    def tail(self) -> Tail:
        return self.database.parts.part(Tail)

    async def ask(
        self,
        value: int | Callable[[], Awaitable[int | None]] | None,
        *parts: Any,
        kind: Any = NUMBER,
        **more: Any,
    ) -> Any:
        """The number that is kept, or this one."""

        async def fill() -> int | None:
            self.filled += 1
            return await value() if callable(value) else value

        return await self.cache.get_or_fill(
            kind.key(self.reader, *parts), fill, **{"tags": ["numbers"], **more}
        )

    async def invalidate(self, *tags: str) -> None:
        async with self.database.transaction(self.actor) as uow:
            invalidate(uow, *(tags or ("numbers",)))

    async def catch_up(self) -> None:
        """Look at the invalidations now, as `follow` would soon."""
        self.tail._looked = float("-inf")
        assert await self.tail.trust()


@dataclass
class Bench:
    """Some nodes."""

    engine: str
    nodes: list[Node]
    open_node: Callable[[], Awaitable[Node]] = field(init=False)

    @property
    def node(self) -> Node:
        return self.nodes[0]


@asynccontextmanager
async def open_bench(
    engine: str, url: str, clock: Clock, *, nodes: int = 2, redis: str = REDIS, **settings: Any
) -> AsyncIterator[Bench]:
    prefix = f"test-{uuid4().hex[:12]}"
    # A machine that stands still for a moment is no outage: who wants one gives a time.
    settings = {"timeout": 5.0, **settings}
    chosen = CacheSettings(url=f"{redis}?prefix={prefix}" if engine == "redis" else "", **settings)
    actor = make_actor()
    async with AsyncExitStack() as stack:
        bench = Bench(engine, [])

        async def open_node() -> Node:
            database = await Database.open(url, clock=clock, keys=KEYS, pool_size=4)
            stack.push_async_callback(database.close)
            if not bench.nodes:
                await create_tables(database, metadata)
            cache = hold_parts(database, chosen)
            stack.push_async_callback(cache.close)
            bench.nodes.append(Node(database, cache, actor))
            return bench.nodes[-1]

        bench.open_node = open_node
        for _ in range(nodes):
            await open_node()
        try:
            yield bench
        finally:
            if engine == "redis" and redis == REDIS:
                await forget(prefix)


async def forget(prefix: str) -> None:
    client = Redis.from_url(REDIS)
    if keys := [key async for key in client.scan_iter(f"{prefix}:*")]:
        await client.unlink(*keys)
    await client.aclose()


class Gate:
    """A computation that stands still until it is let through."""

    def __init__(self, value: int | None) -> None:
        self.value = value
        self.reached = asyncio.Event()
        self.open = asyncio.Event()

    async def __call__(self) -> int | None:
        self.reached.set()
        await self.open.wait()
        return self.value


class Broken(Exception):
    """What a computation raises here."""


async def broken() -> int:
    raise Broken


def kind(**more: Any) -> Kind[int]:
    return Kind("tests.other", int, Sharing.ORGANIZATION, **{"ttl": 60, "early": 0, **more})


async def settled(node: Node) -> None:
    """Wait for what is computed in the background."""
    if tasks := list(node.cache._flights._tasks):
        await asyncio.wait(tasks)
