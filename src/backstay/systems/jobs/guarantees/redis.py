"""The same promises with the jobs on Redis, beside either database.

The Redis is that of `BACKSTAY_LAB_REDIS`, else this machine's; each run has keys of its own there.
"""

from __future__ import annotations

import os
from collections.abc import Awaitable, Callable, Mapping, Sequence
from importlib.util import find_spec
from typing import Any, Final

import msgspec

from backstay.kernel.database import UnitOfWork
from backstay.kernel.guarantees import Lab, Patch, Verdict, guarantee, not_applicable
from backstay.systems.jobs.engines.store import LeaseKey, Outcome
from backstay.systems.jobs.guarantees.once import (
    end_first,
    kill_amidst,
    stop_beyond_lease,
    terminate_amidst,
)
from backstay.systems.jobs.guarantees.probes import QUICK
from backstay.systems.jobs.service.worker import Worker

VARIABLE: Final = "BACKSTAY_LAB_REDIS"
"""URL of a Redis where the lab may write under prefixes of its own."""
_HERE: Final = "redis://127.0.0.1:6379/0"
_UNWOUND: Final = 500


async def on_redis(lab: Lab, check: Callable[[Lab, Mapping[str, str]], Awaitable[Verdict]]) -> Verdict:
    """Run a check with the jobs under a prefix of their own, and clear that away."""
    if find_spec("redis") is None:
        return not_applicable("the extra `redis` is not installed")
    # An extra: loaded only where it is there.
    from redis.exceptions import RedisError

    # As above.
    from backstay.systems.jobs.engines.redis.address import Address

    url = f"{os.environ.get(VARIABLE, _HERE)}?prefix={lab.unique('lab')}"
    address = Address.parse(url)
    client = address.connect()
    try:
        try:
            await client.ping()
        except (RedisError, OSError):
            return not_applicable(f"no Redis answers: set {VARIABLE} to the URL of one")
        try:
            return await check(lab, {**QUICK, "JOBS_URL": url})
        finally:
            keys = [key async for key in client.scan_iter(f"{address.keys}*", count=_UNWOUND)]
            if keys:
                await client.unlink(*keys)
    finally:
        await client.aclose()


def _engine() -> Any:
    """The class of the engine, for a planted bug."""
    # An extra: loaded only in a server that has it.
    from backstay.systems.jobs.engines.redis import RedisStore

    return RedisStore


@guarantee(
    "redis-jobs-happen-once",
    promise="With the jobs on Redis, a committed job is done, and what it does behind `context.once` is done "
    "once, however often its worker is killed in the middle.",
    safety="break",
    faults=["kill"],
    trials=2,
    core=False,
)
async def redis_jobs_happen_once(lab: Lab) -> Verdict:
    """Kill the worker, and the relay with it, while jobs are enqueued and run; count every effect."""
    return await on_redis(lab, kill_amidst)


@redis_jobs_happen_once.sabotage("end the job first, and do its work in a commit of its own")
def work_later(patch: Patch) -> None:
    """What at-most-once queues do: acknowledge, then work."""
    end_first(patch)


@guarantee(
    "redis-zombies-change-nothing",
    promise="With the jobs on Redis, a worker that stood still until its lease ran out changes nothing when "
    "it goes on.",
    safety="break",
    faults=["pause"],
    trials=2,
    core=False,
)
async def redis_zombies_change_nothing(lab: Lab) -> Verdict:
    """Stop one of two workers beyond its lease, let the other do its jobs, and let it go on."""
    return await on_redis(lab, stop_beyond_lease)


@redis_zombies_change_nothing.sabotage("ask neither whose the job is nor what was done of it")
def unfenced(patch: Patch) -> None:
    """The commit looks at no lease, and at no note."""

    async def not_looking(store: Any, uow: UnitOfWork, key: LeaseKey) -> None:
        """Whoever holds it."""

    async def always(store: Any, uow: UnitOfWork, job_id: Any, effect: str) -> bool:
        del store, uow, job_id, effect
        return True

    def hold_on(worker: Worker, key: LeaseKey) -> None:
        """The handler is not told either."""

    patch(_engine(), "check_in", not_looking)
    patch(_engine(), "once_in", always)
    patch(Worker, "_lose", hold_on)


@guarantee(
    "redis-sigterm-spends-no-attempt",
    promise="With the jobs on Redis, a job that SIGTERM interrupts is given back without having used an "
    "attempt.",
    safety="break",
    faults=["terminate"],
    core=False,
)
async def redis_sigterm_spends_no_attempt(lab: Lab) -> Verdict:
    """Terminate a worker in the middle of long jobs, start it again, and see in which attempt they end."""
    return await on_redis(lab, terminate_amidst)


@redis_sigterm_spends_no_attempt.sabotage("count the interrupted attempt")
def counted(patch: Patch) -> None:
    """What is given back has been tried."""
    engine = _engine()
    settle = engine.settle

    async def spending(store: Any, outcomes: Sequence[Outcome]) -> list[bool]:
        spent: list[bool] = await settle(
            store, [msgspec.structs.replace(one, spent=True) for one in outcomes]
        )
        return spent

    patch(engine, "settle", spending)
