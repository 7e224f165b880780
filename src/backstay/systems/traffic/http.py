"""The request log over HTTP."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import ClassVar
from uuid import UUID

from backstay.kernel.actor import Actor
from backstay.kernel.backend import Backend
from backstay.kernel.database import Page, Reader
from backstay.kernel.errors import NotFound
from backstay.kernel.http import Controller, Event, EventStream, FromPath, ListQuery, get
from backstay.systems.traffic import queries, service
from backstay.systems.traffic.contracts import (
    READ,
    Following,
    RequestDetail,
    RequestSummary,
    RouteUse,
    Skipped,
)


class TrafficController(Controller):
    """Every request with what it caused."""

    path: ClassVar[str] = "/traffic"

    @get("/requests", permission=READ, listing=queries.LIST)
    async def list_all(self, reader: Reader, query: ListQuery) -> Page[RequestSummary]:
        """List requests, newest first."""
        return await service.list_(reader, query)

    @get("/requests/{request_id:uuid}", permission=READ, problems=[NotFound])
    async def read(self, reader: Reader, request_id: FromPath[UUID]) -> RequestDetail:
        """Read one request with everything it caused."""
        return await service.get(reader, request_id)

    @get("/routes", permission=READ)
    async def routes(self, reader: Reader) -> list[RouteUse]:
        """Show how each route was used, the busiest first."""
        return await service.routes(reader)

    @get("/stream", permission=READ)
    async def stream(self, backend: Backend, actor: Actor) -> EventStream:
        """Follow the log live, as server-sent events named `request`.

        The first event is named `following`: read the list after it, and nothing is missed between
        the two. Where somebody reads too slowly, an event named `skipped` tells how many were left out.
        """

        async def events() -> AsyncIterator[Event]:
            async with backend.part(service.Tail).watch(actor) as watcher:
                yield Event(Following(backend.clock.now()), name="following")
                async for line in watcher.lines():
                    if isinstance(line, Skipped):
                        yield Event(line, name="skipped")
                    else:
                        yield Event(line, name="request", id=str(line.id))

        return EventStream(events())
