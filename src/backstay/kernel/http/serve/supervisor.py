"""Several server processes on one socket: start, watch, replace and stop them.

The parent holds the listening socket and accepts nothing. Each worker is the same command
run again, so a rolling restart also picks up new code and settings. Workers have stable
slot numbers from 0, for whatever must be one per worker (metrics files, leader checks).
"""

from __future__ import annotations

import logging
import os
import selectors
import signal
import socket
import subprocess
import sys
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final

from backstay.kernel.http.serve.listener import address, refuse_new

SLOT_VARIABLE: Final = "BACKSTAY_WORKER_SLOT"
LISTENER_VARIABLE: Final = "BACKSTAY_WORKER_LISTENER"
READY_VARIABLE: Final = "BACKSTAY_WORKER_READY"
LIFELINE_VARIABLE: Final = "BACKSTAY_WORKER_LIFELINE"

_FIRST_BACKOFF: Final = 0.5
_LONGEST_BACKOFF: Final = 30.0
_STEADY_AFTER: Final = 30.0
"""Seconds after which a worker's earlier deaths are forgotten."""
_CLOSE_AFTER: Final = 0.5
"""Seconds between refusing new connections and closing the socket, for workers to empty its queue."""
_KILL_MARGIN: Final = 5.0
"""Seconds beyond the drain's own time after which a worker that does not end is killed."""

_log = logging.getLogger("backstay.serve")


@dataclass
class _Slot:
    """The place of one worker."""

    number: int
    process: subprocess.Popen[bytes] | None = None
    ready: bool = False
    ready_pipe: int | None = None
    lifeline: int | None = None
    started: float = 0.0
    deaths: int = 0
    restart_at: float | None = None


@dataclass
class Supervisor:
    """The parent of the workers."""

    listener: socket.socket
    workers: int
    drain_delay: float
    drain_timeout: float
    on_ready: Callable[[str], None]
    command: Sequence[str] = field(default_factory=lambda: list(sys.orig_argv))
    """What a worker runs: this very command, told by its environment that it is a worker."""

    def __post_init__(self) -> None:
        """Make the slots; nothing runs yet."""
        self._slots = [_Slot(number) for number in range(self.workers)]
        self._selector = selectors.DefaultSelector()
        self._rolling: deque[int] = deque()
        self._leaving: int | None = None
        """The slot whose worker is being replaced."""
        self._announced = False
        self._exit: int | None = None

    def run(self) -> int:
        """Run until SIGTERM or SIGINT; the exit code."""
        reading, writing = os.pipe()
        os.set_blocking(writing, False)
        os.set_blocking(reading, False)
        earlier = {
            number: signal.signal(number, _noted)
            for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGCHLD)
        }
        wakeup = signal.set_wakeup_fd(writing)
        self._selector.register(reading, selectors.EVENT_READ)
        try:
            for slot in self._slots:
                self._spawn(slot)
            while self._exit is None:
                self._step(reading)
            return self._exit
        finally:
            signal.set_wakeup_fd(wakeup)
            for number, handler in earlier.items():
                signal.signal(number, handler)
            self._selector.close()
            os.close(reading)
            os.close(writing)

    def _step(self, wakeup: int) -> None:
        for key, _ in self._selector.select(self._until_restart()):
            if key.fd == wakeup:
                for number in set(os.read(wakeup, 4096)):
                    self._on_signal(signal.Signals(number))
            elif key.data.ready_pipe == key.fd:
                # Otherwise a signal of this same round has ended the worker, and its pipe is closed.
                self._on_ready_pipe(key.data)
        now = time.monotonic()
        for slot in self._slots:
            if slot.restart_at is not None and slot.restart_at <= now and self._exit is None:
                self._spawn(slot)

    def _until_restart(self) -> float | None:
        due = [slot.restart_at for slot in self._slots if slot.restart_at is not None]
        return max(0.0, min(due) - time.monotonic()) if due else None

    def _on_signal(self, number: signal.Signals) -> None:
        if number in {signal.SIGTERM, signal.SIGINT}:
            self._shut_down(number)
        elif number == signal.SIGHUP:
            _log.info("restarting %d workers one after the other", self.workers)
            self._rolling = deque(range(self.workers))
            self._roll()
        elif number == signal.SIGCHLD:
            self._reap()

    def _spawn(self, slot: _Slot) -> None:
        ready_read, ready_write = os.pipe()
        life_read, life_write = os.pipe()
        passed = (self.listener.fileno(), ready_write, life_read)
        environment = {
            **os.environ,
            SLOT_VARIABLE: str(slot.number),
            LISTENER_VARIABLE: str(passed[0]),
            READY_VARIABLE: str(passed[1]),
            LIFELINE_VARIABLE: str(passed[2]),
        }
        slot.restart_at = None
        slot.ready = False
        slot.started = time.monotonic()
        # Its own process group: Ctrl-C in a terminal reaches the parent alone, which then drains in order.
        slot.process = subprocess.Popen(  # noqa: S603 - our own command line
            self.command, env=environment, pass_fds=passed, process_group=0
        )
        os.close(ready_write)
        os.close(life_read)
        os.set_blocking(ready_read, False)
        slot.ready_pipe, slot.lifeline = ready_read, life_write
        self._selector.register(ready_read, selectors.EVENT_READ, slot)

    def _on_ready_pipe(self, slot: _Slot) -> None:
        assert slot.ready_pipe is not None
        try:
            slot.ready = bool(os.read(slot.ready_pipe, 1))
        except BlockingIOError:
            return  # a new worker's, which got the number of the pipe that had something to say
        self._close_ready_pipe(slot)
        if not slot.ready:
            return  # it ended first; SIGCHLD tells the rest
        _log.info("worker %d is ready", slot.number)
        if not self._announced and all(other.ready for other in self._slots):
            self._announced = True
            self.on_ready(address(self.listener))
        self._roll()

    def _close_ready_pipe(self, slot: _Slot) -> None:
        if slot.ready_pipe is not None:
            self._selector.unregister(slot.ready_pipe)
            os.close(slot.ready_pipe)
            slot.ready_pipe = None

    def _reap(self) -> None:
        for slot in self._slots:
            if slot.process is None or slot.process.poll() is None:
                continue
            code = slot.process.returncode
            was_ready = slot.ready
            self._forget(slot)
            if self._leaving == slot.number:
                self._leaving = None
                self._spawn(slot)
            elif not self._announced and not was_ready:
                # It never worked: the others would fail alike, and somebody is watching the terminal.
                _log.error("worker %d ended with code %d before it was ready", slot.number, code)
                self._shut_down(signal.SIGTERM)
                self._exit = code if code > 0 else 1
                return
            else:
                self._restart_later(slot, code)

    def _forget(self, slot: _Slot) -> None:
        self._close_ready_pipe(slot)
        if slot.lifeline is not None:
            os.close(slot.lifeline)
            slot.lifeline = None
        slot.process = None
        slot.ready = False

    def _restart_later(self, slot: _Slot, code: int) -> None:
        now = time.monotonic()
        slot.deaths = 1 if now - slot.started > _STEADY_AFTER else slot.deaths + 1
        delay = min(_LONGEST_BACKOFF, _FIRST_BACKOFF * 2 ** (slot.deaths - 1))
        _log.error("worker %d ended with code %d; another starts in %.1f s", slot.number, code, delay)
        slot.restart_at = now + delay

    def _roll(self) -> None:
        """Replace the next worker of a rolling restart, once every other is ready."""
        if self._leaving is not None or not all(slot.ready or slot.restart_at for slot in self._slots):
            return
        while self._rolling:
            slot = self._slots[self._rolling.popleft()]
            if slot.process is not None and slot.ready:
                self._leaving = slot.number
                slot.ready = False
                slot.process.send_signal(signal.SIGUSR1)
                return

    def _shut_down(self, number: signal.Signals) -> None:
        """Drain every worker, then close the socket; sets the exit code."""
        delay = self.drain_delay if number == signal.SIGTERM else 0.0
        began = time.monotonic()
        running = [slot.process for slot in self._slots if slot.process is not None]
        for process in running:
            if process.poll() is None:
                process.send_signal(number)
        _wait(running, began + delay)
        refuse_new(self.listener)
        _wait(running, time.monotonic() + _CLOSE_AFTER)
        self.listener.close()
        _wait(running, began + delay + self.drain_timeout + _KILL_MARGIN)
        codes = [process.poll() for process in running]
        for process, code in zip(running, codes, strict=True):
            if code is None:
                _log.error("a worker did not end in time and is killed")
                process.kill()
                process.wait()
        for slot in self._slots:
            self._forget(slot)
        self._exit = 0 if all(code == 0 for code in codes) else 1


def _wait(processes: Sequence[subprocess.Popen[bytes]], until: float) -> None:
    """Wait for all of them to end, until a moment of the monotonic clock at most."""
    for process in processes:
        left = until - time.monotonic()
        if left <= 0:
            return
        try:
            process.wait(left)
        except subprocess.TimeoutExpired:
            return


def _noted(_number: int, _frame: object) -> None:
    """The wake-up pipe has told the loop already; the handler exists so that the signal does not kill."""
