"""Server-sent events (HTML standard, 9.2): live streams that a browser reads with `EventSource`.

A `Broadcast` hands what happens in this process to any number of clients. Each client has
a queue of its own, and a bound on it: one that reads too slowly is let go rather than
waited for, and comes back with `Last-Event-ID` for what it missed.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final

from msgspec import Raw, Struct
from typing_extensions import override

from backstay.kernel.http.response import Streaming, encode_json
from backstay.kernel.ids import uuid7
from backstay.kernel.observation import Record

if TYPE_CHECKING:
    from backstay.kernel.http.request import Receive, Send

HEARTBEAT: Final = 15.0
"""Seconds of silence after which a comment is sent, so that proxies keep the connection."""
RETRY_MILLISECONDS: Final = 2000
"""After this long a client that lost the stream tries again."""
_HEARTBEAT_BYTES: Final = b": still here\n\n"


class Event(Struct, frozen=True):
    """One event of a stream."""

    data: Any
    """Anything that JSON can say."""
    name: str | None = None
    """The type that `addEventListener` listens for; `message` when None."""
    id: str | None = None
    """What the client sends back as `Last-Event-ID`."""

    def __post_init__(self) -> None:
        """Refuse a name or id with a line break, which would start another field."""
        for text in (self.name, self.id):
            if text is not None and any(character in text for character in "\r\n\0"):
                raise ValueError("an event's name and id must be one line")

    def encode(self) -> bytes:
        """The event on the wire."""
        # JSON never holds a raw line break, so the data is always one line.
        lines = [b"data: " + encode_json(self.data)]
        if self.id is not None:
            lines.insert(0, b"id: " + self.id.encode())
        if self.name is not None:
            lines.insert(0, b"event: " + self.name.encode())
        return b"\n".join(lines) + b"\n\n"


class EventStream(Streaming):
    """The answer that streams events until they end, the client leaves, or the server drains."""

    content_type = b"text/event-stream"

    def __init__(self, events: AsyncIterator[Event], *, heartbeat: float = HEARTBEAT) -> None:
        """`events`: closed when the stream ends. `heartbeat`: seconds."""
        self._events = events
        self._heartbeat = heartbeat

    @override
    def headers(self) -> list[tuple[bytes, bytes]]:
        return [(b"x-accel-buffering", b"no")]  # nginx would hold events back otherwise

    @override
    async def send_body(self, send: Send, receive: Receive, record: Record, ending: asyncio.Event) -> None:
        async def put(chunk: bytes) -> None:
            record.response_bytes += len(chunk)
            await send({"type": "http.response.body", "body": chunk, "more_body": True})

        await put(b"retry: %d\n\n" % RETRY_MILLISECONDS)
        left: asyncio.Future[Any] = asyncio.ensure_future(_left(receive))
        ended: asyncio.Future[Any] = asyncio.ensure_future(ending.wait())
        events = aiter(self._events)
        following: asyncio.Future[Any] = asyncio.ensure_future(_next(events))
        try:
            while True:
                done, _ = await asyncio.wait(
                    {left, ended, following}, timeout=self._heartbeat, return_when=asyncio.FIRST_COMPLETED
                )
                if left in done:
                    record.abandoned = True
                    return
                if following in done:
                    try:
                        event = following.result()
                    except StopAsyncIteration:
                        break
                    await put(event.encode())
                    following = asyncio.ensure_future(_next(events))
                elif ended in done:
                    break
                else:
                    await put(_HEARTBEAT_BYTES)
            await send({"type": "http.response.body", "body": b"", "more_body": False})
        finally:
            for task in (left, ended, following):
                task.cancel()
            with suppress(asyncio.CancelledError, StopAsyncIteration):
                await following
            close = getattr(events, "aclose", None)
            if close is not None:
                await close()


async def _next(events: AsyncIterator[Event]) -> Event:
    return await anext(events)


async def _left(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


class Broadcast:
    """One source of events for many clients of this process."""

    def __init__(self, *, queue: int = 256, history: int = 256) -> None:
        """`queue`: events that a client may be behind. `history`: events kept for clients that come back."""
        self._queue = queue
        self._history: deque[Event] = deque(maxlen=history)
        self._clients: set[_Client] = set()
        # Ids of another process, or of this one before a restart, must not be mistaken for ours.
        self._epoch = uuid7().hex[-12:]
        self._number = 0

    @property
    def clients(self) -> int:
        """How many are listening."""
        return len(self._clients)

    def publish(self, name: str, data: Any) -> None:
        """Tell every client; never waits. With nobody listening it only remembers."""
        self._number += 1
        # Encoded once here, not once for each client.
        made = Event(Raw(encode_json(data)), name, f"{self._epoch}-{self._number}")
        self._history.append(made)
        for client in tuple(self._clients):
            if not client.offer(made, self._queue):
                self._clients.discard(client)

    async def subscribe(self, last_event_id: str | None = None) -> AsyncIterator[Event]:
        """Events from now on, or from just after `last_event_id` when that is still remembered.

        When it is not, the first event is `reset`: something was missed, and the client
        should read the present state anew.
        """
        client = _Client()
        missed = self._since(last_event_id)
        if missed is None:
            client.offer(Event({}, "reset"), self._queue)
        for event in missed or ():
            client.offer(event, len(missed or ()) + self._queue)
        self._clients.add(client)
        try:
            while (taken := await client.take()) is not None:
                yield taken
        finally:
            self._clients.discard(client)

    def stream(self, last_event_id: str | None = None, *, heartbeat: float = HEARTBEAT) -> EventStream:
        """The answer for one client."""
        return EventStream(self.subscribe(last_event_id), heartbeat=heartbeat)

    def _since(self, last_event_id: str | None) -> list[Event] | None:
        """What came after the id; None when that can not be told any more."""
        if last_event_id is None:
            return []
        epoch, _, number = last_event_id.partition("-")
        if epoch != self._epoch or not number.isdigit() or int(number) > self._number:
            return None
        behind = self._number - int(number)
        if behind > len(self._history):
            return None
        return list(self._history)[len(self._history) - behind :]


class _Client:
    """The queue of one client."""

    def __init__(self) -> None:
        self._events: deque[Event] = deque()
        self._something = asyncio.Event()
        self._dropped = False

    def offer(self, event: Event, bound: int) -> bool:
        """Queue an event; False, and the end of the stream, when too many are waiting."""
        if len(self._events) >= bound:
            self._dropped = True
            self._something.set()
            return False
        self._events.append(event)
        self._something.set()
        return True

    async def take(self) -> Event | None:
        """The next event; None once the client was dropped and has everything that was queued before."""
        while not self._events:
            if self._dropped:
                return None
            self._something.clear()
            await self._something.wait()
        return self._events.popleft()
