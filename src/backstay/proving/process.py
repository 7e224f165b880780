"""Server processes of the lab's own: started, made ready, killed, paused, and never left behind."""

from __future__ import annotations

import asyncio
import contextlib
import os
import resource
import signal
import socket
import sys
from collections import deque
from collections.abc import Mapping
from typing import Final

from msgspec import Struct

from backstay.kernel.guarantees import History, LabError
from backstay.proving.clients import Endpoint
from backstay.proving.ledger import Entry, Ledger, beginning, end_group, members, moving
from backstay.proving.wire import Connection, NoAnswerError, NotSentError

READY_DEADLINE: Final = 60.0
"""Seconds that a server has from its start to `/readyz` answering 200."""


class Launch(Struct, frozen=True):
    """How a server is started: arguments and variables, in which `{port}` stands for its port."""

    argv: tuple[str, ...]
    env: dict[str, str]

    def arguments(self, port: int) -> list[str]:
        """The command line for a port."""
        return [part.replace("{port}", str(port)) for part in self.argv]

    def variables(self, port: int) -> dict[str, str]:
        """The environment for a port."""
        return {name: value.replace("{port}", str(port)) for name, value in self.env.items()}


BACKSTAY: Final = (sys.executable, "-m", "backstay.cli")
BACKSTAY_SERVE: Final = Launch(
    argv=(*BACKSTAY, "serve"),
    env={"BACKSTAY_HTTP_HOST": "127.0.0.1", "BACKSTAY_HTTP_PORT": "{port}"},
)
"""The real server."""


def free_port() -> int:
    """A TCP port of 127.0.0.1 that nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class ServerProcess:
    """One server process group; see `kernel.guarantees.Process`."""

    def __init__(self, name: str, launch: Launch, ledger: Ledger, history: History) -> None:
        self.name = history.lane(name, "server")
        self.port = free_port()
        self.pid = 0
        """The leader's process id, which is its group's number too."""
        self._launch = launch
        self._ledger = ledger
        self._history = history
        self._process: asyncio.subprocess.Process | None = None
        self._watch: asyncio.Task[int] | None = None
        self._began = ""
        self._tail: deque[str] = deque(maxlen=40)
        self._log = ledger.folder / f"{name.replace(' ', '-')}.log"

    @property
    def endpoint(self) -> Endpoint:
        """Where it listens."""
        return Endpoint(self.name, "127.0.0.1", self.port)

    @property
    def alive(self) -> bool:
        """Whether its leader runs (or stands still)."""
        return self._watch is not None and not self._watch.done()

    async def start(self) -> None:
        """Start it and wait until it is ready.

        Raises:
            LabError: it ended instead, or was not ready in time; with the last lines it printed.
        """
        for _ in range(3):
            await self._spawn()
            if await self._ready():
                self._history.mark(self.name, "ready")
                return
            if "address already in use" not in "\n".join(self._tail).lower():
                break
            # Somebody took the port between our looking and the server's binding.
            self.port = free_port()
        came = f"was not ready within {READY_DEADLINE:g} s" if self.alive else "ended before it was ready"
        await self.stop()
        told = " | ".join(list(self._tail)[-4:]) or "nothing"
        raise LabError(f"{self.name} {came}; it printed: {told}")

    async def begin(self) -> None:
        """Start what is ready by ending, as a command is; returns at once."""
        await self._spawn()

    async def _spawn(self) -> None:
        self._tail.clear()
        self._history.mark(self.name, "start")
        self._process = await asyncio.create_subprocess_exec(
            *self._launch.arguments(self.port),
            env=self._launch.variables(self.port),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            start_new_session=True,
        )
        self.pid = self._process.pid
        self._began = beginning(self.pid)
        self._ledger.note(Entry("process", str(self.pid), self._began))
        self._watch = asyncio.create_task(self._watch_over(self._process))

    async def _watch_over(self, process: asyncio.subprocess.Process) -> int:
        """Keep what it prints, through a pipe so that a full disk can't stop it, and note its end."""
        assert process.stdout is not None
        with self._log.open("ab") as log:
            while printed := await process.stdout.read(65536):
                log.write(printed)
                log.flush()
                self._tail.extend(printed.decode(errors="replace").splitlines())
        status = await process.wait()
        self._history.mark(self.name, "exit", f"status {status}")
        return status

    async def _ready(self) -> bool:
        """Ask `/readyz` until it answers 200; False when the process ended or the deadline passed."""
        connection = Connection("127.0.0.1", self.port)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(READY_DEADLINE):
                while self.alive:
                    with contextlib.suppress(NotSentError, NoAnswerError):
                        answer = await connection.exchange("GET", "/readyz", {}, b"", 2.0)
                        if answer.status == 200:
                            connection.close()
                            return True
                    await asyncio.sleep(0.02)
        connection.close()
        return False

    async def kill(self) -> None:
        """SIGKILL to the whole group; returns when it is gone."""
        if not self.alive:
            raise LabError(f"{self.name} is to be killed and does not run: {' | '.join(self._tail)}")
        self._history.mark(self.name, "kill")
        await end_group(self.pid, self._began)
        await self.exited()

    async def pause(self) -> None:
        """SIGSTOP to the whole group; returns when all of it stands still (the signal only asks)."""
        self._signal_group(signal.SIGSTOP)
        async with asyncio.timeout(10):
            while moving(self.pid):  # noqa: ASYNC110 (there is no event for a grandchild's stop)
                await asyncio.sleep(0.001)
        self._history.mark(self.name, "pause")

    def resume(self) -> None:
        """SIGCONT to the whole group."""
        self._history.mark(self.name, "resume")
        self._signal_group(signal.SIGCONT)

    def terminate(self) -> None:
        """SIGTERM to the leader, as a supervisor would send it; does not wait."""
        if not self.alive:
            raise LabError(f"{self.name} is to be terminated and does not run: {' | '.join(self._tail)}")
        self._history.mark(self.name, "terminate")
        os.kill(self.pid, signal.SIGTERM)

    def _signal_group(self, number: signal.Signals) -> None:
        if not self.alive:
            raise LabError(f"{self.name} is to get {number.name} and does not run: {' | '.join(self._tail)}")
        os.killpg(self.pid, number)

    async def exited(self, deadline: float = 30.0) -> int:
        """Wait until it has ended; the exit status.

        Raises:
            LabError: it had not within `deadline` seconds.
        """
        if self._watch is None:
            raise LabError(f"{self.name} was never started")
        try:
            async with asyncio.timeout(deadline):
                return await asyncio.shield(self._watch)
        except TimeoutError:
            raise LabError(f"{self.name} had not ended {deadline:g} s after it should have") from None

    async def restart(self) -> None:
        """Start it again on the same port and data, after it has ended, and wait until it is ready."""
        await self.exited()
        await self.start()

    async def stop(self) -> None:
        """End it, whatever its state; for the end of a run."""
        if self._watch is None:
            return
        await end_group(self.pid, self._began)
        await self._watch

    def limit_files(self, size: int) -> None:
        """Let the group's processes write to files only below this offset; -1: anywhere (Linux).

        Raises:
            LabError: this system has no `prlimit`.
        """
        if sys.platform != "linux":
            raise LabError("a full disk is made with prlimit, which only Linux has")
        for pid in members(self.pid):
            _, hard = resource.prlimit(pid, resource.RLIMIT_FSIZE)
            resource.prlimit(pid, resource.RLIMIT_FSIZE, (hard if size < 0 else size, hard))


def clean_environment(environ: Mapping[str, str], lab: Mapping[str, str]) -> dict[str, str]:
    """What a server of the lab inherits: the caller's environment without anybody's real parts.

    Databases, brokers, mail, payments and telemetry of the caller are taken out, so that a lab
    never writes into them; `lab` is put in their place.
    """
    kept = {
        name: value
        for name, value in environ.items()
        if not (
            name.endswith(("_URL", "_DSN"))
            or name.startswith("OTEL_")
            or (name.startswith("BACKSTAY_") and name != "BACKSTAY_APP_MODULES")
        )
    }
    return {**kept, "PYTHONUNBUFFERED": "1", **lab}
