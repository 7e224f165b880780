"""The log: lists, one event, its types, and the live tail."""

from __future__ import annotations

from typing import Annotated, ClassVar
from uuid import UUID

from msgspec import Meta

from backstay.kernel.actor import Actor
from backstay.kernel.backend import Backend
from backstay.kernel.database import Page, Reader
from backstay.kernel.errors import FieldError, Invalid
from backstay.kernel.http import Controller, EventStream, FromHeader, FromPath, FromQuery, ListQuery, get
from backstay.systems.events.contracts import EventSummary, EventType, Lag, Name, Position, Recorded
from backstay.systems.events.errors import NoSuchEvent
from backstay.systems.events.http.permissions import OPERATE, READ
from backstay.systems.events.queries import log
from backstay.systems.events.service import reading, tail
from backstay.systems.events.service.part import Events

Types = Annotated[list[Name], Meta(max_length=50, description="Events of these types only.")]
After = Annotated[
    Position,
    Meta(description="Begin after this position; 0 for the beginning. The present end when not given."),
]
LastEventId = FromHeader[
    Annotated[
        str,
        Meta(max_length=100, description="The position of the last event seen."),
    ]
    | None
]


class EventsController(Controller):
    """What happened, in the order in which it was committed."""

    path: ClassVar[str] = "/events"

    @get(permission=READ, listing=log.LIST)
    async def list_all(self, reader: Reader, query: ListQuery) -> Page[EventSummary]:
        """List events, newest first."""
        return await reading.list_(reader, query)

    @get("/{event_id:uuid}", permission=READ, problems=[NoSuchEvent])
    async def read(self, reader: Reader, event_id: FromPath[UUID]) -> Recorded:
        """Read one event with its data."""
        return await reading.get(reader, event_id)

    @get("/types", permission=READ, operation="list_types")
    async def types(self, backend: Backend) -> list[EventType]:
        """Show every type that modules here publish, and who reads it."""
        return reading.types(backend.part(Events))

    @get("/lag", permission=OPERATE)
    async def lag(self, reader: Reader) -> Lag:
        """Show how far positions are behind commits."""
        return await reading.lag(reader)

    @get("/stream", permission=READ)
    async def stream(
        self,
        backend: Backend,
        actor: Actor,
        types: FromQuery[Types | None] = None,
        after: FromQuery[After | None] = None,
        last_event_id: LastEventId = None,
    ) -> EventStream:
        """Follow the log as server-sent events, each named by its type, with its position as id.

        A client that was cut off goes on where it was: nothing is left out and nothing comes twice.
        """
        beginning = await _beginning(backend, actor, last_event_id, after)
        return EventStream(tail.follow(backend, actor, after=beginning, types=types or ()))


async def _beginning(backend: Backend, actor: Actor, last_event_id: str | None, after: int | None) -> int:
    if last_event_id is not None:
        if not last_event_id.isascii() or not last_event_id.isdigit() or int(last_event_id) >= 2**53:
            message = "must be the id of an event of this stream: a position"
            raise Invalid(FieldError(pointer="@last-event-id", code="format", message=message))
        return int(last_event_id)
    return after if after is not None else await tail.end_of(backend, actor)
