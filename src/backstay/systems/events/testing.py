"""For tests of modules that publish or read events: what was published, and handing it over here and now.

Both see what is committed. Keep the servers' own parts out of the way with `events.dispatch = false`
and `jobs.embedded = false`, or they are first.
"""

from __future__ import annotations

from collections import Counter

from backstay.kernel.backend import Backend
from backstay.kernel.database import Reader
from backstay.kernel.event import Event
from backstay.systems.events.queries import log
from backstay.systems.events.service.dispatching import Dispatcher
from backstay.systems.events.service.part import Events
from backstay.systems.events.service.projecting import Projector
from backstay.systems.events.service.replaying import Replayer
from backstay.systems.jobs import JobState
from backstay.systems.jobs.testing import drain

_BATCH = 500
_END = 2**62


async def published(reader: Reader, *kinds: type[Event]) -> list[Event]:
    """The events of these types (of all, if none is given) that have positions, in their order."""
    catalog = reader.part(Events).catalog
    found: list[Event] = []
    after = 0
    while True:
        rows = await reader.all(
            log.READ_OWN,
            after=after,
            until=_END,
            all_types=int(not kinds),
            types=[kind.type for kind in kinds],
            limit=_BATCH,
        )
        found += [catalog.decode(row.type, row.data) for row in rows]
        if len(rows) < _BATCH:
            return found
        after = rows[-1].position or after


async def dispatch(backend: Backend) -> int:
    """Give positions and enqueue deliveries, of events and of replays; how many events got positions."""
    events = backend.part(Events)
    dispatcher = Dispatcher(backend.database, events, batch=_BATCH)
    await dispatcher.take_over()
    count = 0
    while done := await dispatcher.round():
        count += done
    replayer = Replayer(backend.database, events, batch=_BATCH)
    while await replayer.round():
        pass
    return count


async def project(backend: Backend) -> None:
    """Take every event that has a position into the projections.

    Raises:
        Exception: whatever a projection raised.
    """
    events = backend.part(Events)
    projector = Projector(backend.database, events)
    for projection in events.projections.values():
        while await projector.round(projection):
            pass


async def settle(backend: Backend) -> Counter[JobState]:
    """Hand events over and run their jobs and what follows from these, until nothing is left; how they ended.

    Failed deliveries wait for their time: move the `ManualClock`, and settle again.
    """
    ended: Counter[JobState] = Counter()
    while True:
        count = await dispatch(backend)
        done = await drain(backend)
        ended += done
        if not count and not done:
            break
    await project(backend)
    return ended
