"""Asking one origin over HTTP/1.1, on connections that are kept and never believed beyond their answer.

The framing is h11's, which refuses what is ambiguous (RFC 9112, 6.3). A connection is asked again only
when its answer has ended where it said, with nothing after it: what follows would be taken for the
answer to somebody else's request.
"""

from __future__ import annotations

import asyncio
import re
import ssl
from collections import deque
from contextlib import suppress
from typing import Any, Final, Self
from urllib.parse import urlsplit

import h11

from backstay.systems.httpcache.contracts import Asked, Fields, Given
from backstay.systems.httpcache.errors import OriginAway, OriginSlow
from backstay.systems.httpcache.service.fields import end_to_end, first

_LARGEST_HEAD: Final = 64 * 1024
_PIECE: Final = 64 * 1024
_IDLE: Final = 50.0
"""Seconds for which an idle connection is kept; less than most servers' 60."""
_MARGIN: Final = 1.0
"""Seconds before the end that an origin tells from which its connection is not used any more."""
_UNREPEATED: Final = 1.0
"""Seconds after which a kept connection is not used for what cannot be sent twice: it may be closing."""
_TIMEOUT: Final = re.compile(r"timeout *= *([0-9]{1,5})", re.IGNORECASE)
_AGAIN: Final = frozenset({"GET", "HEAD", "OPTIONS"})
"""What may be sent a second time when a kept connection turns out to be closed."""
_EMPTY: Final = frozenset({204, 304})
"""Statuses of answers without content."""
_MOST_INFORMED: Final = 32
"""Interim responses to one request; an origin that sends more says nothing."""


class _Connection:
    """One connection, which carries one exchange at a time."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, seconds: float) -> None:
        """`seconds`: for each step of the other side."""
        self._seconds = seconds
        self.reader = reader
        self.writer = writer
        self.wire = h11.Connection(h11.CLIENT, max_incomplete_event_size=_LARGEST_HEAD)
        self.used = False
        self.idle_since = 0.0
        self.lasts = _IDLE
        self._watch: asyncio.Future[bytes] | None = None

    async def send(self, event: Any) -> None:
        data = self.wire.send(event)
        if data:
            self.writer.write(data)
            async with asyncio.timeout(self._seconds):
                await self.writer.drain()

    async def next(self) -> Any:
        while True:
            event = self.wire.next_event()
            if event is not h11.NEED_DATA:
                return event
            async with asyncio.timeout(self._seconds):
                self.wire.receive_data(await self.reader.read(_PIECE))

    @property
    def is_clean(self) -> bool:
        """Whether both sides have said all they had to, and nothing lies unread."""
        return (
            self.wire.our_state is h11.DONE
            and self.wire.their_state is h11.DONE
            and self.wire.trailing_data == (b"", False)
            and not self.reader.at_eof()
            and not self.writer.is_closing()
        )

    def rest(self) -> None:
        """Nobody asks; whatever comes now is nobody's answer, and an end is an end."""
        self._watch = asyncio.ensure_future(self.reader.read(1))

    async def wake(self) -> bool:
        """Whether nothing has come, so that it can be asked."""
        watch, self._watch = self._watch, None
        if watch is not None:
            watch.cancel()
            await asyncio.wait([watch])
        return watch is not None and watch.cancelled()

    def close(self) -> None:
        if self._watch is not None:
            self._watch.cancel()
        self.writer.close()


class HttpOrigin:
    """An origin at one address; as `service.shared.Origin`."""

    def __init__(self, url: str, *, connections: int, timeout: float) -> None:
        """Connects at the first use.

        Args:
            url: `http://host:port` or `https://host`, without a path.
            connections: at once.
            timeout: seconds for it to be reached, and between any two pieces.

        Raises:
            ValueError: the URL is not of that form.
        """
        parts = urlsplit(url)
        if parts.scheme not in {"http", "https"} or not parts.hostname or parts.path not in {"", "/"}:
            raise ValueError(f"{url!r} names no origin: it is http://host:port or https://host, and no path")
        if parts.query or parts.fragment or parts.username is not None:
            raise ValueError(f"{url!r} names no origin: leave out what stands beside host and port")
        self._host = parts.hostname
        self._tls = ssl.create_default_context() if parts.scheme == "https" else None
        self._port = parts.port or (443 if self._tls else 80)
        self._timeout = timeout
        self._turns = asyncio.Semaphore(connections)
        self._idle: deque[_Connection] = deque()

    async def send(self, asked: Asked) -> Given:
        """The answer, whose body is read from its connection piece by piece.

        Raises:
            OriginAway: it cannot be reached, or sends what is no HTTP.
            OriginSlow: it takes too long.
        """
        try:
            async with asyncio.timeout(self._timeout):
                await self._turns.acquire()
        except TimeoutError:
            raise OriginSlow from None
        is_read = True
        try:
            given = await self._answered(asked)
            is_read = isinstance(given.body, bytes)
        except TimeoutError:
            raise OriginSlow from None
        except (OSError, h11.ProtocolError) as failure:
            raise OriginAway from failure
        else:
            return given
        finally:
            if is_read:
                self._turns.release()

    async def _answered(self, asked: Asked) -> Given:
        connection, head = await self._ask(asked)
        fields = [(name.decode(), value.decode("latin-1")) for name, value in head.headers]
        if (told := _TIMEOUT.search(first(fields, "keep-alive") or "")) is not None:
            connection.lasts = min(_IDLE, int(told[1]) - _MARGIN)
        given = Given(status=head.status_code, fields=end_to_end(fields))
        if asked.method != "HEAD" and given.status not in _EMPTY:
            given.body = _Body(self, connection)
            return given
        try:
            event = await connection.next()
        except BaseException:
            connection.close()
            raise
        if isinstance(event, h11.EndOfMessage):
            self._done(connection)
        else:
            connection.close()
        return given

    async def close(self) -> None:
        """Close what is idle."""
        while self._idle:
            connection = self._idle.pop()
            connection.close()
            with suppress(OSError):
                await connection.writer.wait_closed()

    async def _ask(self, asked: Asked) -> tuple[_Connection, Any]:
        connection = await self._connected(asked)
        try:
            return connection, await self._exchange(connection, asked)
        except TimeoutError:
            connection.close()
            raise
        except (OSError, h11.ProtocolError):
            connection.close()
            # An idle connection may have been closed while the request was on its way: that says nothing yet.
            if not connection.used or not _is_repeatable(asked):
                raise
        except BaseException:
            connection.close()
            raise
        connection = await self._open()
        try:
            return connection, await self._exchange(connection, asked)
        except BaseException:
            connection.close()
            raise

    async def _exchange(self, connection: _Connection, asked: Asked) -> Any:
        fields = [("host", asked.authority), *asked.fields]
        if asked.body is not None and first(fields, "content-length") is None:
            fields.append(("transfer-encoding", "chunked"))
        headers = [(name.encode(), value.encode("latin-1")) for name, value in fields]
        await connection.send(
            h11.Request(method=asked.method.encode(), target=asked.target.encode("latin-1"), headers=headers),
        )
        if asked.body is not None:
            async for piece in asked.body:
                await connection.send(h11.Data(data=piece))
        await connection.send(h11.EndOfMessage())
        for _ in range(_MOST_INFORMED):
            event = await connection.next()
            if isinstance(event, h11.Response) and event.status_code < 600:
                return event
            if not isinstance(event, h11.InformationalResponse) or event.status_code == 101:
                raise OriginAway
            if asked.inform is not None and event.status_code != 100:
                told: Fields = [(name.decode(), value.decode("latin-1")) for name, value in event.headers]
                asked.inform(event.status_code, end_to_end(told))
        raise OriginAway

    def free(self, connection: _Connection, *, ended: bool) -> None:
        """A body was read to its end, or will not be."""
        self._turns.release()
        if ended:
            self._done(connection)
        else:
            connection.close()

    def _done(self, connection: _Connection) -> None:
        if not connection.is_clean:
            connection.close()
            return
        connection.wire.start_next_cycle()
        connection.used = True
        connection.idle_since = asyncio.get_running_loop().time()
        connection.rest()
        self._idle.append(connection)

    async def _connected(self, asked: Asked) -> _Connection:
        now = asyncio.get_running_loop().time()
        while self._idle:
            connection = self._idle.pop()
            lasts = connection.lasts if _is_repeatable(asked) else min(_UNREPEATED, connection.lasts)
            if now - connection.idle_since < lasts and await connection.wake():
                return connection
            connection.close()
        return await self._open()

    async def _open(self) -> _Connection:
        async with asyncio.timeout(self._timeout):
            reader, writer = await asyncio.open_connection(
                self._host, self._port, ssl=self._tls, server_hostname=self._host if self._tls else None
            )
        return _Connection(reader, writer, self._timeout)


def _is_repeatable(asked: Asked) -> bool:
    return asked.method in _AGAIN and asked.body is None


class _Body:
    """The content of an answer, read once; whoever does not want the rest of it closes it."""

    def __init__(self, origin: HttpOrigin, connection: _Connection) -> None:
        self._origin = origin
        self._connection: _Connection | None = connection

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> bytes:
        if self._connection is None:
            raise StopAsyncIteration
        try:
            event = await self._connection.next()
        except TimeoutError:
            await self.aclose()
            raise OriginSlow from None
        except (OSError, h11.ProtocolError) as failure:
            await self.aclose()
            raise OriginAway from failure
        except BaseException:
            await self.aclose()
            raise
        if isinstance(event, h11.Data):
            return bytes(event.data)
        await self.aclose(ended=isinstance(event, h11.EndOfMessage))
        if isinstance(event, h11.EndOfMessage):
            raise StopAsyncIteration
        raise OriginAway

    async def aclose(self, *, ended: bool = False) -> None:
        """Let go of the connection."""
        connection, self._connection = self._connection, None
        if connection is not None:
            self._origin.free(connection, ended=ended)
