"""Where the jobs' Redis is, and whether it may be trusted with jobs."""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import ResponseError

from backstay.systems.jobs.contracts import Durability

PREFIX: Final = "backstay"
TIMEOUT: Final = 5.0
"""Seconds until a Redis that does not answer counts as away."""


class RedisUnfit(Exception):
    """This Redis would lose jobs, or speaks no Lua that we can use; the message says what to change."""


@dataclass(frozen=True)
class Address:
    """A `JOBS_URL` that names Redis: `redis://host:6379/0?prefix=backstay`, or `rediss:` for TLS."""

    url: str
    """For redis-py, without our own parameters."""
    prefix: str

    @classmethod
    def parse(cls, url: str) -> Address:
        """Take our parameters out of the URL.

        Raises:
            ValueError: it names no Redis, or its prefix has characters that a hash tag cannot have.
        """
        parts = urlsplit(url)
        if parts.scheme not in {"redis", "rediss", "unix"}:
            raise ValueError(f"JOBS_URL begins with {parts.scheme!r}; a Redis is redis:, rediss: or unix:")
        query = dict(parse_qsl(parts.query))
        prefix = query.pop("prefix", PREFIX)
        if re.fullmatch(r"[A-Za-z0-9_.:-]{1,64}", prefix) is None:
            raise ValueError(
                f"JOBS_URL has the prefix {prefix!r}; use at most 64 letters, digits, or any of '_.:-'"
            )
        return cls(urlunsplit(parts._replace(query=urlencode(query))), prefix)

    @property
    def keys(self) -> str:
        """What all keys begin with; the braces are a hash tag: on a cluster, all lie in one slot."""
        return "{" + self.prefix + "}:"

    def connect(self) -> Redis:
        """A client that never sends a command twice by itself: a claim repeated would be a claim lost.

        It has no time limit for a command's answer, so callers set theirs. With one, redis-py sends by
        `asyncio.wait_for`, which in Python 3.11 loses a cancellation that comes when it is just done.
        """
        return Redis.from_url(
            self.url,
            retry=Retry(NoBackoff(), 0),
            socket_timeout=None,
            socket_connect_timeout=TIMEOUT,
            protocol=2,
            decode_responses=False,
        )


async def inspect(client: Redis) -> Durability:
    """What the server's own configuration lets an enqueue survive.

    Raises:
        RedisUnfit: it throws keys away when memory is short, or is older than Redis 6.2.
        TimeoutError: it does not answer.
    """
    async with asyncio.timeout(TIMEOUT):
        return await _inspect(client)


async def _inspect(client: Redis) -> Durability:
    told: dict[str, Any] = await client.info("server")
    version = str(told.get("redis_version", "0"))
    if tuple(int(part) for part in version.split(".")[:2]) < (6, 2):
        raise RedisUnfit(f"this is Redis {version}; the job engine needs 6.2 or later")
    try:
        answer: dict[Any, Any] = await client.config_get("maxmemory-policy", "appendonly", "appendfsync")
    except ResponseError:
        # Hosted servers hide CONFIG: nothing is promised that cannot be seen.
        return await _told_by_info(client)
    found = {_text(name): _text(value) for name, value in answer.items()}
    policy = found.get("maxmemory-policy", "noeviction")
    _refuse_eviction(policy)
    if found.get("appendonly") != "yes":
        return Durability.MEMORY
    return Durability.DISK if found.get("appendfsync") == "always" else Durability.SYSTEM


async def _told_by_info(client: Redis) -> Durability:
    memory: dict[str, Any] = await client.info("memory")
    _refuse_eviction(_text(memory.get("maxmemory_policy", "noeviction")))
    return Durability.MEMORY


def _refuse_eviction(policy: str) -> None:
    if policy != "noeviction":
        raise RedisUnfit(
            f"this Redis has maxmemory-policy {policy!r}: when memory is short it would throw jobs away. "
            "Set maxmemory-policy to noeviction, or give the jobs a Redis of their own"
        )


def _text(value: str | bytes) -> str:
    return value.decode() if isinstance(value, bytes) else value
