"""The jobs system's own jobs."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Final

from backstay.kernel.backend import Backend
from backstay.kernel.database import UnitOfWork
from backstay.systems.jobs.errors import ProbeFailed
from backstay.systems.jobs.service import probing
from backstay.systems.jobs.service.context import JobContext
from backstay.systems.jobs.service.handling import handles
from backstay.systems.jobs.service.part import Jobs
from backstay.systems.jobs.service.probing import Probe, PruneProbes
from backstay.systems.jobs.service.schedules import Schedule


@handles(Probe)
async def probe(job: Probe, uow: UnitOfWork, context: JobContext, backend: Backend) -> None:
    """Work for a while, and leave the mark in the commit that ends the job.

    Raises:
        ProbeFailed: this attempt was to fail.
    """
    clock = backend.clock
    began = clock.now()
    await asyncio.sleep(job.hold)
    if context.attempt <= job.failures:
        raise ProbeFailed(attempt=context.attempt)
    # Where the job's end cannot be in this commit, the note makes the effect one.
    if backend.part(Jobs).store.promises.transactional_finish or await context.once(uow, "mark"):
        await probing.mark(uow, job.name, context.attempt, began, clock.now())


@handles(PruneProbes)
async def prune_probes(job: PruneProbes, uow: UnitOfWork) -> int:
    """Forget the marks of old probes; how many."""
    return await probing.prune(uow, job.days)


TICK: Final = Schedule(name="jobs.tick", every=timedelta(seconds=1), job=Probe(name="tick"), overlap="allow")
"""A schedule to try schedules with; fired where the settings ask for it."""
PRUNING: Final = Schedule(
    name="jobs.prune_probes", cron="17 3 * * *", job=PruneProbes(), jitter=timedelta(minutes=10)
)
