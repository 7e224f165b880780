"""Jobs and a store that is away: workers go on by themselves, soon after it is back."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final
from urllib.parse import urlsplit, urlunsplit

from backstay.kernel.clock import SystemClock
from backstay.kernel.guarantees import (
    Client,
    Finding,
    Lab,
    Operation,
    Patch,
    Server,
    Verdict,
    guarantee,
    judge,
    nothing_invented,
    nothing_lost,
)
from backstay.systems.jobs.guarantees.probes import QUICK, ask, asked, effects_of, settled
from backstay.systems.jobs.guarantees.redis import on_redis
from backstay.systems.jobs.service.worker import Worker

OUTAGE: Final = "BACKSTAY_LAB_OUTAGE"
"""Seconds for which the store is away, each time; else as many as the trial's number."""
_LONGEST: Final = 1200.0
"""Seconds that a check may take: two outages of ten minutes."""
_BACK: Final = 5.0
"""Seconds after which a worker has to be at work again when its store is."""
Away = Callable[[float], Awaitable[None]]
"""Takes the store away for so many seconds, and gives it back."""


def _seconds(trial: int) -> float:
    return float(os.environ.get(OUTAGE, trial))


@guarantee(
    "workers-come-back",
    promise="Workers that lost their store are at work within five seconds of its return, by themselves.",
    safety="break",
    faults={"sqlite": ["disk-full"], "postgres": ["black-hole"]},
    trials=2,
    core=False,  # the core set has a minute for all systems
    timeout=_LONGEST,
)
async def workers_come_back(lab: Lab) -> Verdict:
    """Take the store away under load (a full disk; a wire that swallows all), give it back, time it."""
    app = await lab.server(env=QUICK, database_proxy=True)

    async def away(seconds: float) -> None:
        if app.database_proxy is None:
            async with app.disk_full():
                await asyncio.sleep(seconds)
        else:
            app.database_proxy.black_hole()
            await asyncio.sleep(seconds)
            app.database_proxy.heal()

    return await _judged(lab, app, away, [])


async def _judged(lab: Lab, app: Server, away: Away, findings: list[Finding]) -> Verdict:
    """Take the store away under load in each trial; time what is asked for when it is back."""
    clients = lab.clients(2)
    took: list[float] = []
    for trial in lab.trials():
        await clients.each(5, lambda client: ask(client, hold=0.2))
        await away(_seconds(trial))
        back = SystemClock().now()
        name = f"after {trial}"
        operation = await _ask_until_taken(lab, name)
        (mark,) = [mark for mark in await settled(app) if mark.name == name]
        if mark.ended_at is not None:
            took.append((mark.ended_at - back).total_seconds())
        if mark.ended_at is None or took[-1] > _BACK:
            when = "never" if mark.ended_at is None else f"{took[-1]:.1f} s later"
            told = f"{name!r} was asked for when the store was back, and done {when}"
            findings.append(Finding(told, (operation.id,)))
    effects = effects_of(await settled(app))
    return judge(
        *findings,
        nothing_lost(asked(lab), effects),
        nothing_invented(asked(lab), effects),
        away=[_seconds(trial) for trial in range(1, len(took) + 1)],
        seconds=[round(each, 2) for each in took],
    )


async def _ask_until_taken(lab: Lab, name: str) -> Operation:
    """A probe that is certainly enqueued: asked for until the answer is good, or says that it is there."""
    taken: list[Operation] = []

    async def insist(client: Client) -> None:
        while True:
            reply = await ask(client, name)
            if reply.ok or reply.status == 409:
                taken.append(reply.operation)
                return
            await asyncio.sleep(0.05)

    await lab.clients(1).each(1, insist)
    return taken[0]


@workers_come_back.sabotage("wait a minute before the store is asked again")
def wait_long(patch: Patch) -> None:
    """A backoff that nobody cut short."""

    async def a_minute(worker: Worker, failure: Any) -> None:
        del worker, failure
        await asyncio.sleep(60)

    patch(Worker, "_store_is_away", a_minute)


@guarantee(
    "redis-workers-come-back",
    promise="With the jobs on Redis, commits that enqueue go on while it is away, and workers are at work "
    "within five seconds of its return, by themselves.",
    safety="break",
    faults=["black-hole"],
    trials=2,
    core=False,
    timeout=_LONGEST,
)
async def redis_workers_come_back(lab: Lab) -> Verdict:
    """Let the wire to Redis swallow all under load, enqueue meanwhile, give it back, time it."""
    return await on_redis(lab, _without_redis)


async def _without_redis(lab: Lab, env: Mapping[str, str]) -> Verdict:
    parts = urlsplit(env["JOBS_URL"])
    proxy = await lab.proxy(parts.hostname or "127.0.0.1", parts.port or 6379, "redis")
    account, at, _ = parts.netloc.rpartition("@")
    through = urlunsplit(parts._replace(netloc=f"{account}{at}127.0.0.1:{proxy.port}"))
    app = await lab.server(env={**env, "JOBS_URL": through})

    async def ask_meanwhile(client: Client) -> None:
        reply = await ask(client)
        if not reply.ok:
            told = f"{reply.operation.about!r} could not be enqueued while Redis was away"
            refused.append(Finding(told, (reply.operation.id,)))

    async def away(seconds: float) -> None:
        proxy.black_hole()
        await lab.clients(1).each(3, ask_meanwhile)
        await asyncio.sleep(seconds)
        proxy.heal()

    refused: list[Finding] = []
    return await _judged(lab, app, away, refused)


@redis_workers_come_back.sabotage("wait a minute before the store is asked again")
def wait_long_for_redis(patch: Patch) -> None:
    """A backoff that nobody cut short."""
    wait_long(patch)
