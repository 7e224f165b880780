"""The peers: each library's own idea of a check, through its asynchronous interface where it has one."""

from __future__ import annotations

import asyncio
import inspect
from typing import Any

import measuring
from redis.asyncio import Redis


async def incrby(url: str, _quota: int, _window: int, name: str) -> measuring.Check:
    """Not a limiter: the least that counting in Redis can cost through this client."""
    client = Redis.from_url(url)

    async def check(key: int) -> bool:
        await client.incrby(f"{name}:{key}", 1)
        return True

    return check


def limits(strategy: str) -> Any:
    """https://github.com/alisaifee/limits"""

    async def opened(url: str, quota: int, window: int, name: str) -> measuring.Check:
        from limits import RateLimitItemPerSecond
        from limits.aio import storage, strategies

        store = (
            storage.RedisStorage(f"async+{url}", implementation="redispy") if url else storage.MemoryStorage()
        )
        limiter = getattr(strategies, strategy)(store)
        item = RateLimitItemPerSecond(quota, window)

        async def check(key: int) -> bool:
            return await limiter.hit(item, name, str(key))

        return check

    return opened


def throttled(kind: str) -> Any:
    """https://github.com/ZhuoZhuoCrayon/throttled-py"""

    async def opened(url: str, quota: int, window: int, name: str) -> measuring.Check:
        from datetime import timedelta

        from throttled.asyncio import MemoryStore, RedisStore, Throttled, per_duration

        store = RedisStore(server=url) if url else MemoryStore(options={"MAX_SIZE": 4 * measuring.KEYS})
        limiter = Throttled(
            using=kind, quota=per_duration(timedelta(seconds=window), quota, burst=quota), store=store
        )

        async def check(key: int) -> bool:
            return not (await limiter.limit(f"{name}:{key}")).limited

        return check

    return opened


async def pyrate(url: str, quota: int, window: int, name: str) -> measuring.Check:
    """https://github.com/vutran1710/PyrateLimiter: a bucket a key, GCRA."""
    from pyrate_limiter import GCRA, InMemoryStateStore, Limiter, Rate, RedisStateStore, StateBucket

    client = Redis.from_url(url) if url else None
    rates = [Rate(quota, window * 1000, burst=quota)]

    def bucket(key: int) -> Any:
        store = InMemoryStateStore() if client is None else RedisStateStore(client, f"{name}:{key}")
        return Limiter(StateBucket(rates, GCRA(), store))

    limiters = [bucket(key) for key in range(measuring.KEYS)]

    async def check(key: int) -> bool:
        told = limiters[key].try_acquire_async(str(key), blocking=False)
        return bool(await told if inspect.isawaitable(told) else told)

    return check


CONTENDERS = {
    "incrby": incrby,
    "limits-moving": limits("MovingWindowRateLimiter"),
    "limits-counter": limits("SlidingWindowCounterRateLimiter"),
    "throttled-gcra": throttled("gcra"),
    "throttled-counter": throttled("sliding_window"),
    "pyrate-gcra": pyrate,
}


async def open_check(contender: str, url: str, quota: int, window: int, name: str) -> measuring.Check:
    """The check of this contender."""
    return await CONTENDERS[contender](url, quota, window, name)


if __name__ == "__main__":
    asyncio.run(measuring.main(open_check))
