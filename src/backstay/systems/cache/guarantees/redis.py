"""The same promises with values on Redis, beside either database.

The Redis is that of `BACKSTAY_LAB_REDIS`, else this machine's; each run has keys of its own there.
"""

from __future__ import annotations

import os
from collections.abc import Awaitable, Callable, Mapping
from importlib.util import find_spec
from typing import Final

from backstay.kernel.guarantees import Lab, Patch, Verdict, guarantee, not_applicable
from backstay.systems.cache.guarantees import checks

VARIABLE: Final = "BACKSTAY_LAB_REDIS"
"""URL of a Redis where the lab may write under prefixes of its own."""
_HERE: Final = "redis://127.0.0.1:6379/0"


async def _on_redis(lab: Lab, check: Callable[[Lab, Mapping[str, str]], Awaitable[Verdict]]) -> Verdict:
    """Run a check with values under a prefix of their own, and clear that away."""
    if find_spec("redis") is None:
        return not_applicable("the extra `redis` is not installed")
    # An extra: loaded only where it is there.
    from redis.asyncio import Redis
    from redis.exceptions import RedisError

    prefix = lab.unique("lab")
    address = os.environ.get(VARIABLE, _HERE)
    client = Redis.from_url(address)
    try:
        try:
            await client.ping()
        except (RedisError, OSError):
            return not_applicable(f"no Redis answers: set {VARIABLE} to the URL of one")
        try:
            return await check(lab, {"CACHE_URL": f"{address}?prefix={prefix}"})
        finally:
            if keys := [key async for key in client.scan_iter(f"{prefix}:*")]:
                await client.unlink(*keys)
    finally:
        await client.aclose()


@guarantee(
    "redis-kept-answers-are-ones-own",
    promise="With values on Redis, what is kept for one organization, or one person with the rights of one "
    "moment, is never given to another.",
    safety="break",
    trials=3,
    core=False,
)
async def redis_kept_answer_is_ones_own(lab: Lab) -> Verdict:
    """Two organizations, and keys of several rights, ask for the same."""
    return await _on_redis(lab, checks.ones_own)


@redis_kept_answer_is_ones_own.sabotage("keep everything under the name of what it is")
def for_anybody(patch: Patch) -> None:
    """As caches of URLs do."""
    checks.for_anybody(patch)


@guarantee(
    "redis-misses-make-one-computation",
    promise="With values on Redis, a thousand who miss the same value at once, on four processes, make one "
    "computation.",
    safety="break",
    core=False,
)
async def redis_misses_make_one_computation(lab: Lab) -> Verdict:
    """Count the computations."""
    return await _on_redis(lab, checks.one_computation)


@redis_misses_make_one_computation.sabotage("let each process see to itself")
def alone(patch: Patch) -> None:
    """No lease."""
    checks.alone(patch)


@guarantee(
    "redis-old-values-end-in-250-ms",
    promise="With values on Redis, 250 ms after an invalidation was committed no process gives out the old "
    "value.",
    safety="break",
    trials=10,
    core=False,
)
async def redis_nobody_reads_the_old_value(lab: Lab) -> Verdict:
    """Change what all read, and look 250 ms later."""
    return await _on_redis(lab, checks.nothing_old)


@redis_nobody_reads_the_old_value.sabotage("give out whatever is kept for its time")
def unjudged(patch: Patch) -> None:
    """A time to live alone: to be deaf is not enough, for others put the new value into Redis."""
    checks.unjudged(patch)


@guarantee(
    "redis-late-values-are-not-kept",
    promise="With values on Redis, a computation that began before an invalidation is not kept after it.",
    safety="break",
    trials=3,
    core=False,
)
async def redis_a_late_value_is_not_kept(lab: Lab) -> Verdict:
    """Change what is being computed."""
    return await _on_redis(lab, checks.nothing_late)


@redis_a_late_value_is_not_kept.sabotage("note what is known when the computation ends")
def marked_late(patch: Patch) -> None:
    """The usual order: compute, then set."""
    checks.marked_late(patch)
