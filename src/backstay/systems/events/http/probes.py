"""Probes: events that are only counted."""

from __future__ import annotations

from typing import Annotated, ClassVar

from msgspec import Meta, Struct

from backstay.kernel.database import Page, Reader, UnitOfWork
from backstay.kernel.http import Controller, JSONBody, ListQuery, get, post
from backstay.systems.events.contracts import Name, ProbeCount
from backstay.systems.events.http.permissions import OPERATE, READ
from backstay.systems.events.queries import probes
from backstay.systems.events.service import probing
from backstay.systems.idempotency import Replayable


class NewEventProbe(Struct, frozen=True, forbid_unknown_fields=True):
    """Events that are only counted."""

    name: Annotated[Name, Meta(description="Whose events; they have an order.", examples=["first"])]
    count: Annotated[int, Meta(ge=1, le=100, description="How many.")] = 1
    hold: Annotated[
        float, Meta(ge=0, le=1, description="Seconds that their transaction stays open after writing them.")
    ] = 0.0


class Probing(Struct, frozen=True):
    """What was published."""

    name: str
    count: int


class ProbesController(Controller):
    """Events to try the system out with."""

    path: ClassVar[str] = "/events/probes"

    @post(permission=OPERATE, declares=[Replayable()])
    async def probe(self, uow: UnitOfWork, data: JSONBody[NewEventProbe]) -> Probing:
        """Publish events that a subscription counts, to see the system work."""
        await probing.publish(uow, data.name, data.count, hold=data.hold)
        return Probing(data.name, data.count)

    @get(permission=READ, listing=probes.LIST)
    async def list_probes(self, reader: Reader, query: ListQuery) -> Page[ProbeCount]:
        """List what probes have counted."""
        return await probing.counts(reader, query)
