"""How the checks ask, where it is counted, and what a history says of a policy."""

from __future__ import annotations

import os
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from importlib.util import find_spec
from typing import Any, Final
from urllib.parse import urlsplit

from backstay.kernel.guarantees import Client, Finding, Lab, Operation, Verdict, not_applicable

VARIABLE: Final = "BACKSTAY_LAB_REDIS"
"""URL of a Redis where the lab may write under prefixes of its own."""
_HERE: Final = "redis://127.0.0.1:6379/0"
ROUTE: Final = "/v1/notes"
KNOWN: Final = "GET as somebody"
UNKNOWN: Final = "GET as nobody"
SECOND: Final = 1_000_000_000
"""Nanoseconds."""

Environment = dict[str, str]


def environment(lab: Lab, **own: str) -> Environment:
    """The settings of a server that limits, counting where the engine under test does.

    The store has a second to answer: how late it may be is another promise, and the lab's machine is busy.
    """
    store = "sqlite" if lab.engine == "sqlite" else "postgres"
    plain = {"ENFORCE": "true", "STORE": store, "DEADLINE": "1"}
    return {f"BACKSTAY_RATELIMIT_{name}": value for name, value in {**plain, **own}.items()}


async def ask(client: Client) -> int | None:
    """A request that the policy `default` counts; its status."""
    return (await client.request("GET", ROUTE, name=KNOWN)).status


async def ask_as_nobody(client: Client) -> int | None:
    """A request that the policy `anonymous` counts: 401 when it admits."""
    headers = {"Authorization": "Bearer nobody"}
    return (await client.request("GET", ROUTE, headers=headers, name=UNKNOWN)).status


def admitted(lab: Lab, name: str) -> list[Operation]:
    """What the limits let pass, whatever became of it then; in the order of the answers."""
    passed = [op for op in lab.history if op.name == name and op.status not in {None, 429}]
    return sorted(passed, key=lambda op: op.ended_ns or 0)


def refused(lab: Lab, name: str) -> list[Operation]:
    """What was answered with 429."""
    return [op for op in lab.history if op.name == name and op.status == 429]


def too_many(operations: Sequence[Operation], most: Callable[[float], float], words: str) -> Finding | None:
    """A time in which more was admitted than the policy says.

    An operation that was sent after a moment and answered before another was decided between them: so
    those that certainly lie in a time are counted, and nothing is said of the others.

    Args:
        operations: those admitted, in the order of their answers.
        most: how many may be admitted in so many seconds, both ends included.
        words: the policy.
    """
    for begin in {op.invoked_ns for op in operations}:
        inside: list[int] = []
        for op in operations:
            if op.invoked_ns < begin or op.ended_ns is None:
                continue
            inside.append(op.id)
            seconds = (op.ended_ns - begin) / SECOND
            if len(inside) > most(seconds):
                return Finding(f"{len(inside)} requests within {seconds:.3f} s: {words}", tuple(inside))
    return None


async def on_redis(lab: Lab, check: Callable[[Lab, str, int, Environment], Awaitable[Verdict]]) -> Verdict:
    """Run a check with the limits in Redis, under a prefix of its own; it is given host, port and settings.

    The Redis is that of `BACKSTAY_LAB_REDIS`, else this machine's.
    """
    if find_spec("redis") is None:
        return not_applicable("the extra `redis` is not installed")
    # An extra: loaded only where it is there.
    from redis.asyncio import Redis
    from redis.exceptions import RedisError

    # As above.
    from backstay.systems.ratelimit.engines.redis.address import Address

    url = f"{os.environ.get(VARIABLE, _HERE)}?prefix={lab.unique('lab')}"
    address = Address.parse(url)
    client = Redis.from_url(address.url)
    async with AsyncExitStack() as stack:
        stack.push_async_callback(client.aclose)
        try:
            await client.ping()
        except (RedisError, OSError):
            return not_applicable(f"no Redis answers: set {VARIABLE} to the URL of one")
        try:
            settings = environment(lab, STORE="redis") | {"RATELIMIT_URL": url}
            parts = urlsplit(url)
            return await check(lab, parts.hostname or "127.0.0.1", parts.port or 6379, settings)
        finally:
            keys = [key async for key in client.scan_iter(f"{{{address.prefix}}}:*", count=500)]
            if keys:
                await client.unlink(*keys)


def with_port(settings: Mapping[str, str], port: int) -> Environment:
    """The same Redis through a proxy on this port."""
    parts = urlsplit(settings["RATELIMIT_URL"])
    login = f"{parts.netloc.rpartition('@')[0]}@" if "@" in parts.netloc else ""
    return {**settings, "RATELIMIT_URL": parts._replace(netloc=f"{login}127.0.0.1:{port}").geturl()}


def redis_store() -> Any:
    """The class of the engine, for a planted bug."""
    # An extra: loaded only in a server that has it.
    from backstay.systems.ratelimit.engines.redis import RedisStore

    return RedisStore
