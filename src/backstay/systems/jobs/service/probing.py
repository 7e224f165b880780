"""Probes: jobs that only leave a mark, to try the system out and to prove it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated, ClassVar

from msgspec import Meta

from backstay.kernel.database import ListRequest, Page, Reader, UnitOfWork
from backstay.kernel.ids import uuid7
from backstay.systems.jobs.contracts import Backoff, JobOptions, ProbeMark, Receipt
from backstay.systems.jobs.queries import probes
from backstay.systems.jobs.service.declaring import Job


class Probe(Job, frozen=True):
    """Leave a mark under a name, after a while."""

    kind: ClassVar[str] = "jobs.probe"
    options: ClassVar[JobOptions] = JobOptions(queue="probes", max_crashes=100, backoff=Backoff(base=0.5))
    name: str
    hold: Annotated[float, Meta(ge=0, le=30)] = 0.0
    """Seconds that it works first."""
    line: str | None = None
    """The order key: probes of one line run one at a time, in the order of their commits."""
    failures: Annotated[int, Meta(ge=0, le=4)] = 0
    """Attempts that fail before one leaves the mark."""

    def order_key(self) -> str | None:
        """Its line."""
        return self.line


class PruneProbes(Job, frozen=True):
    """Forget the marks of old probes."""

    kind: ClassVar[str] = "jobs.prune_probes"
    days: Annotated[int, Meta(ge=1)] = 30


async def prune(uow: UnitOfWork, days: int) -> int:
    """Forget marks that are older than so many days, of every organization; how many."""
    return await uow.execute(probes.PRUNE, before=uow.now() - timedelta(days=days))


async def enqueue(uow: UnitOfWork, probe: Probe) -> Receipt:
    """Enqueue a probe; its mark and its job are in one commit.

    Raises:
        Conflict: the organization has a mark of this name; the job that was enqueued a statement
            before goes with the unit of work.
    """
    receipt = await probe.enqueue(uow)
    await uow.execute(probes.ADD, id=uuid7(), name=probe.name)
    return receipt


async def mark(uow: UnitOfWork, name: str, attempt: int, began: datetime, ended: datetime) -> None:
    """Leave the mark."""
    await uow.execute(probes.MARK, name=name, attempt=attempt, began_at=began, ended_at=ended)


async def marks(reader: Reader, request: ListRequest) -> Page[ProbeMark]:
    """The marks of an organization."""
    return await reader.page(probes.LIST, request)
