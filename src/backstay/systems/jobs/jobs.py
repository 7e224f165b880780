"""The jobs system's own jobs."""

from __future__ import annotations

import asyncio

from backstay.kernel.database import UnitOfWork
from backstay.systems.jobs.service import probing
from backstay.systems.jobs.service.context import JobContext
from backstay.systems.jobs.service.declaring import handles
from backstay.systems.jobs.service.probing import Probe


@handles(Probe)
async def probe(job: Probe, uow: UnitOfWork, context: JobContext) -> None:
    """Work for a while, and leave the mark in the commit that ends the job."""
    await asyncio.sleep(job.hold)
    await probing.mark(uow, job.name, context.attempt)
