"""Running the backend as a server: one process, or several under a supervisor."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from backstay.kernel.http.serve.listener import CannotListen, listen
from backstay.kernel.http.serve.supervisor import (
    LIFELINE_VARIABLE,
    LISTENER_VARIABLE,
    READY_VARIABLE,
    SLOT_VARIABLE,
    Supervisor,
)

if TYPE_CHECKING:
    from backstay.kernel.module import Module
    from backstay.kernel.settings import Settings

__all__ = ["CannotListen", "is_worker", "listen", "serve", "worker_slot"]


def worker_slot() -> int:
    """This process's slot among the workers, from 0; 0 when it is the only one."""
    return int(os.environ.get(SLOT_VARIABLE, "0"))


def is_worker() -> bool:
    """Whether a supervisor started this process; it then migrates nothing and greets nobody."""
    return SLOT_VARIABLE in os.environ


def serve(
    settings: Settings,
    modules: Sequence[Module],
    *,
    on_ready: Callable[[str], None] = lambda _url: None,
    listener: socket.socket | None = None,
) -> int:
    """Serve until SIGTERM or SIGINT and drain; the exit code.

    Args:
        settings: `http.workers` processes on `http.host` and `http.port`.
        modules: what to compose.
        on_ready: called once with the URL when requests are answered, in the process that was started.
        listener: accept on this socket, which outlives this process, and be the only process.

    Raises:
        CannotListen: the port is taken.
        CompositionError: the modules or their routes do not fit together.
    """
    http = settings.http
    if is_worker():
        return _work(settings, modules)
    if listener is not None or http.workers == 1:
        # The parent of workers never needs the server, nor its imports.
        from backstay.kernel.http.serve.server import run_server

        shared = listener is not None
        listener = listener or listen(http.host, http.port)
        return run_server(settings, modules, listener, shared=shared, on_ready=on_ready)
    listener = listen(http.host, http.port)
    return Supervisor(
        listener=listener,
        workers=http.workers,
        drain_delay=http.drain_delay,
        drain_timeout=http.drain_timeout,
        on_ready=on_ready,
    ).run()


def _work(settings: Settings, modules: Sequence[Module]) -> int:
    # As above: only those who serve import the server.
    from backstay.kernel.http.serve.server import run_server

    listener = socket.socket(fileno=int(os.environ[LISTENER_VARIABLE]))
    listener.setblocking(False)
    ready = int(os.environ[READY_VARIABLE])

    def tell_parent(_url: str) -> None:
        os.write(ready, b"1")
        os.close(ready)

    return run_server(
        settings,
        modules,
        listener,
        shared=True,
        on_ready=tell_parent,
        lifeline=int(os.environ[LIFELINE_VARIABLE]),
    )
