"""Entries and leases in one Redis, for all processes together.

Redis only keeps bytes here. Whether an entry still holds is judged by each process from the
invalidations in the database, so Redis may lose what it likes, restart, or answer late: no
answer of its can make an old value a new one.
"""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Final
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from backstay.kernel.redis import Line
from backstay.systems.cache.engines.store import Away, Entry, Numbers, decode, encode

RETRY: Final = 1.0
"""Seconds for which a Redis that did not answer is not asked again."""
_CONNECTIONS: Final = 16
_PREFIX: Final = "backstay"

# The order stands before the entry in 20 digits, so that Redis compares it without reading the rest.
_PUT: Final = """
local there = redis.call('GETRANGE', KEYS[1], 0, 19)
if #there == 20 and there > ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[1] .. ARGV[2], 'PX', ARGV[3])
return 1
"""
_RENEW: Final = """
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
return redis.call('PEXPIRE', KEYS[1], ARGV[2])
"""
_LET_GO: Final = """
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
return redis.call('DEL', KEYS[1])
"""


def parse(url: str) -> tuple[str, str]:
    """The URL for redis-py, and the prefix of all keys.

    Raises:
        ValueError: it names no Redis, or the prefix has characters that a key of ours cannot have.
    """
    parts = urlsplit(url)
    if parts.scheme not in {"redis", "rediss", "unix"}:
        raise ValueError(f"CACHE_URL begins with {parts.scheme!r}; a Redis is redis:, rediss: or unix:")
    query = dict(parse_qsl(parts.query))
    prefix = query.pop("prefix", _PREFIX)
    if re.fullmatch(r"[A-Za-z0-9_.:-]{1,64}", prefix) is None:
        raise ValueError(
            f"CACHE_URL has the prefix {prefix!r}; use up to 64 letters, digits, or any of '_.:-'"
        )
    return urlunsplit(parts._replace(query=urlencode(query))), prefix


class RedisStore:
    """As `engines.store.Store` and `engines.store.Leases`."""

    name: str = "redis"
    apart: bool = False

    def __init__(self, url: str, *, timeout: float) -> None:
        """Connects at the first use.

        Raises:
            ValueError: the URL names no Redis.
        """
        address, prefix = parse(url)
        pool = BlockingConnectionPool.from_url(
            address,
            max_connections=_CONNECTIONS,
            timeout=None,
            retry=Retry(NoBackoff(), 0),
            # With a limit of its own, redis-py waits in a way that may lose a cancellation in Python 3.11.
            socket_timeout=None,
            socket_connect_timeout=timeout,
            protocol=2,
        )
        self._client = Redis.from_pool(pool)
        self._keys = f"{prefix}:cache:"
        self._timeout = timeout
        self._away_until = 0.0
        # So that the time in which a question waits for its turn does not count as Redis's.
        self._turns = asyncio.Semaphore(_CONNECTIONS)
        self._line = Line(address, timeout=timeout)
        self._getting: dict[str, asyncio.Future[bytes | None]] = {}
        self._put = self._client.register_script(_PUT)
        self._renew = self._client.register_script(_RENEW)
        self._let_go = self._client.register_script(_LET_GO)

    @property
    def available(self) -> bool:
        """Whether it is asked at present."""
        return time.monotonic() >= self._away_until

    async def get(self, key: str) -> Entry | None:
        """One round trip, for all who ask for the key at the same time."""
        if not self.available:
            raise Away
        try:
            if not self._line.is_open:
                await self._line.open()
            getting = self._getting.get(key)
            if getting is None:
                getting = self._getting[key] = self._line.ask(b"GET", (self._keys + key).encode())
                getting.add_done_callback(lambda _: self._getting.pop(key, None))
            # Whoever stops waiting does so for itself alone.
            kept = await asyncio.shield(getting)
        except OSError as failure:
            self._lose()
            raise Away from failure
        return None if kept is None else decode(kept[20:])

    async def put(self, key: str, entry: Entry, seconds: float) -> bool:
        """One round trip; Redis compares the orders itself."""
        order = f"{entry.order:020d}"
        milliseconds = max(1, int(seconds * 1000))
        async with self._asking():
            put = await self._put(keys=[self._keys + key], args=[order, encode(entry), milliseconds])
        return bool(put)

    async def drop(self, key: str) -> None:
        """Forget an entry."""
        async with self._asking():
            await self._client.unlink(self._keys + key)

    async def take(self, key: str, token: str, seconds: float) -> bool:
        """Its lease, unless somebody has it."""
        async with self._asking():
            taken = await self._client.set(self._lease(key), token, nx=True, px=int(seconds * 1000))
        return bool(taken)

    async def renew(self, key: str, token: str, seconds: float) -> None:
        """Put the lease's end off."""
        async with self._asking():
            await self._renew(keys=[self._lease(key)], args=[token, int(seconds * 1000)])

    async def give(self, key: str, token: str, entry: Entry) -> None:
        """End the lease; who waits finds the entry where entries are."""
        del entry
        await self.let_go(key, token)

    async def let_go(self, key: str, token: str) -> None:
        """End the lease."""
        async with self._asking():
            await self._let_go(keys=[self._lease(key)], args=[token])

    async def given(self, key: str) -> Entry | None:
        """As `get`."""
        return await self.get(key)

    async def numbers(self) -> Numbers:
        """What Redis says of all that it holds: its keys may be others' too, so only evictions are told."""
        try:
            async with self._asking():
                told: dict[str, Any] = await self._client.info("stats")
        except Away:
            return Numbers(None, None, None, None)
        return Numbers(None, None, None, int(told.get("evicted_keys", 0)))

    async def close(self) -> None:
        """Close every connection."""
        self._line.close()
        await self._client.aclose()
        await self._client.connection_pool.disconnect()

    def _lease(self, key: str) -> str:
        return f"{self._keys}lease:{key}"

    @asynccontextmanager
    async def _asking(self) -> AsyncIterator[None]:
        try:
            async with self._turns:
                if not self.available:
                    raise Away
                async with asyncio.timeout(self._timeout):
                    yield
        except (RedisError, OSError, TimeoutError) as failure:
            self._lose()
            raise Away from failure

    def _lose(self) -> None:
        # Nobody else waits for it until it has had time to come back.
        self._away_until = time.monotonic() + RETRY
