"""Whose turn it is: lines keep their order, and organizations take turns."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from itertools import pairwise
from typing import Any, Final

import msgspec

from backstay.kernel.clock import SystemClock
from backstay.kernel.guarantees import (
    Client,
    Ended,
    Finding,
    Lab,
    Operation,
    Patch,
    Verdict,
    guarantee,
    judge,
    nothing_invented,
    nothing_lost,
)
from backstay.systems.jobs.contracts import JobState
from backstay.systems.jobs.engines.sql import SqlStore
from backstay.systems.jobs.engines.store import Claimed, Outcome
from backstay.systems.jobs.guarantees.probes import (
    PROBES,
    QUICK,
    Mark,
    ask,
    asked,
    effects_of,
    settled,
    until,
)
from backstay.systems.jobs.service.context import JobContext
from backstay.systems.jobs.service.probing import Probe
from backstay.systems.jobs.service.running import Runner

_PLACES: Final = 4
_BACKLOG: Final = 60
"""Jobs of the organization that has many: at 16 a second, enough for the whole of a trial."""


@guarantee(
    "lines-keep-their-order",
    promise="Jobs with one order key never run at the same time and happen in the order of their commits, "
    "through failed attempts and killed workers.",
    safety="break",
    faults=["kill"],
    trials=3,
    core=False,  # the core set has a minute for all systems
)
async def lines_keep_their_order(lab: Lab) -> Verdict:
    """Fill three lines with jobs, some of which fail first; kill one of two workers while they run."""
    app = await lab.server(processes=2, env=QUICK)
    clients = lab.clients(3)

    async def enqueue(client: Client) -> None:
        # A line is one client's, so that the order of its answers is the order of the commits.
        await ask(client, line=client.name, hold=0.05, failures=int(client.random.random() < 0.2))

    marks: list[Mark] = []
    for _ in lab.trials():
        await clients.each(10, enqueue)
        await asyncio.sleep(lab.random.uniform(0.1, 0.6))
        await lab.random.choice(app.processes).kill()
        await app.restart()
        marks = await settled(app)
    lines: defaultdict[str, list[Operation]] = defaultdict(list)
    for op in asked(lab):
        lines[op.lane].append(op)
    effects, found = effects_of(marks), {mark.name: mark for mark in marks}
    again = sum((mark.attempt or 0) > 1 for mark in marks)
    return judge(
        nothing_lost(asked(lab), effects),
        nothing_invented(asked(lab), effects),
        *(_out_of_line(line, found) for line in lines.values()),
        untried=None if again else "no job needed a second attempt",
        done=len(effects),
        again=again,
    )


def _out_of_line(line: list[Operation], marks: dict[str, Mark]) -> Finding | None:
    there = [(op, marks[op.about]) for op in line if op.ended is not Ended.FAIL and op.about in marks]
    for (first, earlier), (second, later) in pairwise(there):
        if earlier.ended_at is None or later.began_at is None or later.began_at >= earlier.ended_at:
            continue
        how = "while" if earlier.began_at is None or later.began_at >= earlier.began_at else "before"
        told = f"{second.about!r} ran {how} {first.about!r}, which stood before it in its line, did"
        return Finding(told, (first.id, second.id))
    return None


@lines_keep_their_order.sabotage("forget the order key")
def forget_line(patch: Patch) -> None:
    """Every job for itself."""

    def none(probe: Probe) -> None:
        """No line."""

    patch(Probe, "order_key", none)


@lines_keep_their_order.sabotage("try again with a new job at the end of the line")
def to_the_end(patch: Patch) -> None:
    """What retrying by sending the message again does to an order."""
    attempt = Runner._attempt

    async def send_again(
        runner: Runner, handler: Any, job: Probe, claimed: Claimed, context: JobContext
    ) -> Outcome | None:
        outcome = await attempt(runner, handler, job, claimed, context)
        if outcome is None or outcome.to is not JobState.FAILED:
            return outcome
        fresh = msgspec.structs.replace(job, failures=0)
        await runner._backend.database.run(context.actor, fresh.enqueue)
        return Outcome(key=outcome.key, to=JobState.COMPLETED)

    patch(Runner, "_attempt", send_again)


@guarantee(
    "tenants-take-turns",
    promise="However many jobs an organization has enqueued, another's only job starts before two more of a "
    "worker's places have been given to those.",
    safety="break",
    trials=3,
    core=False,  # the core set has a minute for all systems
)
async def tenants_take_turns(lab: Lab) -> Verdict:
    """Let one organization enqueue many jobs, then another one; count the starts in between."""
    places = {"BACKSTAY_JOBS_CONCURRENCY": str(_PLACES), "BACKSTAY_JOBS_PREFETCH": str(_PLACES)}
    app = await lab.server(env=places)
    many, few = lab.clients(4), lab.clients(1, organization="neighbour")
    late: list[Finding] = []
    waited: list[int] = []
    untried = None
    for trial in lab.trials():
        await many.each(_BACKLOG // 4, lambda client: ask(client, hold=0.25))
        reached: list[Any] = []

        async def enqueue_one(client: Client, trial: int = trial, reached: list[Any] = reached) -> None:
            name = f"only {trial}"
            answer = await ask(client, name)
            # Its commit is over: whatever starts from now on could have been this job.
            since = SystemClock().now()

            async def begun() -> bool:
                page = await client.get(f"{PROBES}?limit=1")
                reached[:] = [answer.operation, since, msgspec.convert(page["items"][0], Mark)]
                return reached[2].name == name and reached[2].began_at is not None

            if not await until(begun):
                late.append(Finding(f"{name!r} never started", (answer.operation.id,)))

        await few.each(1, enqueue_one)
        operation, since, mark = reached
        marks = [one.began_at for one in await settled(app) if one.began_at is not None]
        if mark.began_at is None:
            continue
        before = sum(since < began < mark.began_at for began in marks)
        waited.append(before)
        if before > 2 * _PLACES:
            told = f"{before} jobs of the other organization started before {mark.name!r}"
            late.append(Finding(told, (operation.id,)))
        if sum(began > since for began in marks) <= 2 * _PLACES:
            untried = "the other organization had too few jobs left"
    return judge(*late, untried=untried, waited=waited)


@tenants_take_turns.sabotage("take whatever is ready, not what there are places for")
def greedy(patch: Patch) -> None:
    """A consumer without a limit to what it fetches ahead; the turns come too late."""
    claim = SqlStore.claim

    async def all_of_it(
        store: SqlStore, worker: str, queues: list[str], limit: int, lease: float, **more: Any
    ) -> list[Claimed]:
        return await claim(store, worker, queues, max(limit, 1000), lease, **more)

    patch(SqlStore, "claim", all_of_it)
