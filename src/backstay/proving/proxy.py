"""A TCP proxy in the lab's own process whose bytes go wrong on command, the same way for the same seed."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random
from typing import Final, Literal, Self

Direction = Literal["server", "client"]
"""Where bytes are headed."""

_CHUNK: Final = 65536
_LINGER_ZERO: Final = struct.pack("ii", 1, 0)


@dataclass(eq=False)
class _Link:
    """One client's connection and the one to the server behind it."""

    client: asyncio.StreamWriter
    server: asyncio.StreamWriter
    swallowed: bool = False
    budget: dict[Direction, int] = field(default_factory=dict)
    """Bytes that may still pass towards a side before the link is truncated."""
    cut_on_answer: bool = False
    tail: bytes = b""

    def reset(self) -> None:
        """Close both sides with RST: a zero linger drops what is unsent and says so to the peer."""
        for writer in (self.client, self.server):
            connection = writer.get_extra_info("socket")
            if connection is not None and connection.fileno() >= 0:
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER_ZERO)
            writer.transport.abort()


@dataclass
class _CutAt:
    pattern: bytes
    deliver: bool | None
    times: int | None


class TcpProxy:
    """Listens on a free port of 127.0.0.1 and forwards to one upstream; see `kernel.guarantees.Proxy`."""

    def __init__(
        self,
        host: str,
        port: int,
        random: Random,
        mark: Callable[[str, str], object] = lambda _kind, _detail: None,
        *,
        listen: int = 0,
    ) -> None:
        """`mark(kind, detail)` is told of each fault as it happens; `listen`: this port, not any free one."""
        self._upstream = (host, port)
        self._random = random
        self._mark = mark
        self._links: set[_Link] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._listener: asyncio.Server | None = None
        self._cut_at: _CutAt | None = None
        self._truncate: tuple[int, Direction] | None = None
        self._delay = 0.0
        self._jitter = 0.0
        self._rate: float | None = None
        self._black_hole = False
        self.port = listen
        self.carried: dict[Direction, int] = {"server": 0, "client": 0}
        """Bytes delivered towards each side so far."""

    async def __aenter__(self) -> Self:
        self._listener = await asyncio.start_server(self._accept, "127.0.0.1", self.port, limit=_CHUNK)
        self.port = self._listener.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._listener is not None:
            self._listener.close()
        for link in list(self._links):
            link.reset()
        if self._tasks:
            # Reset links end their tasks; what is still held back by a delay is not waited for.
            _ended, held = await asyncio.wait(self._tasks, timeout=2)
            for task in held:
                task.cancel()
            await asyncio.gather(*held, return_exceptions=True)

    @property
    def connections(self) -> int:
        """How many are open now."""
        return len(self._links)

    def cut(self) -> None:
        """Reset (RST) every connection that is open now, on both sides; new ones are let through."""
        self._mark("cut", f"{len(self._links)} connections reset")
        for link in list(self._links):
            link.reset()

    def cut_at(self, pattern: bytes, *, deliver: bool | None = None, times: int | None = 1) -> None:
        """Reset the connection on which `pattern` next comes from the client's side, `times` times.

        With `deliver` the bytes reach the server, its answer is awaited and then lost;
        without, they never arrive; None lets the seed choose each time. Without a number of
        `times`, until `heal`.
        """
        self._cut_at = _CutAt(pattern, deliver, times)

    def truncate(self, after: int, *, towards: Direction = "client") -> None:
        """Deliver exactly `after` more bytes on the next connection that carries any that way, then close it.

        The truncated side sees an orderly end (FIN), so that no delivered byte is lost with it;
        the other side is reset.
        """
        self._truncate = (after, towards)

    def delay(self, seconds: float, jitter: float = 0.0) -> None:
        """Hold back every chunk for so long, plus up to `jitter` more, chosen by the seed."""
        self._mark("delay", f"{seconds * 1000:g} ms + up to {jitter * 1000:g} ms")
        self._delay, self._jitter = seconds, jitter

    def throttle(self, bytes_per_second: float | None) -> None:
        """Let through so many bytes a second each way on each connection; None: as fast as they come."""
        self._mark("throttle", f"{bytes_per_second:g} B/s" if bytes_per_second else "lifted")
        self._rate = bytes_per_second

    def black_hole(self) -> None:
        """Swallow every byte both ways and keep the connections open."""
        self._mark("black-hole", f"{len(self._links)} connections")
        self._black_hole = True

    def heal(self) -> None:
        """Do nothing of the kind any more; connections that swallowed bytes are beyond healing and reset."""
        self._mark("heal", "")
        self._cut_at = self._truncate = self._rate = None
        self._delay = self._jitter = 0.0
        self._black_hole = False
        for link in list(self._links):
            if link.swallowed:
                link.reset()

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        if task is not None:
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        try:
            upstream_reader, upstream_writer = await asyncio.open_connection(*self._upstream, limit=_CHUNK)
        except OSError:
            writer.transport.abort()
            return
        link = _Link(writer, upstream_writer)
        self._links.add(link)
        try:
            await asyncio.gather(
                self._pump(link, reader, upstream_writer, "server"),
                self._pump(link, upstream_reader, writer, "client"),
            )
        finally:
            self._links.discard(link)
            for each in (writer, upstream_writer):
                each.close()
                with contextlib.suppress(OSError):
                    await each.wait_closed()

    async def _pump(
        self, link: _Link, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, towards: Direction
    ) -> None:
        """Carry bytes one way until one side ends."""
        try:
            while data := await reader.read(_CHUNK):
                if not await self._carry(link, data, writer, towards):
                    return
            if writer.can_write_eof() and not link.swallowed:
                writer.write_eof()
        except OSError:
            # One side was reset: so is the other, as if there were one connection.
            link.reset()

    async def _carry(
        self, link: _Link, data: bytes, writer: asyncio.StreamWriter, towards: Direction
    ) -> bool:
        """Deliver one chunk as the present faults say; False when the link has ended by one."""
        if self._black_hole:
            link.swallowed = True
            return True
        if towards == "server" and self._cuts(link, data):
            return False
        if towards == "client" and link.cut_on_answer:
            self._mark("cut", "the answer was lost")
            link.reset()
            return False
        if self._delay or self._jitter:
            await asyncio.sleep(self._delay + self._random.random() * self._jitter)
        if self._truncate is not None and self._truncate[1] == towards:
            link.budget[towards], self._truncate = self._truncate[0], None
        budget = link.budget.get(towards)
        if budget is not None:
            data, rest = data[:budget], data[budget:]
            link.budget[towards] = budget - len(data)
        else:
            rest = b""
        await self._deliver(data, writer, towards)
        if budget is not None and (rest or link.budget[towards] == 0):
            await self._end_short(link, writer, towards)
            return False
        return True

    async def _deliver(self, data: bytes, writer: asyncio.StreamWriter, towards: Direction) -> None:
        """Write it, at the throttled rate if there is one."""
        rate = self._rate
        step = max(1, int(rate / 20)) if rate else len(data)
        for start in range(0, len(data), step or 1):
            piece = data[start : start + step]
            if rate:
                await asyncio.sleep(len(piece) / rate)
            writer.write(piece)
            self.carried[towards] += len(piece)
            await writer.drain()

    async def _end_short(self, link: _Link, writer: asyncio.StreamWriter, towards: Direction) -> None:
        self._mark("truncate", f"towards the {towards}")
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()
        link.reset()

    def _cuts(self, link: _Link, data: bytes) -> bool:
        """Whether this chunk from the client's side ends the connection before it is delivered."""
        plan = self._cut_at
        if plan is None:
            return False
        seen = link.tail + data
        link.tail = seen[-(len(plan.pattern) - 1) :] if len(plan.pattern) > 1 else b""
        if plan.pattern not in seen:
            return False
        link.tail = b""
        if plan.times is not None:
            plan.times -= 1
            if plan.times == 0:
                self._cut_at = None
        if self._random.random() < 0.5 if plan.deliver is None else plan.deliver:
            link.cut_on_answer = True
            return False
        self._mark("cut", f"before {plan.pattern.decode(errors='replace')} arrived")
        link.reset()
        return True
