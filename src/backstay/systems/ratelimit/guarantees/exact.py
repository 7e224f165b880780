"""Exactly the policy, however many ask however many processes at once."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any, Final

import msgspec

from backstay.kernel.guarantees import Finding, Lab, Patch, Verdict, guarantee, judge
from backstay.systems.ratelimit.contracts import Take
from backstay.systems.ratelimit.contracts import Verdict as Told
from backstay.systems.ratelimit.engines.memory import MemoryStore
from backstay.systems.ratelimit.engines.outage import GuardedStore
from backstay.systems.ratelimit.guarantees.probes import (
    KNOWN,
    UNKNOWN,
    admitted,
    ask,
    ask_as_nobody,
    environment,
    on_redis,
    refused,
    too_many,
)

_QUOTA: Final = 100
_WINDOW: Final = 10
"""Seconds; what flows back in a tenth of one is a request."""
_LOGGED: Final = 60
_SPAN: Final = 2
"""Requests of nobody in particular, by a sliding log, in so many seconds."""
_PROCESSES: Final = 4
_CLIENTS: Final = 50
"""Of a process."""

_POLICIES: Final = {
    "QUOTA": str(_QUOTA),
    "WINDOW": str(_WINDOW),
    "POLICIES": msgspec.json.encode(
        [
            {"name": "default", "when_down": "closed"},
            {
                "name": "anonymous",
                "algorithm": "log",
                "quota": _LOGGED,
                "window": _SPAN,
                "when_down": "closed",
            },
        ]
    ).decode(),
}
"""Closed, for where a machine is so busy that the store has not answered within a second, processes that went
on by themselves would admit more; that is another promise, and no breach of this one."""


async def _crowd(lab: Lab, settings: Mapping[str, str]) -> Verdict:
    """Ask four processes by fifty clients each, as one actor and as nobody, and look at every time."""
    await lab.server(processes=_PROCESSES, env=settings)
    half = _PROCESSES * _CLIENTS // 2
    known, unknown = lab.clients(half), lab.clients(half)
    await asyncio.gather(known.each(12, ask), unknown.each(12, ask_as_nobody))
    by_bucket, by_log = admitted(lab, KNOWN), admitted(lab, UNKNOWN)
    turned_away = len(refused(lab, KNOWN)), len(refused(lab, UNKNOWN))
    unlike = [op for op in (*by_bucket, *by_log) if op.status not in {200, 401}]
    return judge(
        too_many(
            by_bucket,
            lambda seconds: _QUOTA + seconds * _QUOTA / _WINDOW,
            f"the bucket holds {_QUOTA} and gets {_QUOTA} in {_WINDOW} s",
        ),
        too_many(
            by_log,
            lambda seconds: _LOGGED if seconds < _SPAN else len(by_log),
            f"the log admits {_LOGGED} in {_SPAN} s",
        ),
        _too_few(len(by_bucket), _QUOTA, "bucket"),
        _too_few(len(by_log), _LOGGED, "log"),
        Finding(f"a request was answered with {unlike[0].status}", (unlike[0].id,)) if unlike else None,
        untried=None if min(turned_away) else "nobody was refused",
        admitted=len(by_bucket) + len(by_log),
        refused=sum(turned_away),
    )


def _too_few(count: int, quota: int, name: str) -> Finding | None:
    return Finding(f"the {name} admitted {count}, and its quota is {quota}") if count < quota else None


@guarantee(
    "exactly-the-policy-is-admitted",
    promise="However many clients ask however many processes at once, exactly what a policy says is "
    "admitted: no request more in any time, and its whole quota.",
    safety="probe",
    core=False,  # the core set has a minute for all systems
)
async def exactly_the_policy_is_admitted(lab: Lab) -> Verdict:
    """200 clients on 4 processes, a token bucket and a sliding log, with the limits beside the data."""
    return await _crowd(lab, environment(lab, **_POLICIES))


@exactly_the_policy_is_admitted.sabotage("count in each process by itself")
def apart(patch: Patch) -> None:
    """What most limiters do until somebody gives them a Redis."""
    _count_apart(patch)


@exactly_the_policy_is_admitted.sabotage("look first, and count afterwards")
def look_first(patch: Patch) -> None:
    """Whoever asks while nobody has counted yet is admitted too."""
    _count_afterwards(patch)


@guarantee(
    "redis-admits-exactly-the-policy",
    promise="With the limits in Redis, exactly what a policy says is admitted, however many clients ask "
    "however many processes at once.",
    safety="probe",
    core=False,
)
async def redis_admits_exactly_the_policy(lab: Lab) -> Verdict:
    """The same crowd, counted in Redis."""

    async def check(lab: Lab, _host: str, _port: int, settings: dict[str, str]) -> Verdict:
        own = {f"BACKSTAY_RATELIMIT_{name}": value for name, value in _POLICIES.items()}
        return await _crowd(lab, {**settings, **own})

    return await on_redis(lab, check)


@redis_admits_exactly_the_policy.sabotage("count in each process by itself")
def redis_apart(patch: Patch) -> None:
    """As above."""
    _count_apart(patch)


@redis_admits_exactly_the_policy.sabotage("look first, and count afterwards")
def redis_look_first(patch: Patch) -> None:
    """As above: two round trips where one script should be."""
    _count_afterwards(patch)


def _count_apart(patch: Patch) -> None:
    own = MemoryStore()

    async def take(_store: GuardedStore, takes: Sequence[Take]) -> Told:
        return await own.take(takes)

    patch(GuardedStore, "take", take)


def _count_afterwards(patch: Patch) -> None:
    counting: set[asyncio.Task[Any]] = set()

    async def take(store: GuardedStore, takes: Sequence[Take]) -> Told:
        told = await store.peek(takes)
        if told.admitted:
            counting.add(task := asyncio.create_task(store._store.take(takes)))
            task.add_done_callback(counting.discard)
        return told

    patch(GuardedStore, "take", take)
