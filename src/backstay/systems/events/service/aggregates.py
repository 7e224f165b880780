"""Event-sourced aggregates: state that is what its stream of events makes of it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any, Final, Generic, TypeVar

import msgspec
from msgspec import Struct

from backstay.kernel.database import LostRace, Reader, UnitOfWork
from backstay.kernel.event import Event
from backstay.systems.events.contracts import Recorded
from backstay.systems.events.errors import StreamMoved
from backstay.systems.events.queries import log, streams
from backstay.systems.events.service import keeping
from backstay.systems.events.service.catalog import stream_of
from backstay.systems.events.service.part import Events

S = TypeVar("S", bound=Struct)
_PAGE: Final = 500
"""Events read at once."""


@dataclass(frozen=True)
class Aggregate(Generic[S]):
    """How the state of one kind of thing follows from its events.

    ```python
    ORDERS = Aggregate("orders", Order(), evolve)

    order = await ORDERS.load(uow, str(order_id))
    order.record(OrderPaid(order_id=order_id))
    await order.save(uow)
    ```
    """

    module: str
    """The module that publishes its events: what their types begin with."""
    initial: S
    """What it is before its first event."""
    evolve: Callable[[S, Any], S]
    """What one event makes of it; pure, and must take every event that was ever published."""
    version: int = 1
    """Raise it when `evolve` changes, so that snapshots are made anew."""
    snapshot_every: int = 100
    """Events after which a snapshot is taken, so that loading stays quick."""

    @property
    def shape(self) -> str:
        """What a snapshot must have been made with to be of use."""
        fields = msgspec.json.encode(msgspec.json.schema(type(self.initial)))
        return f"{self.version}:{blake2b(fields, digest_size=8).hexdigest()}"

    def stream(self, subject: str) -> str:
        """The stream of one of them."""
        return f"{self.module}/{subject}"

    async def load(self, reader: Reader, subject: str) -> Loaded[S]:
        """The state of one of them, from its last snapshot and the events since."""
        stream = self.stream(subject)
        name = type(self.initial).__name__
        state, version = self.initial, 0
        snapshot = await reader.first(streams.SNAPSHOT, stream=stream, aggregate=name, shape=self.shape)
        if snapshot is not None:
            state = msgspec.json.decode(snapshot.state, type=type(self.initial))
            version = snapshot.version
        async for recorded, event in history(reader, stream, after=version):
            state = self.evolve(state, event)
            version = recorded.version or version
        return Loaded(self, subject, state, version)


class Loaded(Generic[S]):
    """One aggregate in somebody's hands: what it is, and what is about to happen to it."""

    def __init__(self, aggregate: Aggregate[S], subject: str, state: S, version: int) -> None:
        """Use `Aggregate.load`."""
        self.aggregate = aggregate
        self.subject = subject
        self.state = state
        self.version = version
        """How many events its stream had when it was loaded or last saved."""
        self._new: list[Event] = []

    def record(self, *events: Event) -> None:
        """Let events happen to it, here and now; `save` makes them last.

        Raises:
            ValueError: an event is about something else.
        """
        stream = self.aggregate.stream(self.subject)
        for event in events:
            if stream_of(event) != stream:
                raise ValueError(f"{event!r} belongs to {stream_of(event)}, not to {stream}")
            self.state = self.aggregate.evolve(self.state, event)
            self._new.append(event)

    async def save(self, uow: UnitOfWork) -> None:
        """Write what happened, unless something else happened to it meanwhile.

        Raises:
            LostRace: it did; the edges run the whole unit again, on what it is then.
        """
        if not self._new:
            return
        before = self.version
        try:
            self.version = await keeping.append(
                uow, self.aggregate.stream(self.subject), self._new, expected=before
            )
        except StreamMoved as moved:
            raise LostRace(str(moved)) from moved
        self._new = []
        every = self.aggregate.snapshot_every
        if self.version // every > before // every:
            await uow.execute(
                streams.TAKE_SNAPSHOT,
                stream=self.aggregate.stream(self.subject),
                aggregate=type(self.state).__name__,
                shape=self.aggregate.shape,
                version=self.version,
                state=msgspec.json.encode(self.state).decode(),
            )


async def history(reader: Reader, stream: str, *, after: int = 0) -> AsyncIterator[tuple[Recorded, Event]]:
    """The events of a stream (`<module>/<subject>`) in their order, after a version."""
    catalog = reader.part(Events).catalog
    while True:
        rows = await reader.all(log.HISTORY, stream=stream, after=after, limit=_PAGE)
        for row in rows:
            yield row.recorded(), catalog.decode(row.type, row.data)
        if len(rows) < _PAGE:
            return
        after = rows[-1].version or after


async def append(uow: UnitOfWork, *events: Event, expected: int) -> int:
    """Write events of one subject if its stream stands at version `expected`; where it stands then.

    For clients that say which version they saw; within one unit of work `Loaded.save` is simpler.

    Raises:
        StreamMoved: it stands elsewhere; the problem tells where.
        ValueError: no events, or events of several subjects or of none.
    """
    found = {stream_of(event) for event in events}
    stream = found.pop() if len(found) == 1 else None
    if stream is None:
        raise ValueError("append takes one or more events of one subject")
    return await keeping.append(uow, stream, events, expected=expected)
