"""A store of limits that is away takes nothing else with it."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Final

from backstay.kernel.guarantees import Client, Finding, Lab, Operation, Patch, Verdict, guarantee, judge
from backstay.systems.ratelimit.contracts import Take
from backstay.systems.ratelimit.contracts import Verdict as Told
from backstay.systems.ratelimit.engines.outage import GuardedStore
from backstay.systems.ratelimit.guarantees.probes import (
    KNOWN,
    ROUTE,
    SECOND,
    ask,
    environment,
    on_redis,
    with_port,
)

_LOOK: Final = "GET in a wrong form"
_LATE: Final = 2.0
"""Seconds of an answer that are not the limiter's 50 ms any more, on however busy a machine."""
_STRUCK: Final = 1.0
"""Seconds that Redis is away, and that it has to be found again in."""
_PLENTY: Final = {"BACKSTAY_RATELIMIT_QUOTA": "100000", "BACKSTAY_RATELIMIT_DEADLINE": "0.05"}


def _errors(operations: Sequence[Operation], allowed: set[int]) -> Finding | None:
    wrong = [op for op in operations if op.status not in allowed]
    words = (
        f"a request was answered with {wrong[0].status}" if wrong and wrong[0].status else "no answer came"
    )
    return Finding(words, (wrong[0].id,)) if wrong else None


@guarantee(
    "a-limit-store-outage-is-no-error",
    promise="When the database that counts the limits ends every session, no request is answered with 500 "
    "for it.",
    safety="break",
    faults=["end-sessions"],
    engines=["postgres"],
    trials=5,
    core=False,  # the core set has a minute for all systems
)
async def a_limit_store_outage_is_no_error(lab: Lab) -> Verdict:
    """End the sessions of PostgreSQL amidst requests that need nothing else of it."""
    app = await lab.server(env={**environment(lab), **_PLENTY})
    clients = lab.clients(4)

    async def look(client: Client) -> None:
        # Refused for its form: nothing but the limits asks the database.
        await client.request("GET", f"{ROUTE}?limit=none", name=_LOOK)

    await clients.each(2, ask)
    for _ in lab.trials():
        async with clients.running(look):
            await asyncio.sleep(0.3)
            await app.end_sessions()
            await asyncio.sleep(0.3)
    asked = [op for op in lab.history if op.name == _LOOK and op.status is not None]
    return judge(
        _errors(asked, {400, 422}),
        untried=None if asked else "nobody asked",
        answered=len(asked),
    )


@a_limit_store_outage_is_no_error.sabotage("let the store's errors through")
def unguarded(patch: Patch) -> None:
    """What a middleware does that awaits its store."""
    _unguard(patch)


@guarantee(
    "a-limit-redis-outage-is-no-error",
    promise="When the Redis that counts the limits dies or falls silent, requests are answered as before, "
    "and soon.",
    safety="break",
    faults=["cut", "black-hole"],
    trials=2,
    core=False,
)
async def a_limit_redis_outage_is_no_error(lab: Lab) -> Verdict:
    """Cut the way to Redis, and let it swallow everything, amidst requests."""

    async def check(lab: Lab, host: str, port: int, settings: dict[str, str]) -> Verdict:
        proxy = await lab.proxy(host, port, "Redis")
        await lab.server(env={**with_port(settings, proxy.port), **_PLENTY})
        clients = lab.clients(4)
        for _ in lab.trials():
            for strike in (proxy.cut, proxy.black_hole):
                async with clients.running(_ask):
                    await lab.acknowledged(20)
                    strike()
                    # By time and not by answers: a house that has none to give is what is looked for.
                    await asyncio.sleep(_STRUCK)
                    proxy.heal()
                    await asyncio.sleep(_STRUCK)
        asked = [op for op in lab.history if op.name == KNOWN and op.ended_ns is not None]
        slow = [op for op in asked if (op.ended_ns or 0) - op.invoked_ns > _LATE * SECOND]
        return judge(
            _errors(asked, {200}),
            Finding(f"a request waited longer than {_LATE:g} s", (slow[0].id,)) if slow else None,
            answered=len(asked),
        )

    return await on_redis(lab, check)


async def _ask(client: Client) -> None:
    await ask(client)


@a_limit_redis_outage_is_no_error.sabotage("let the store's errors through")
def redis_unguarded(patch: Patch) -> None:
    """As above."""
    _unguard(patch)


def _unguard(patch: Patch) -> None:
    async def take(store: GuardedStore, takes: Sequence[Take]) -> Told:
        return await store._store.take(takes)

    patch(GuardedStore, "take", take)
