"""Starting and ending a contender's server, pinned to its core."""

from __future__ import annotations

import http.client
import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from bench.harness import procfs
from bench.harness.commands import clean_environment
from bench.harness.cores import SERVER_CORE
from bench.harness.model import Contender, Endpoint, Request, Server

START_DEADLINE = 60.0
"""Seconds a server may take to its first 200."""
_POLL = 0.005


class ServerError(Exception):
    """A server did not come up, or left its core; the message holds the end of its log."""


class Running:
    """A server that has answered its first request."""

    def __init__(self, process: subprocess.Popen[bytes], endpoint: Endpoint, started_in: float) -> None:
        self.process = process
        self.endpoint = endpoint
        self.started_in = started_in

    @property
    def pid(self) -> int:
        """The root of its process tree."""
        return self.process.pid

    def kill(self) -> None:
        """SIGKILL for the whole session that the server leads."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


@contextmanager
def running(contender: Contender, logs: Path) -> Iterator[Running]:
    """Start the contender's server on a free port, wait for its first 200, and end it afterwards."""
    with serving(contender.name, contender.server, contender.probe(), logs) as server:
        yield server


@contextmanager
def serving(
    name: str, started: Callable[[Endpoint], Server], probe: Request, logs: Path
) -> Iterator[Running]:
    """As `running`, for whatever else is a server."""
    endpoint = Endpoint(port=_free_port())
    server = started(endpoint)
    log = logs / f"{name}.log"
    with log.open("ab") as output:
        began = time.perf_counter()
        process = subprocess.Popen(
            ["taskset", "-c", str(SERVER_CORE), *server.command],
            cwd=server.directory,
            env={**clean_environment(), **server.environment},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            _await_first_answer(process, endpoint, probe, log)
            started_in = time.perf_counter() - began
            if procfs.affinity(process.pid) != {SERVER_CORE}:
                raise ServerError(f"{name} runs outside core {SERVER_CORE}")
            yield Running(process, endpoint, started_in)
        finally:
            _end(process)


def _await_first_answer(
    process: subprocess.Popen[bytes], endpoint: Endpoint, probe: Request, log: Path
) -> None:
    deadline = time.monotonic() + START_DEADLINE
    status: int | str = "nothing"
    while time.monotonic() < deadline and process.poll() is None:
        try:
            status = ask(endpoint, probe)
        except OSError as error:
            status = str(error)
        if status == 200:
            return
        time.sleep(_POLL)
    tail = log.read_text(errors="replace")[-2000:]
    raise ServerError(f"no 200 from {process.args!r} (last: {status}):\n{tail}")


def ask(endpoint: Endpoint, request: Request) -> int:
    """Send one request on a connection of its own and return the status."""
    with socket.create_connection(("127.0.0.1", endpoint.port), timeout=5) as connection:
        connection.sendall(request.raw)
        response = http.client.HTTPResponse(connection)
        response.begin()
        response.read()
        return response.status


def _end(process: subprocess.Popen[bytes]) -> None:
    """SIGTERM, ten seconds to leave, then SIGKILL for whatever of its session remains."""
    if process.poll() is None:
        process.terminate()
        with suppress(subprocess.TimeoutExpired):
            process.wait(timeout=10)
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port
