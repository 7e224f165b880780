"""Handlers that burn CPU, in processes of their own: one at a time each, killed when they take too long."""

from __future__ import annotations

import asyncio
import importlib
import multiprocessing
import signal
import traceback
from multiprocessing.connection import Connection
from typing import TYPE_CHECKING, Any

import msgspec

if TYPE_CHECKING:
    from multiprocessing.context import SpawnProcess

    from backstay.systems.jobs.service.handling import JobHandler

_SPAWN = multiprocessing.get_context("spawn")


class Died(Exception):
    """The process of a job ended in the middle of it."""


class HandlerFailed(Exception):
    """The handler raised; the message holds its traceback."""


class _Process:
    """One process and the pipe to it."""

    def __init__(self) -> None:
        self._pipe, theirs = _SPAWN.Pipe()
        self.process: SpawnProcess = _SPAWN.Process(target=_serve, args=(theirs,), daemon=True)
        self.process.start()
        theirs.close()

    def call(self, place: tuple[str, str], payload: bytes) -> bytes:
        """Run on a thread: the result as JSON."""
        try:
            self._pipe.send((place, payload))
            ok, told = self._pipe.recv()
        except (EOFError, OSError) as failure:
            self.process.join(1)
            raise Died(f"the process of the job ended with {self.process.exitcode}") from failure
        if not ok:
            raise HandlerFailed(told)
        result: bytes = told
        return result

    def kill(self) -> None:
        self.process.kill()
        self.process.join()
        self._pipe.close()


class Processes:
    """As many processes as jobs run at once; each is kept for the next job."""

    def __init__(self, most: int) -> None:
        self._free: list[_Process] = []
        self._all: set[_Process] = set()
        self._places = asyncio.Semaphore(most)

    async def call(self, handler: JobHandler[Any], job: Any) -> Any:
        """Run the handler in a process; cancelling it kills the process.

        Raises:
            Died: the process ended meanwhile.
            HandlerFailed: the handler raised.
        """
        place = (handler.call.__module__, handler.call.__qualname__)
        async with self._places:
            process = self._free.pop() if self._free else await asyncio.to_thread(_Process)
            self._all.add(process)
            clean = False
            try:
                told = await asyncio.to_thread(process.call, place, msgspec.json.encode(job))
                clean = True
            except HandlerFailed:
                clean = True
                raise
            finally:
                if clean:
                    self._free.append(process)
                else:
                    self._all.discard(process)
                    process.kill()
        return msgspec.json.decode(told)

    async def close(self) -> None:
        """Kill them all."""
        for process in self._all:
            process.kill()
        self._all.clear()
        self._free.clear()


def _serve(pipe: Connection) -> None:
    """The child: run what is sent until the pipe closes."""
    # Ctrl-C and SIGTERM are for the worker, which ends its children itself.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    while True:
        try:
            (module, name), payload = pipe.recv()
        except (EOFError, OSError):
            return
        try:
            handler: JobHandler[Any] = getattr(importlib.import_module(module), name)
            result = handler.call(handler.decode(payload))
            pipe.send((True, msgspec.json.encode(result)))
        except Exception:  # noqa: BLE001 - it is told to the worker, whatever it is
            pipe.send((False, traceback.format_exc()))
