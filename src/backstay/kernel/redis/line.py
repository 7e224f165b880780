"""One connection to Redis for short questions: sent as they come, answered in their order.

A hit of a cache or a check of a limit is one such question, so what a client does beside asking it is most
of what it costs. This one has no pool to take a connection from, and no task and no timer of its own for a
question.
"""

from __future__ import annotations

import asyncio
from collections import deque
from typing import Any, Final, cast

import hiredis
from redis.asyncio.connection import SSLConnection, UnixDomainSocketConnection, parse_url
from typing_extensions import override

_GRACE: Final = 0.01
"""Seconds in which an answer that has come while this process was busy is read before it counts as none."""


def written(*parts: bytes) -> bytes:
    """A command as it goes over the wire: RESP2, an array of bulk strings.

    https://redis.io/docs/latest/develop/reference/protocol-spec/
    """
    return b"*%d\r\n%b" % (len(parts), b"".join([b"$%d\r\n%b\r\n" % (len(part), part) for part in parts]))


class Refused(ConnectionError):
    """Redis answered with an error instead of doing what it was asked."""

    def __init__(self, told: str) -> None:
        """`told` is the answer; its first word is the kind of error, as `NOSCRIPT`."""
        super().__init__(f"redis: {told}")
        self.kind = told.partition(" ")[0]


class Line:
    """Connects when it is opened, and again when it is opened after it was lost."""

    def __init__(self, address: str, *, timeout: float) -> None:
        """`address` is redis-py's URL; `timeout`, seconds of silence after which the line is given up."""
        self._options: dict[str, Any] = dict(parse_url(address))
        self._timeout = timeout
        self._opening = asyncio.Lock()
        self._wire: _Wire | None = None

    @property
    def is_open(self) -> bool:
        """Whether questions can be sent."""
        return self._wire is not None and self._wire.transport is not None

    async def open(self) -> None:
        """Connect and say who asks, unless that was done.

        Raises:
            OSError: nobody answers there in time, or it does not let us in.
        """
        async with self._opening:
            if self.is_open:
                return
            wire = _Wire(self._timeout)
            try:
                async with asyncio.timeout(self._timeout):
                    await self._connect(wire)
                    for greeting in self._greetings():
                        await wire.ask(written(*greeting))
            except BaseException:
                wire.hang_up("the line was not opened")
                raise
            # Only now, so that nobody asks who has not said yet which database is meant.
            self._wire = wire

    def ask(self, *parts: bytes) -> asyncio.Future[Any]:
        """Send a command over the open line.

        The future is its answer; `Refused` when that is an error; another `OSError` when there is none.
        """
        assert self._wire is not None
        return self._wire.ask(written(*parts))

    def ask_written(self, command: bytes) -> asyncio.Future[Any]:
        """As `ask`, of a command that `written` made, or that was put together from its pieces."""
        assert self._wire is not None
        return self._wire.ask(command)

    def close(self) -> None:
        """Hang up; who waits for an answer is told that there is none."""
        if self._wire is not None:
            self._wire.hang_up("the line was closed")

    async def _connect(self, wire: _Wire) -> None:
        loop, options = asyncio.get_running_loop(), self._options
        made = options.get("connection_class")
        if made is UnixDomainSocketConnection:
            await loop.create_unix_connection(lambda: wire, options["path"])
            return
        encrypted = None
        if made is SSLConnection:
            told = {name: value for name, value in options.items() if name != "connection_class"}
            # As the client that writes: from the same words of the URL.
            encrypted = SSLConnection(**told).ssl_context.get()
        address = options.get("host", "localhost"), options.get("port", 6379)
        await loop.create_connection(lambda: wire, *address, ssl=encrypted)

    def _greetings(self) -> list[tuple[bytes, ...]]:
        said: list[tuple[bytes, ...]] = []
        if password := self._options.get("password"):
            who = [one.encode() for one in (self._options.get("username"), password) if one]
            said.append((b"AUTH", *who))
        if number := self._options.get("db"):
            said.append((b"SELECT", str(number).encode()))
        return said


class _Wire(asyncio.Protocol):
    """One connection, from its beginning to its end."""

    def __init__(self, timeout: float) -> None:
        self.transport: asyncio.Transport | None = None
        self._timeout = timeout
        self._waiting: deque[asyncio.Future[Any]] = deque()
        self._reader = hiredis.Reader()
        self._watch: asyncio.TimerHandle | None = None
        self._moved = 0.0
        """When the last answer came, or when the first question was sent since nothing was waited for."""

    def ask(self, command: bytes) -> asyncio.Future[Any]:
        """As `Line.ask_written`."""
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[Any] = loop.create_future()
        if self.transport is None:
            answer.set_exception(ConnectionError("redis: the line was lost"))
            return answer
        if not self._waiting:
            self._moved = loop.time()
            if self._watch is None:
                self._watch = loop.call_later(self._timeout, self._look)
        self._waiting.append(answer)
        self.transport.write(command)
        return answer

    def hang_up(self, why: str) -> None:
        """End it, and tell whoever waits why."""
        if self.transport is not None:
            self.transport.abort()
            self.transport = None
        if self._watch is not None:
            self._watch.cancel()
            self._watch = None
        waiting, self._waiting = self._waiting, deque()
        for answer in waiting:
            if not answer.done():
                answer.set_exception(ConnectionError(f"redis: {why}"))

    @override
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # By its use, for uvloop's transports are of no class of asyncio's.
        self.transport = cast("asyncio.Transport", transport)

    @override
    def connection_lost(self, exc: Exception | None) -> None:
        self.transport = None
        self.hang_up("the line was lost")

    @override
    def data_received(self, data: bytes) -> None:
        self._moved = asyncio.get_running_loop().time()
        try:
            self._reader.feed(data)
            while (told := self._reader.gets()) is not False and self._waiting:
                answer = self._waiting.popleft()
                if answer.done():
                    continue  # who asked has gone
                if isinstance(told, hiredis.HiredisError):
                    answer.set_exception(Refused(str(told)))
                else:
                    answer.set_result(told)
        except hiredis.ProtocolError:
            self.hang_up("what came is no answer")

    def _look(self, *, again: bool = False) -> None:
        """Give the line up when it is silent; one timer looks after all questions."""
        self._watch = None
        if not self._waiting:
            return
        loop = asyncio.get_running_loop()
        left = self._moved + self._timeout - loop.time()
        if left > 0:
            self._watch = loop.call_later(left, self._look)
        elif not again:
            self._watch = loop.call_later(_GRACE, lambda: self._look(again=True))
        else:
            self.hang_up("no answer came in time")
