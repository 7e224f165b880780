"""Probes: jobs that only leave a mark, to try the system out and to prove it."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, ClassVar

from msgspec import Meta

from backstay.kernel.database import ListRequest, Page, Reader, UnitOfWork
from backstay.kernel.ids import uuid7
from backstay.systems.jobs.contracts import JobOptions, ProbeMark, Receipt
from backstay.systems.jobs.queries import probes
from backstay.systems.jobs.service.declaring import Job


class Probe(Job, frozen=True):
    """Leave a mark under a name, after a while."""

    kind: ClassVar[str] = "jobs.probe"
    options: ClassVar[JobOptions] = JobOptions(queue="probes", max_crashes=100)
    name: str
    hold: Annotated[float, Meta(ge=0, le=30)] = 0.0
    """Seconds that it works first."""


class PruneProbes(Job, frozen=True):
    """Forget the marks of old probes."""

    kind: ClassVar[str] = "jobs.prune_probes"
    days: Annotated[int, Meta(ge=1)] = 30


async def prune(uow: UnitOfWork, days: int) -> int:
    """Forget marks that are older than so many days, of every organization; how many."""
    return await uow.execute(probes.PRUNE, before=uow.now() - timedelta(days=days))


async def enqueue(uow: UnitOfWork, name: str, hold: float) -> Receipt:
    """Enqueue a probe; its mark and its job are in one commit."""
    await uow.execute(probes.ADD, id=uuid7(), name=name)
    return await Probe(name=name, hold=hold).enqueue(uow)


async def mark(uow: UnitOfWork, name: str, attempt: int) -> None:
    """Leave the mark."""
    await uow.execute(probes.MARK, name=name, attempt=attempt)


async def marks(reader: Reader, request: ListRequest) -> Page[ProbeMark]:
    """The marks of an organization."""
    return await reader.page(probes.LIST, request)
