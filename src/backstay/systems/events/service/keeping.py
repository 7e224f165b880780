"""Writing what a unit published into the log, in the unit's own transaction."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

import msgspec

from backstay.kernel.database import UnitOfWork
from backstay.kernel.event import Event
from backstay.kernel.ids import uuid7
from backstay.kernel.observation import Record, current_record
from backstay.systems.events.errors import StreamMoved
from backstay.systems.events.queries import log, streams
from backstay.systems.events.service.catalog import stream_of
from backstay.systems.events.service.part import Events

_NOTED = 20
"""Events of one unit that the record of a request names."""


async def keep_published(uow: UnitOfWork) -> None:
    """Write everything that the unit published; called once, before its commit."""
    await write(uow, uow.published)


async def write(uow: UnitOfWork, events: Sequence[Event]) -> None:
    """Write events, each at the end of its stream."""
    lines: dict[str, list[int]] = {}
    for place, event in enumerate(events):
        stream = stream_of(event)
        if stream is not None:
            lines.setdefault(stream, []).append(place)
    numbers: dict[int, int] = {}
    if lines:
        counts = {stream: len(places) for stream, places in lines.items()}
        for taken in await uow.all(streams.TAKE, counts=counts):
            places = lines[taken.stream]
            first = taken.version - len(places) + 1
            numbers |= dict(zip(places, range(first, taken.version + 1), strict=True))
    _insert(uow, [(event, numbers.get(place)) for place, event in enumerate(events)])


async def append(uow: UnitOfWork, stream: str, events: Sequence[Event], *, expected: int) -> int:
    """Write events to one stream if it stands at version `expected`; the version it stands at then.

    The stream's events are kept for ever from then on.

    Raises:
        StreamMoved: it stands elsewhere.
    """
    count = len(events)
    if expected == 0:
        last = await uow.first(streams.BEGIN, stream=stream, count=count, kept=True)
    else:
        last = await uow.first(streams.TAKE_AFTER, stream=stream, count=count, expected=expected)
    if last is None:
        raise StreamMoved(version=await uow.first(streams.VERSION, stream=stream) or 0)
    _insert(uow, list(zip(events, range(expected + 1, last + 1), strict=True)))
    return last


def _insert(uow: UnitOfWork, events: Sequence[tuple[Event, int | None]]) -> None:
    part = uow.part(Events)
    record = current_record.get()
    started = time.perf_counter_ns()
    rows = [_row(uow, part, record, event, number) for event, number in events]
    uow.write(log.WRITE, *rows)
    if record is not None:
        for row in rows[:_NOTED]:
            record.note("event", row["type"], started, {"id": str(row["id"])})
    uow.after_commit(part.wake)


def _row(
    uow: UnitOfWork, part: Events, record: Record | None, event: Event, number: int | None
) -> dict[str, Any]:
    part.catalog.refuse_undeclared(event)
    return {
        "id": uuid7(),
        "source": part.source(event.type),
        "type": event.type,
        "subject": event.subject(),
        "stream": stream_of(event),
        "version": number,
        "time": uow.now(),
        "actor_id": uow.actor.id,
        "data": msgspec.json.encode(event).decode(),
        "traceparent": traceparent_of(record),
        "request_id": None if record is None else record.request_id,
        "received": False,
    }


def traceparent_of(record: Record | None) -> str | None:
    """The trace that a record belongs to (W3C Trace Context), if there is one."""
    if record is None:
        return None
    return f"00-{record.trace_id}-{record.span_id}-{'01' if record.sampled else '00'}"
