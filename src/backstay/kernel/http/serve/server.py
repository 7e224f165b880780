"""One server process: accept, answer, and on SIGTERM stop without losing a request."""

from __future__ import annotations

import asyncio
import gc
import logging
import os
import signal
import socket
from collections.abc import Callable, Sequence
from contextlib import suppress
from email.utils import formatdate
from typing import Any, Final, cast

import uvloop
from uvicorn.config import Config
from uvicorn.server import ServerState

from backstay.kernel.backend import start
from backstay.kernel.http.application import Application, create_app
from backstay.kernel.http.serve.cycle import respond
from backstay.kernel.http.serve.listener import address, refuse_new
from backstay.kernel.http.serve.protocol import Protocol
from backstay.kernel.module import CompositionError, Module
from backstay.kernel.settings import Settings
from backstay.kernel.tasks import end
from backstay.kernel.telemetry import configure

KEEP_ALIVE: Final = 65
"""Seconds that an idle connection is kept; longer than most load balancers' 60, so that they close first."""
_SETTLE: Final = 0.15
"""Seconds for connections that had begun to be accepted after new ones are refused."""
_LINGER: Final = 1.0
"""Seconds that idle connections are kept once the server closes, for requests already on their way."""
_POLL: Final = 0.02
_YOUNG: Final = 10_000
"""Objects that a server makes and has not freed before the collector looks at them."""

_log = logging.getLogger("backstay.serve")


class Server:
    """Runs an application on a listening socket until it is asked to stop."""

    def __init__(self, app: Application, listener: socket.socket, *, shared: bool) -> None:
        """`shared`: whether others accept from the same socket, so that closing it here loses nothing."""
        self._app = app
        app.respond = respond
        self._backend = app.backend
        self._listener = listener
        self._shared = shared
        self._state = ServerState()
        self._stop = asyncio.Event()
        self._hurry = asyncio.Event()
        """Set when stopping must not wait for load balancers to look away."""
        self._failure: CompositionError | None = None
        self._config = Config(
            cast("Any", app),
            http=Protocol,
            ws="none",
            lifespan="off",
            log_config=None,
            access_log=False,
            proxy_headers=False,
            server_header=False,
            timeout_keep_alive=KEEP_ALIVE,
        )

    @property
    def connections(self) -> list[Protocol]:
        """Every open connection."""
        return [connection for connection in self._state.connections if isinstance(connection, Protocol)]

    def stop(self, *, leave_ready: bool = False, hurry: bool = False) -> None:
        """Begin to drain; a second call hurries.

        Args:
            leave_ready: another worker takes over, so `/readyz` goes on saying yes.
            hurry: nobody needs time to look away.
        """
        if self._stop.is_set() or hurry or leave_ready:
            self._hurry.set()
        if not self._stop.is_set():
            self._backend.drain(stay_ready=leave_ready)
            self._app.closing = True
            self._stop.set()

    async def run(self, on_ready: Callable[[], None]) -> None:
        """Serve until `stop`, then drain; returns when every request was answered or its time was up."""
        self._config.load()
        loop = asyncio.get_running_loop()
        self._date()

        def protocol() -> Protocol:
            return Protocol(config=self._config, server_state=self._state, app_state={}, _loop=loop)

        server = await loop.create_server(protocol, sock=self._listener, backlog=2048)
        ticking = asyncio.ensure_future(self._tick())
        completing = asyncio.ensure_future(self._complete())
        try:
            on_ready()
            await self._stop.wait()
            await self._drain(server)
        finally:
            ticking.cancel()
            server.close()
            await end(completing)
        if self._failure is not None:
            raise self._failure

    async def _complete(self) -> None:
        # After the first requests rather than before them. What cannot be served ends the server as it would
        # have kept it from starting.
        try:
            await self._app.complete()
        except CompositionError as failure:
            self._failure = failure
            self.stop(hurry=True)

    async def _tick(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            self._date()
            for connection in self.connections:
                connection.close_if_late(loop.time())
            await asyncio.sleep(1.0)

    def _date(self) -> None:
        self._state.default_headers = [(b"date", formatdate(usegmt=True).encode("ascii"))]

    async def _drain(self, server: asyncio.AbstractServer) -> None:
        settings = self._backend.settings.http
        _log.info("draining: %d connections", len(self.connections))
        with suppress(TimeoutError):
            async with asyncio.timeout(settings.drain_delay):
                await self._hurry.wait()
        if not self._shared:
            refuse_new(self._listener)
        await asyncio.sleep(_SETTLE)
        server.close()
        self._app.end_streams()
        loop = asyncio.get_running_loop()
        began = loop.time()
        linger = 0.0 if self._hurry.is_set() and not self._shared else min(_LINGER, settings.drain_timeout)
        while self._state.connections or self._state.tasks:
            spent = loop.time() - began
            if spent >= settings.drain_timeout:
                await self._give_up()
                return
            if spent >= linger:
                for connection in self.connections:
                    connection.close_if_idle()
            await asyncio.sleep(_POLL)
        _log.info("drained: every request was answered")

    async def _give_up(self) -> None:
        tasks = list(self._state.tasks)
        _log.warning("drain_timeout is over: %d requests are cut off", len(tasks))
        for task in tasks:
            task.cancel()
        for connection in self.connections:
            connection.transport.abort()
        await asyncio.gather(*tasks, return_exceptions=True)


def run_server(
    settings: Settings,
    modules: Sequence[Module],
    listener: socket.socket,
    *,
    shared: bool,
    on_ready: Callable[[str], None],
    lifeline: int | None = None,
) -> int:
    """Run one process's server in this thread until it is signalled; the exit code.

    SIGTERM drains; SIGINT drains without `drain_delay`; SIGUSR1 is the supervisor's way of
    replacing this worker while others take over. `lifeline` is a pipe whose other end the
    supervisor holds: when it closes, the supervisor has died and this process drains too.
    """

    async def main() -> None:
        async with start(settings, modules) as backend:
            backend.hold(telemetry)
            backend.observers.insert(0, telemetry.finish)
            telemetry.watch(backend.database.stats)
            # One of several workers is complete before it is ready: it may take another's place.
            server = Server(create_app(backend, complete=shared), listener, shared=shared)
            _on_signals(server, lifeline)
            # Nothing of what is loaded is garbage; looking through it stopped all requests for 0.1 s.
            gc.freeze()
            gc.set_threshold(_YOUNG, 10, 10)
            await server.run(lambda: on_ready(address(listener)))

    telemetry = configure(settings)
    try:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(main())
    finally:
        telemetry.shutdown()
    return 0


def _on_signals(server: Server, lifeline: int | None) -> None:
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGTERM, server.stop)
    loop.add_signal_handler(signal.SIGINT, lambda: server.stop(hurry=True))
    loop.add_signal_handler(signal.SIGUSR1, lambda: server.stop(leave_ready=True))
    if lifeline is not None:

        def orphaned() -> None:
            loop.remove_reader(lifeline)
            os.close(lifeline)
            server.stop()

        loop.add_reader(lifeline, orphaned)
