"""Probes: jobs that only leave a mark, to see the system work."""

from __future__ import annotations

from typing import Annotated, ClassVar

from msgspec import Meta, Struct

from backstay.kernel.database import Page, Reader, UnitOfWork
from backstay.kernel.http import Controller, JSONBody, ListQuery, get, post
from backstay.systems.jobs.contracts import ProbeMark, Receipt
from backstay.systems.jobs.http.permissions import READ, STEER, Words
from backstay.systems.jobs.queries import probes
from backstay.systems.jobs.service import probing


class NewProbe(Struct, frozen=True, forbid_unknown_fields=True):
    """A job that only leaves a mark."""

    name: Annotated[Words, Meta(description="The mark's name, new in the organization.", examples=["first"])]
    hold: Annotated[float, Meta(ge=0, le=30, description="Seconds that it works.")] = 0.0
    line: Annotated[
        Words | None,
        Meta(description="Probes of one line run one at a time, in the order of their commits."),
    ] = None
    failures: Annotated[int, Meta(ge=0, le=4, description="Attempts that fail first.")] = 0


class ProbesController(Controller):
    """Jobs to try the system out with."""

    path: ClassVar[str] = "/jobs/probes"

    @post(permission=STEER)
    async def probe(self, uow: UnitOfWork, data: JSONBody[NewProbe]) -> Receipt:
        """Enqueue a job that only leaves a mark, to see the system work."""
        asked = probing.Probe(name=data.name, hold=data.hold, line=data.line, failures=data.failures)
        return await probing.enqueue(uow, asked)

    @get(permission=READ, listing=probes.LIST)
    async def list_probes(self, reader: Reader, query: ListQuery) -> Page[ProbeMark]:
        """List the marks that probes have left."""
        return await probing.marks(reader, query)
