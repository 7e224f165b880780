"""The jobs system's own jobs."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Final

from backstay.kernel.database import UnitOfWork
from backstay.systems.jobs.service import probing
from backstay.systems.jobs.service.context import JobContext
from backstay.systems.jobs.service.declaring import handles
from backstay.systems.jobs.service.probing import Probe, PruneProbes
from backstay.systems.jobs.service.schedules import Schedule


@handles(Probe)
async def probe(job: Probe, uow: UnitOfWork, context: JobContext) -> None:
    """Work for a while, and leave the mark in the commit that ends the job."""
    await asyncio.sleep(job.hold)
    await probing.mark(uow, job.name, context.attempt)


@handles(PruneProbes)
async def prune_probes(job: PruneProbes, uow: UnitOfWork) -> int:
    """Forget the marks of old probes; how many."""
    return await probing.prune(uow, job.days)


PRUNING: Final = Schedule(
    name="jobs.prune_probes", cron="17 3 * * *", job=PruneProbes(), jitter=timedelta(minutes=10)
)
