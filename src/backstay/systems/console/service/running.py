"""Runs that were started from the console: `backstay prove` in a process of its own, told as it goes."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import AsyncIterator
from typing import Any, Final

import msgspec
from msgspec import Struct

from backstay.kernel.backend import Backend
from backstay.kernel.ids import uuid7
from backstay.systems.console.contracts import RunningProof, StartProof
from backstay.systems.console.errors import AlreadyProving, NoSuchGuarantee, NoSuchProof

COMMAND: Final = (sys.executable, "-m", "backstay.cli", "prove")
_KEPT: Final = 8
"""Runs whose events are remembered."""
_EVENTS: Final = 5000
"""Events remembered of one run; a run tells some five a second."""
_LINE: Final = 1 << 20
_PATIENCE: Final = 5.0
"""Seconds that a run has to clear up after it was asked to stop."""
_WORDS: Final = 4000
"""Characters of what a failed run said."""


class _Ended(Struct, frozen=True, kw_only=True):
    """The last event of every run."""

    event: str = "ended"
    exit: int
    error: str


class Run:
    """One run with everything it told so far."""

    def __init__(self, request: StartProof) -> None:
        self.about = RunningProof(
            id=uuid7().hex, guarantee=request.guarantee, engine=request.engine, sabotage=request.sabotage
        )
        self._events: list[Any] = []
        self._more = asyncio.Event()
        self.ended = False
        self.stopping = False
        self.process: asyncio.subprocess.Process | None = None
        self.task: asyncio.Task[None] | None = None

    def tell(self, event: Any, *, last: bool = False) -> None:
        """Remember an event and wake whoever follows."""
        if len(self._events) < _EVENTS or last:
            self._events.append(event)
        self.ended = self.ended or last
        self._more.set()
        self._more = asyncio.Event()

    async def follow(self, seen: int = 0) -> AsyncIterator[tuple[int, Any]]:
        """Every event with its place, from the one after `seen`, until the run has ended."""
        while True:
            while seen < len(self._events):
                seen += 1
                yield seen, self._events[seen - 1]
            if self.ended:
                return
            await self._more.wait()

    def stop(self) -> None:
        """Ask the run to clear up and end; its servers and databases are its own to remove."""
        self.stopping = True
        if self.process is not None and self.process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                # Not SIGINT: whoever runs in the background of a shell ignores that until it says otherwise.
                self.process.send_signal(signal.SIGTERM)


class Running:
    """The runs that this process started; one at a time, because a second would disturb the first."""

    def __init__(self, backend: Backend, command: tuple[str, ...] = COMMAND) -> None:
        self._backend = backend
        self._command = command
        self._runs: dict[str, Run] = {}

    async def start(self, request: StartProof) -> RunningProof:
        """Start a run and return at once.

        Raises:
            NoSuchGuarantee: no module declares it for that engine.
            AlreadyProving: another has not ended yet.
        """
        declared = {
            guarantee.name: guarantee for module in self._backend.modules for guarantee in module.guarantees
        }
        guarantee = declared.get(request.guarantee)
        if guarantee is None or request.engine not in guarantee.engines:
            raise NoSuchGuarantee(
                f"Nothing of the name {request.guarantee!r} is promised on {request.engine}."
            )
        for run in self._runs.values():
            if not run.ended:
                raise AlreadyProving(f"{run.about.guarantee!r} is being tried; wait for it, or stop it.")
        run = Run(request)
        self._runs[run.about.id] = run
        for old in list(self._runs)[:-_KEPT]:
            del self._runs[old]
        run.task = asyncio.create_task(self._conduct(run, request))
        return run.about

    def run(self, run_id: str) -> Run:
        """The run of this id.

        Raises:
            NoSuchProof: this process did not start it, or has forgotten it.
        """
        found = self._runs.get(run_id)
        if found is None:
            raise NoSuchProof("This process has not started that run, or has forgotten it since.")
        return found

    async def close(self) -> None:
        """End what is still under way; called when the server stops."""
        for run in self._runs.values():
            run.stop()
        tasks = [run.task for run in self._runs.values() if run.task is not None and not run.task.done()]
        if tasks:
            _, late = await asyncio.wait(tasks, timeout=_PATIENCE)
            for task in late:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _conduct(self, run: Run, request: StartProof) -> None:
        try:
            process = run.process = await asyncio.create_subprocess_exec(
                *self._command,
                *_arguments(request),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.PIPE,
                env=self._environment(),
                limit=_LINE,
                start_new_session=True,
            )
        except OSError as failure:
            run.tell(_Ended(exit=-1, error=f"The run could not be started: {failure.strerror}."), last=True)
            return
        if run.stopping:  # it was asked to while it was being started
            run.stop()
        try:
            _, said = await asyncio.gather(_pass_on(process, run), _last_words(process))
            status = await process.wait()
        except asyncio.CancelledError:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            run.tell(_Ended(exit=-1, error="The server stopped before the run could clear up."), last=True)
            raise
        # 0: held. 1: violated, which the verdict has said already. Anything else wants its words shown.
        run.tell(_Ended(exit=status, error=said if status not in {0, 1} else ""), last=True)

    def _environment(self) -> dict[str, str]:
        settings = self._backend.settings.app
        # The server's own choices, which may come from a file or from the start-up code, hold for the run.
        chosen = {"BACKSTAY_APP_DATA_DIR": str(settings.data_dir.absolute())}
        if settings.modules is not None:
            chosen["BACKSTAY_APP_MODULES"] = settings.modules
        return {**os.environ, **chosen, "NO_COLOR": "1", "COLUMNS": "110"}


def _arguments(request: StartProof) -> list[str]:
    arguments = ["--guarantee", request.guarantee, "--engine", request.engine, "--events", "-"]
    if request.sabotage:
        arguments.append("--sabotage")
    if request.seed is not None:
        arguments += ["--seed", str(request.seed)]
    return arguments


async def _pass_on(process: asyncio.subprocess.Process, run: Run) -> None:
    """Hand every line that is an event to the run."""
    assert process.stdout is not None
    async for line in process.stdout:
        with contextlib.suppress(msgspec.DecodeError):
            event = msgspec.json.decode(line)
            if isinstance(event, dict) and isinstance(event.get("event"), str):
                run.tell(event)


async def _last_words(process: asyncio.subprocess.Process) -> str:
    """The end of what the process writes beside its events; read throughout, or it would stand still."""
    assert process.stderr is not None
    said = ""
    while chunk := await process.stderr.read(65_536):
        said = (said + chunk.decode("utf-8", "replace"))[-_WORDS:]
    return said.strip()
