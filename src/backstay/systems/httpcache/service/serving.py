"""Listening for the clients of the proxy, within bounds, and ending without losing a request."""

from __future__ import annotations

import asyncio
import logging
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Final, cast
from urllib.parse import urlsplit

from typing_extensions import override
from uvicorn.config import Config
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.server import ServerState

from backstay.systems.httpcache.service.proxy import Proxy

_LARGEST_HEAD: Final = 64 * 1024
"""Bytes of a request line and its fields."""
_HEAD_TIME: Final = 15.0
"""Seconds in which a client must have sent them."""
_KEEP_ALIVE: Final = 65
_BACKLOG: Final = 2048
_DRAIN: Final = 30.0
"""Seconds that requests under way have when the proxy ends."""
_POLL: Final = 0.02
_log: Final = logging.getLogger("backstay.httpcache")


class _Connection(HttpToolsProtocol):
    """uvicorn's, which waits for ever for the end of a head of any size."""

    _head_bytes = 0
    _in_head = True
    _late: asyncio.TimerHandle | None = None

    @override
    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        self._late = self.loop.call_later(_HEAD_TIME, self.transport.abort)

    @override
    def connection_lost(self, exc: Exception | None) -> None:
        self._in_time()
        super().connection_lost(exc)

    @override
    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if self._in_head:
            self._head_bytes += len(data)
            if self._late is None and not self.transport.is_closing():
                self._late = self.loop.call_later(_HEAD_TIME, self.transport.abort)
            if self._head_bytes > _LARGEST_HEAD:
                self.transport.abort()

    @override
    def on_message_begin(self) -> None:
        self._in_head = True
        super().on_message_begin()

    @override
    def on_headers_complete(self) -> None:
        self._in_head = False
        self._head_bytes = 0
        self._in_time()
        if not self.url.startswith(b"/"):
            # Of two hosts that a request names the one in its target counts (RFC 9112, 3.2.2).
            host = urlsplit(self.url).netloc
            self.headers[:] = [*(one for one in self.headers if one[0] != b"host"), (b"host", host)]
        super().on_headers_complete()

    def _in_time(self) -> None:
        if self._late is not None:
            self._late.cancel()
            self._late = None


@asynccontextmanager
async def listening(proxy: Proxy, host: str, port: int) -> AsyncIterator[str]:
    """Answer clients as long as the block lasts, then end what was asked; the URL.

    Processes of one machine may share the port.

    Raises:
        OSError: the address cannot be listened on.
    """
    config = Config(
        cast("Any", proxy),
        http=_Connection,
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        proxy_headers=False,
        server_header=False,
        date_header=False,
        timeout_keep_alive=_KEEP_ALIVE,
    )
    config.load()
    state = ServerState()
    loop = asyncio.get_running_loop()
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.create_server((host, port), family=family, backlog=_BACKLOG, reuse_port=True)
    listener.setblocking(False)
    server = await loop.create_server(
        lambda: _Connection(config=config, server_state=state, app_state={}, _loop=loop), sock=listener
    )
    name, number = listener.getsockname()[:2]
    try:
        yield f"http://[{name}]:{number}" if ":" in name else f"http://{name}:{number}"
    finally:
        server.close()
        await _drain(state)


async def _drain(state: ServerState) -> None:
    for connection in list(state.connections):
        connection.shutdown()
    try:
        async with asyncio.timeout(_DRAIN):
            while state.tasks or state.connections:  # noqa: ASYNC110 - uvicorn tells nobody of an end
                await asyncio.sleep(_POLL)
    except TimeoutError:
        _log.warning("%d requests are cut off", len(state.tasks))
        for task in list(state.tasks):
            task.cancel()
