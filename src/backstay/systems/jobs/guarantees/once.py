"""A job happens once: whatever is killed, stopped or told to end."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Mapping, Sequence
from contextvars import Context
from typing import Any

import msgspec

from backstay.kernel.database import UnitOfWork
from backstay.kernel.guarantees import (
    Finding,
    Lab,
    Patch,
    Verdict,
    guarantee,
    judge,
    nothing_invented,
    nothing_lost,
)
from backstay.systems.jobs.contracts import JobState
from backstay.systems.jobs.engines.sql import SqlStore
from backstay.systems.jobs.engines.store import LeaseKey, Outcome
from backstay.systems.jobs.guarantees.probes import QUICK, ask, asked, effects_of, settled
from backstay.systems.jobs.service.running import Runner
from backstay.systems.jobs.service.worker import Worker


@guarantee(
    "jobs-happen-once",
    promise="A committed job is done, and what it does in its unit of work is done once, however often its "
    "worker is killed in the middle.",
    safety="break",
    faults=["kill"],
    trials=2,
)
async def jobs_happen_once(lab: Lab) -> Verdict:
    """Kill the worker while jobs are enqueued and run; start it again; count every effect."""
    return await kill_amidst(lab, QUICK)


async def kill_amidst(lab: Lab, env: Mapping[str, str]) -> Verdict:
    """The check, wherever `env` says that the jobs are."""
    app = await lab.server(env=env)
    for _ in lab.trials():
        async with lab.clients(4).running(lambda client: ask(client, hold=0.02)):
            await lab.acknowledged(lab.random.randint(30, 60))
            await app.kill()
        await app.restart()
    effects, wanted = effects_of(await settled(app)), asked(lab)
    return judge(nothing_lost(wanted, effects), nothing_invented(wanted, effects), done=len(effects))


@jobs_happen_once.sabotage("end the job first, and do its work in a commit of its own")
def end_first(patch: Patch) -> None:
    """What at-most-once queues do: acknowledge, then work."""

    async def acknowledge_then_work(
        runner: Runner, handler: Any, job: Any, claimed: Any, context: Any, uow: UnitOfWork
    ) -> None:
        await runner._store.settle_in(uow, Outcome(key=claimed.key, to=JobState.COMPLETED))
        late = runner._backend.database.run(
            context.actor, lambda later: runner._call(handler, job, context, later)
        )
        # In a context of its own: in the job's, a unit of work is open.
        under_way.add(task := asyncio.create_task(_after(0.05, late), context=Context()))
        task.add_done_callback(under_way.discard)

    under_way: set[asyncio.Task[None]] = set()
    patch(Runner, "_in_unit", acknowledge_then_work)


async def _after(seconds: float, work: Coroutine[Any, Any, Any]) -> None:
    await asyncio.sleep(seconds)
    await work


@guarantee(
    "zombies-change-nothing",
    promise="A worker that stood still until its lease ran out changes nothing when it goes on: the job is "
    "another's, and happens once.",
    safety="break",
    faults=["pause"],
    trials=2,
)
async def zombies_change_nothing(lab: Lab) -> Verdict:
    """Stop one of two workers beyond its lease, let the other do its jobs, and let it go on."""
    return await stop_beyond_lease(lab, QUICK)


async def stop_beyond_lease(lab: Lab, env: Mapping[str, str]) -> Verdict:
    """The check, wherever `env` says that the jobs are."""
    app = await lab.server(processes=2, env=env)
    for _ in lab.trials():
        await lab.clients(4).each(5, lambda client: ask(client, hold=0.6))
        await app.processes[0].pause()
        await asyncio.sleep(2.5)
        app.processes[0].resume()
        await settled(app)
    # A zombie's late write comes within the time that its job took.
    await asyncio.sleep(1.0)
    effects, wanted = effects_of(await settled(app)), asked(lab)
    return judge(nothing_lost(wanted, effects), nothing_invented(wanted, effects), done=len(effects))


@zombies_change_nothing.sabotage("commit a handler's work without asking whose the job is")
def unfenced(patch: Patch) -> None:
    """The end of a claim that is over is passed over in silence, and the work is committed."""

    async def settle_anyway(store: SqlStore, uow: UnitOfWork, outcome: Outcome) -> None:
        await store._settle(uow, [outcome])

    def hold_on(worker: Worker, key: LeaseKey) -> None:
        """The handler is not told either; it would often be ended before it comes to its commit."""

    patch(SqlStore, "settle_in", settle_anyway)
    patch(Worker, "_lose", hold_on)


@guarantee(
    "sigterm-spends-no-attempt",
    promise="A job that SIGTERM interrupts is given back without having used an attempt.",
    safety="break",
    faults=["terminate"],
)
async def sigterm_spends_no_attempt(lab: Lab) -> Verdict:
    """Terminate a worker in the middle of long jobs, start it again, and see in which attempt they end."""
    return await terminate_amidst(lab, QUICK)


async def terminate_amidst(lab: Lab, env: Mapping[str, str]) -> Verdict:
    """The check, wherever `env` says that the jobs are."""
    app = await lab.server(env=env)
    await lab.clients(3).each(2, lambda client: ask(client, hold=1.5))
    # All six fit into the worker's places and are running well before the first ends.
    await asyncio.sleep(0.7)
    app.processes[0].terminate()
    await app.processes[0].exited()
    await app.restart()
    marks = await settled(app)
    effects, wanted = effects_of(marks), asked(lab)
    later = [mark.name for mark in marks if mark.attempt != 1]
    spent = Finding(f"{len(later)} of {len(marks)} jobs needed a second attempt") if later else None
    return judge(nothing_lost(wanted, effects), nothing_invented(wanted, effects), spent, done=len(effects))


@sigterm_spends_no_attempt.sabotage("count the interrupted attempt")
def counted(patch: Patch) -> None:
    """What is given back has been tried."""
    settle = SqlStore.settle

    async def spending(store: SqlStore, outcomes: Sequence[Outcome]) -> list[bool]:
        return await settle(store, [msgspec.structs.replace(one, spent=True) for one in outcomes])

    patch(SqlStore, "settle", spending)
