"""`backstay worker`: run jobs without serving."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
import threading
from collections.abc import Sequence
from types import FrameType
from typing import Final

import click
import uvloop

from backstay.kernel import migrations
from backstay.kernel.backend import start, works
from backstay.kernel.errors import BackstayError
from backstay.kernel.module import Module, compose
from backstay.kernel.settings import ListModules, Settings, load
from backstay.kernel.telemetry import Telemetry, configure
from backstay.systems.jobs.commands.supervising import BEFORE, LIFELINE, Supervisor
from backstay.systems.jobs.service.collecting import collect_seldom
from backstay.systems.jobs.service.part import Jobs, open_store
from backstay.systems.jobs.service.presence import name_of
from backstay.systems.jobs.service.worker import Worker
from backstay.systems.jobs.settings import JobsSettings

_MARGIN: Final = 5.0
"""Seconds beyond the hard deadline for what is quick: settling, telemetry, closing connections."""
_MOMENT: Final = 0.2
_LATE: Final = 1
"""Exit status of a worker that had to be ended in the middle of a job."""


@click.command()
@click.option("--queues", help="Serve these queues only, by comma.  [jobs.queues]")
@click.option(
    "--concurrency", type=click.IntRange(1, 1000), help="Jobs at once, a process.  [jobs.concurrency]"
)
@click.option("--processes", type=click.IntRange(1, 256), default=1, show_default=True, help="Processes.")
@click.pass_obj
def worker(modules_of: ListModules, *, queues: str | None, concurrency: int | None, processes: int) -> None:
    """Run jobs, in one process or several, until SIGTERM.

    The tables are brought up to date first, as `backstay serve` does it. SIGTERM stops claiming
    at once; running jobs have the settings' deadlines to end, and are then given back without
    having used an attempt. What runs beyond the hard deadline is cut off, and its lease runs
    out. A second signal does so at once.
    """
    modules = compose(modules_of())
    settings = load(modules)
    if LIFELINE not in os.environ:
        asyncio.run(migrations.ready(settings, modules))
    if processes > 1:
        sys.exit(_supervise(settings, processes, queues, concurrency))
    names = [name.strip() for name in (queues or "").split(",") if name.strip()]
    telemetry = configure(settings)
    try:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(_work(settings, modules, telemetry, names, concurrency))
    finally:
        telemetry.shutdown()
    if _stuck():
        # A handler on a thread cannot be interrupted, and Python would wait for it.
        os._exit(_LATE)


def _stuck() -> bool:
    """Whether a job's thread still runs; idle ones have been told to end and need a moment."""
    threads = [thread for thread in threading.enumerate() if thread.name.startswith("job_")]
    for thread in threads:
        thread.join(_MOMENT)
    return any(thread.is_alive() for thread in threads)


async def _work(
    settings: Settings,
    modules: Sequence[Module],
    telemetry: Telemetry,
    queues: list[str],
    concurrency: int | None,
) -> None:
    async with start(settings, modules, services=False) as backend:
        backend.hold(telemetry)
        backend.observers.insert(0, telemetry.finish)
        telemetry.watch(backend.database.stats)
        collect_seldom()
        running = Worker(backend, lambda: open_store(backend), queues=queues, concurrency=concurrency)
        _stop_when_told(running, _patience(settings))
        await _tell_of_the_one_before(backend.part(Jobs))
        click.echo(f"backstay worker: {running.name} serves {', '.join(running.queues)}", err=True)
        store = backend.part(Jobs).store
        try:
            async with store.running(), works(backend):
                await running.run()
        finally:
            await store.close()


async def _tell_of_the_one_before(jobs: Jobs) -> None:
    """Its supervisor saw how the worker ended whose place this is, and has no database of its own."""
    pid, _, how = os.environ.get(BEFORE, "").partition(":")
    if how:
        with contextlib.suppress(BackstayError):  # the store is away: what is lost is a detail
            await jobs.presence.ended(name_of(int(pid)), how)


def _patience(settings: Settings) -> float:
    """Seconds from SIGTERM until a worker must have ended, whatever its jobs do."""
    jobs = settings.module(JobsSettings)
    # The hard deadline twice: for the jobs to end, and for their ends to be settled.
    return jobs.soft_deadline + 2 * jobs.hard_deadline + _MARGIN


def _stop_when_told(running: Worker, patience: float) -> None:
    """Stop on SIGTERM, SIGINT or the supervisor's death; end the process if it has not ended in time.

    Python's own handlers rather than the loop's: a job that blocks the loop must not keep
    the process for ever.
    """
    loop = asyncio.get_running_loop()
    told = threading.Event()

    def stop() -> None:
        told.set()
        loop.call_soon_threadsafe(running.stop)
        late = threading.Timer(patience, os._exit, (_LATE,))
        late.daemon = True
        late.start()

    def on_signal(_number: int, _frame: FrameType | None) -> None:
        if told.is_set():
            os._exit(_LATE)
        stop()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, on_signal)
    if lifeline := os.environ.get(LIFELINE):
        pipe = int(lifeline)

        def orphaned() -> None:
            loop.remove_reader(pipe)
            stop()

        loop.add_reader(pipe, orphaned)


def _supervise(settings: Settings, count: int, queues: str | None, concurrency: int | None) -> int:
    command = [sys.executable, "-m", "backstay.cli", "worker", "--processes", "1"]
    command += ["--queues", queues] if queues else []
    command += ["--concurrency", str(concurrency)] if concurrency else []
    telemetry = configure(settings)
    try:
        return Supervisor(command, count, patience=_patience(settings) + _MARGIN).run()
    finally:
        telemetry.shutdown()
