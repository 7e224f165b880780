"""Several workers of one command: started, started again when they die, and ended together."""

from __future__ import annotations

import logging
import os
import signal
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

LIFELINE: Final = "BACKSTAY_WORKER_LIFELINE"
"""The reading end of a pipe that the supervisor holds open: a child that finds it closed is an orphan."""
BEFORE: Final = "BACKSTAY_WORKER_BEFORE"
"""Told to a child that takes another's place: that one's process id, a colon, and how it ended."""
_LOOK: Final = 0.1
_FIRST_PAUSE: Final = 0.5
_LONGEST_PAUSE: Final = 30.0
_STEADY: Final = 30.0
"""Seconds after which a child's earlier deaths are forgotten."""

_log: Final = logging.getLogger("backstay.jobs")


@dataclass
class _Child:
    """One worker's place."""

    process: subprocess.Popen[bytes] | None = None
    lifeline: int | None = None
    started: float = 0.0
    deaths: int = 0
    due: float = 0.0
    """When it is to be started again, by the monotonic clock."""
    before: str | None = None
    """How the process that had the place ended."""


class Supervisor:
    """The parent of workers, which runs no jobs itself."""

    def __init__(self, command: Sequence[str], count: int, *, patience: float) -> None:
        """`patience`: seconds that children have after SIGTERM until they are killed."""
        self._command = command
        self._children = [_Child() for _ in range(count)]
        self._patience = patience
        self._told: list[int] = []

    def run(self) -> int:
        """Keep the children alive until SIGTERM or SIGINT; 0 when all of them ended well after it."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda got, _: self._told.append(got))
        while not self._told:
            for child in self._children:
                self._look_after(child)
            time.sleep(_LOOK)
        return self._end()

    def _look_after(self, child: _Child) -> None:
        now = time.monotonic()
        if child.process is None:
            if now >= child.due:
                self._start(child)
        elif (code := child.process.poll()) is not None:
            child.before = f"{child.process.pid}:{_how(code)}"
            self._forget(child)
            child.deaths = 1 if now - child.started > _STEADY else child.deaths + 1
            pause = min(_LONGEST_PAUSE, _FIRST_PAUSE * 2 ** (child.deaths - 1))
            child.due = now + pause
            _log.error("a worker ended with code %d; another starts in %.1f s", code, pause)

    def _start(self, child: _Child) -> None:
        reading, child.lifeline = os.pipe()
        child.started = time.monotonic()
        # A group of its own: Ctrl-C in a terminal reaches the parent alone, which tells each child once.
        child.process = subprocess.Popen(  # noqa: S603 - our own command
            self._command,
            env={
                **os.environ,
                LIFELINE: str(reading),
                **({BEFORE: child.before} if child.before is not None else {}),
            },
            pass_fds=[reading],
            process_group=0,
        )
        os.close(reading)

    @staticmethod
    def _forget(child: _Child) -> None:
        child.process = None
        if child.lifeline is not None:
            os.close(child.lifeline)
            child.lifeline = None

    def _end(self) -> int:
        """Tell every child once, a second signal at once; kill whoever is there beyond the deadline."""
        until = time.monotonic() + self._patience
        told = 0
        running = [child.process for child in self._children if child.process is not None]
        while any(process.poll() is None for process in running):
            while told < len(self._told):
                _tell(running, self._told[told])
                told += 1
            if time.monotonic() >= until:
                _log.error("workers that did not end by the hard deadline are killed")
                _tell(running, signal.SIGKILL)
                until = float("inf")
            time.sleep(_LOOK)
        codes = [process.wait() for process in running]
        for child in self._children:
            self._forget(child)
        return 0 if not any(codes) else 1


def _how(code: int) -> str:
    if code >= 0:
        return f"exit code {code}"
    try:
        return f"killed by {signal.Signals(-code).name}"
    except ValueError:  # a real-time signal, which has no name
        return f"killed by signal {-code}"


def _tell(processes: Sequence[subprocess.Popen[bytes]], number: int) -> None:
    for process in processes:
        if process.poll() is None:
            process.send_signal(number)
