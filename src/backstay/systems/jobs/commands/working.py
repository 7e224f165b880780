"""`backstay worker`: run jobs without serving."""

from __future__ import annotations

import asyncio
import signal
import subprocess
import sys
import time
from typing import Final

import click

from backstay.kernel.backend import start
from backstay.kernel.module import compose
from backstay.kernel.settings import ListModules, Settings, load
from backstay.systems.jobs.service.part import Jobs, open_store
from backstay.systems.jobs.service.worker import Worker

_YOUNG: Final = 5.0
"""Seconds within which an ended process counts as unable to start."""
_LONGEST_PAUSE: Final = 30.0


@click.command()
@click.option("--queues", help="Serve these queues only, by comma.  [jobs.queues]")
@click.option(
    "--concurrency", type=click.IntRange(1, 1000), help="Jobs at once, a process.  [jobs.concurrency]"
)
@click.option("--processes", type=click.IntRange(1, 256), default=1, show_default=True, help="Processes.")
@click.pass_obj
def worker(modules_of: ListModules, *, queues: str | None, concurrency: int | None, processes: int) -> None:
    """Run jobs, in one process or several, until SIGTERM.

    SIGTERM stops claiming at once; running jobs have the settings' deadlines to end, and are
    then given back without having used an attempt.
    """
    if processes > 1:
        sys.exit(_supervise(processes, queues, concurrency))
    modules = compose(modules_of())
    settings = load(modules)
    names = [name.strip() for name in (queues or "").split(",") if name.strip()]
    asyncio.run(_work(settings, modules_of, names, concurrency))


async def _work(
    settings: Settings, modules_of: ListModules, queues: list[str], concurrency: int | None
) -> None:
    async with start(settings, modules_of(), services=False) as backend:
        running = Worker(backend, lambda: open_store(backend), queues=queues, concurrency=concurrency)
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, running.stop)
        click.echo(f"backstay worker: {running.name} serves {', '.join(running.queues)}", err=True)
        store = backend.part(Jobs).store
        try:
            async with store.running():
                await running.run()
        finally:
            await store.close()


def _supervise(count: int, queues: str | None, concurrency: int | None) -> int:
    """Keep so many workers alive; one that dies is started again, later and later if it cannot start."""
    command = [sys.executable, "-m", "backstay.cli", "worker", "--processes", "1"]
    command += ["--queues", queues] if queues else []
    command += ["--concurrency", str(concurrency)] if concurrency else []
    stopping: list[int] = []
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda got, _: stopping.append(got))
    children = {place: subprocess.Popen(command) for place in range(count)}  # noqa: S603 - our own command
    started = dict.fromkeys(children, time.monotonic())
    pauses = dict.fromkeys(children, 0.5)
    due = dict.fromkeys(children, 0.0)
    while not stopping:
        time.sleep(0.1)
        now = time.monotonic()
        for place, child in children.items():
            if child.poll() is None:
                continue
            if due[place] == 0.0:
                pauses[place] = (
                    min(2 * pauses[place], _LONGEST_PAUSE) if now - started[place] < _YOUNG else 0.5
                )
                due[place] = now + pauses[place]
                click.echo(f"backstay worker: a process ended with {child.returncode}", err=True)
            elif now >= due[place]:
                children[place], started[place], due[place] = subprocess.Popen(command), now, 0.0  # noqa: S603 - as above
    for child in children.values():
        if child.poll() is None:
            child.send_signal(stopping[0])
    return max((abs(child.wait()) for child in children.values()), default=0)
