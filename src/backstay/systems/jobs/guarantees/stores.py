"""Jobs and their store: nothing of what was rolled back, all of what was committed, and back in time."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextvars import Context
from typing import Any, Final

from backstay.kernel.database import UnitOfWork
from backstay.kernel.guarantees import (
    Client,
    Ended,
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
from backstay.systems.jobs.contracts import JobState, Receipt
from backstay.systems.jobs.engines.sql import SqlStore
from backstay.systems.jobs.engines.store import Claimed, NewJob, Outcome
from backstay.systems.jobs.guarantees.once import end_first
from backstay.systems.jobs.guarantees.probes import (
    ASKED,
    PROBES,
    QUICK,
    ask,
    asked,
    effects_of,
    settled,
)
from backstay.systems.jobs.service.context import JobContext
from backstay.systems.jobs.service.running import Runner

_JOBS: Final = "/v1/jobs?kind=jobs.probe&limit=100"
_BACK: Final = 5.0
"""Seconds after which a worker has to be at work again when its store is."""


@guarantee(
    "no-job-of-a-rollback",
    promise="A unit of work that is rolled back, or whose commit fails, leaves no job.",
    safety="break",
    faults={"sqlite": ["disk-full"], "postgres": ["cut"]},
    trials=3,
    core=False,  # the core set has a minute for all systems
)
async def no_job_of_a_rollback(lab: Lab) -> Verdict:
    """Enqueue in units that a taken name rolls back, and in units whose COMMIT fails; count the jobs."""
    app = await lab.server(env=QUICK, database_proxy=True)
    clients = lab.clients(3)
    for _ in lab.trials():
        await clients.each(4, _ask_twice)
        async with app.commits_failing():
            await clients.each(2, ask)
    marks = await settled(app)
    jobs = [job["id"] async for job in app.walk(_JOBS)]
    wanted = asked(lab)
    certain = {op.answer["id"]: op for op in wanted if op.ended is Ended.OK}
    possible = {op.about for op in wanted if op.indeterminate}
    extra = [job for job in jobs if job not in certain and await _name(app, job) not in possible]
    lost = [op for job, op in certain.items() if job not in jobs]
    refused = [op for op in wanted if op.status == 409]
    return judge(
        Finding(f"job {extra[0]} is there, and its unit was rolled back") if extra else None,
        Finding(f"job of {lost[0].about!r} is not there", (lost[0].id,)) if lost else None,
        nothing_lost(_firsts(wanted), effects_of(marks)),
        nothing_invented(_firsts(wanted), effects_of(marks)),
        untried=None if refused else "no unit was rolled back",
        jobs=len(jobs),
        refused=len(refused),
    )


async def _ask_twice(client: Client) -> None:
    """The second time, the name is taken: a statement after the enqueueing of the job fails."""
    name = client.unique("probe")
    await ask(client, name)
    await client.request("POST", PROBES, json={"name": name}, about=f"{name} again", name=ASKED)


async def _name(app: Server, job: str) -> str:
    return str((await app.get(f"/v1/jobs/{job}"))["arguments"]["name"])


def _firsts(operations: Sequence[Operation]) -> list[Operation]:
    return [op for op in operations if not op.about.endswith(" again")]


@no_job_of_a_rollback.sabotage("enqueue beside the unit of work")
def beside(patch: Patch) -> None:
    """What a queue on another server does: the job is sent, whatever becomes of the transaction."""
    enqueue = SqlStore.enqueue
    under_way: set[asyncio.Task[None]] = set()

    async def send(store: SqlStore, uow: UnitOfWork, jobs: Sequence[NewJob]) -> list[Receipt]:
        async def of_its_own() -> None:
            # On SQLite there is one writer: the caller's unit has to end first.
            await asyncio.sleep(0.05)
            await store._database.run(uow.actor, lambda own: enqueue(store, own, jobs))

        # In a context of its own: in the caller's, a unit of work is open.
        under_way.add(task := asyncio.create_task(of_its_own(), context=Context()))
        task.add_done_callback(under_way.discard)
        return [Receipt(job.id, created=True, durability=store.promises.durability) for job in jobs]

    patch(SqlStore, "enqueue", send)


@guarantee(
    "committed-jobs-outlive-the-store",
    promise="No committed job is lost when the process that owns the store is killed (SQLite), or the "
    "database ends every session in the middle of its work (PostgreSQL).",
    safety="break",
    faults={"sqlite": ["kill"], "postgres": ["end-sessions"]},
    trials=3,
    core=False,  # the core set has a minute for all systems
)
async def committed_jobs_outlive_the_store(lab: Lab) -> Verdict:
    """Strike the store while jobs are enqueued and run; count every effect."""
    app = await lab.server(env=QUICK)
    for _ in lab.trials():
        async with lab.clients(4).running(lambda client: ask(client, hold=0.1)):
            await lab.acknowledged(lab.random.randint(20, 40))
            if lab.engine == "sqlite":
                await app.kill()
            else:
                for _ in range(10):
                    await app.end_sessions()
                    await asyncio.sleep(lab.random.uniform(0.05, 0.2))
        await app.restart()
    effects, wanted = effects_of(await settled(app)), asked(lab)
    return judge(nothing_lost(wanted, effects), nothing_invented(wanted, effects), done=len(effects))


@committed_jobs_outlive_the_store.sabotage(
    "end the job first, and do its work in a commit of its own", engines=["sqlite"]
)
def work_later(patch: Patch) -> None:
    """What was acknowledged before it was done is gone with the store's process."""
    end_first(patch)


@committed_jobs_outlive_the_store.sabotage("take a broken commit for a done one", engines=["postgres"])
def optimist(patch: Patch) -> None:
    """The job ends well although its unit of work may not have."""
    attempt = Runner._attempt

    async def hope(
        runner: Runner, handler: Any, job: Any, claimed: Claimed, context: JobContext
    ) -> Outcome | None:
        outcome = await attempt(runner, handler, job, claimed, context)
        if outcome is not None and outcome.to is JobState.SCHEDULED:
            return Outcome(key=outcome.key, to=JobState.COMPLETED)
        return outcome

    patch(Runner, "_attempt", hope)
