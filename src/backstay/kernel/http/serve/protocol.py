"""uvicorn's HTTP/1.1 protocol with the house's words for what is not HTTP, and bounds on what is sent."""

from __future__ import annotations

import asyncio
import fcntl
import re
import struct
import termios
from typing import Any, Final

import httptools
import msgspec
from typing_extensions import override
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol, RequestResponseCycle

from backstay.kernel.errors import BackstayError
from backstay.kernel.http.errors import HeadersTooLarge, MalformedRequest
from backstay.kernel.http.origin import trace_of
from backstay.kernel.http.problems import PROBLEM_JSON, problem_members
from backstay.kernel.http.serve.cycle import Cycle
from backstay.kernel.ids import uuid7_text

MAX_HEAD: Final = 64 * 1024
"""Bytes of request line and headers."""
HEAD_TIMEOUT: Final = 15.0
"""Seconds in which a client must have sent its headers."""

_PLAIN_TARGET: Final = re.compile(rb"/(?!/)[A-Za-z0-9/_.~-]*(?:\?[A-Za-z0-9_.~=&,:;%+-]*)?")
"""A request target in origin form (RFC 9112, 3.2.1) whose path is written as it is meant."""
_METHODS: Final = {name.encode(): name for name in ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")}

REFUSED_LINGER: Final = 1.0
"""Seconds in which what a refused client still sends is read and thrown away."""


class Protocol(HttpToolsProtocol):
    """One connection."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._blank: Any = {}
        """What the scope of every request on this connection begins with."""
        self._refused = False
        self._head_bytes = 0
        self._head_since: float | None = None
        """When the headers that are being read began; None between requests and during bodies."""
        self._idle_since: float | None = None
        """When the last answer was complete, until the next request begins."""

    @override
    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        super().connection_made(transport)
        super().on_message_begin()
        self._blank = self.scope.copy()
        self._head_since = self.loop.time()

    @override
    def on_message_begin(self) -> None:
        self.url = b""
        self.expect_100_continue = False
        headers: list[tuple[bytes, bytes]] = []
        self.headers = headers
        self.scope = scope = self._blank.copy()
        scope["headers"] = headers

    @override
    def data_received(self, data: bytes) -> None:
        if self._refused:
            return
        # As uvicorn's, without what it does for a timer that is not set here.
        self._idle_since = None
        try:
            self.parser.feed_data(data)
        except httptools.HttpParserError:
            self.send_400_response("")
            return
        except httptools.HttpParserUpgrade:
            self._unsupported_upgrade_warning()
        cycle: RequestResponseCycle | None = self.cycle
        if cycle is not None and cycle.scope is self.scope:  # the headers are complete
            if self._head_since is not None:
                self._head_since = None
                self._head_bytes = 0
            return
        self._head_bytes += len(data)
        if self._head_since is None:
            self._head_since = self.loop.time()
        if self._head_bytes > MAX_HEAD:
            self._refuse(HeadersTooLarge())

    @override
    def on_headers_complete(self) -> None:
        # As uvicorn's for what nearly every request is: version 1.1, a plain path, nothing before it on the
        # connection. That one takes the URL apart as any URL, and is asked about the rest.
        url: bytes = self.url
        before: RequestResponseCycle | None = self.cycle
        if (
            self.parser.get_http_version() != "1.1"
            or self.parser.should_upgrade()
            or not _PLAIN_TARGET.fullmatch(url)
            or self.root_path
            or (before is not None and not before.response_complete)
        ):
            super().on_headers_complete()
            return
        scope: Any = self.scope
        path, _, query = url.partition(b"?")
        scope["method"] = _METHODS.get(method := self.parser.get_method()) or method.decode("ascii")
        scope["path"] = path.decode()
        scope["raw_path"] = path
        scope["query_string"] = query
        self.cycle = cycle = Cycle(self)
        # Not as uvicorn's others, which the loop calls back about: this one says itself when it has ended.
        cycle.task = task = self.loop.create_task(cycle.run_asgi(self.app))
        self.tasks.add(task)

    @override
    def on_message_complete(self) -> None:
        cycle: RequestResponseCycle | None = self.cycle
        if type(cycle) is not Cycle:
            super().on_message_complete()
        elif not cycle.response_complete:
            cycle.more_body = False
            cycle.tell()

    @override
    def send_400_response(self, msg: str) -> None:
        self._refuse(MalformedRequest())

    def _refuse(self, error: BackstayError) -> None:
        trace = trace_of(None)
        request_id = uuid7_text()
        body = msgspec.json.encode(problem_members(error, instance=request_id, trace_id=trace.trace_id))
        lines = [STATUS_LINE[error.status]]
        headers = [
            *self.server_state.default_headers,
            (b"content-type", PROBLEM_JSON),
            (b"content-length", b"%d" % len(body)),
            (b"cache-control", b"no-store"),
            (b"x-content-type-options", b"nosniff"),
            (b"x-request-id", request_id.encode("ascii")),
            (b"connection", b"close"),
        ]
        lines += [name + b": " + value + b"\r\n" for name, value in headers]
        self.transport.write(b"".join([*lines, b"\r\n", body]))
        # Closing with data unread would reset the connection, and the client might never read why.
        self._refused = True
        self.transport.write_eof()
        self.loop.call_later(REFUSED_LINGER, self.transport.close)

    @override
    def on_response_complete(self) -> None:
        # As uvicorn's, which sets a timer for each idle connection and cancels it with the next
        # request (3 us); here the server looks at all connections once a second.
        self.server_state.total_requests += 1
        if self.transport.is_closing():
            return
        if self.flow.read_paused:
            self.flow.resume_reading()
        if self.pipeline:
            self._start_asgi_task(*self.pipeline.pop())
        else:
            self._idle_since = self.loop.time()

    @override
    def _unset_keepalive_if_required(self) -> None:
        self._idle_since = None

    @property
    def idle(self) -> bool:
        """Whether no request is being read or answered."""
        cycle: RequestResponseCycle | None = self.cycle
        return cycle is None or cycle.response_complete

    def close_if_late(self, now: float) -> None:
        """Close a connection whose headers take too long to come, or that was idle for too long."""
        late = self._head_since is not None and now - self._head_since > HEAD_TIMEOUT and self.idle
        if late or (self._idle_since is not None and now - self._idle_since > self.timeout_keep_alive):
            self.transport.close()

    def close_if_idle(self) -> None:
        """Close the connection unless a request is under way or has arrived and waits to be read."""
        if self.idle and not self._head_bytes and not self._unread():
            self.transport.close()

    def _unread(self) -> int:
        raw = self.transport.get_extra_info("socket")
        if raw is None or raw.fileno() < 0:
            return 0
        (count,) = struct.unpack("i", fcntl.ioctl(raw.fileno(), termios.FIONREAD, struct.pack("i", 0)))
        return int(count)
