"""Following the log live, without a gap: from any position that it still holds."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from typing import Final

from backstay.kernel.actor import Actor
from backstay.kernel.backend import Backend
from backstay.kernel.http import Event
from backstay.systems.events.queries import log, readers
from backstay.systems.events.service.part import Events

POLL: Final = 0.5
"""Seconds between looks for events that another process gave positions."""
_PAGE: Final = 200
_END: Final = 2**62


async def end_of(backend: Backend, actor: Actor) -> int:
    """The last position given."""
    standing = await backend.reader(actor).first(readers.STANDING)
    return standing.position if standing is not None else 0


async def follow(
    backend: Backend, actor: Actor, *, after: int, types: Sequence[str] = ()
) -> AsyncIterator[Event]:
    """The organization's events after a position, in order, as server-sent events; then those to come.

    Each is named by its type and has its position as id, so that a client that comes back with
    `Last-Event-ID` goes on where it was.
    """
    events, reader = backend.part(Events), backend.reader(actor)
    seen = after
    while True:
        rows = await reader.all(
            log.READ_OWN,
            after=seen,
            until=_END,
            all_types=int(not types),
            types=list(types),
            limit=_PAGE,
        )
        for row in rows:
            seen = row.position or seen
            yield Event(row.recorded(), name=row.type, id=str(seen))
        if len(rows) < _PAGE:
            await events.wait(POLL)
