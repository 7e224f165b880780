"""backstay's events, on the database that BENCH_URL names; the oracle is the Python peers' own."""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path
from typing import Any, ClassVar

sys.path.insert(0, str(Path(__file__).parents[1] / "jobs/peers/python"))

import oracle  # type: ignore[import-not-found]  # lies beside the peers, which have no package

from backstay.app import MODULES
from backstay.kernel import migrations
from backstay.kernel.actor import SYSTEM
from backstay.kernel.backend import start
from backstay.kernel.event import Event
from backstay.kernel.module import Module, compose
from backstay.kernel.settings import load
from backstay.systems.events import Events, subscribes
from backstay.systems.events.service.dispatching import Dispatcher
from backstay.systems.jobs import JobOptions
from backstay.systems.jobs.service.part import open_store
from backstay.systems.jobs.service.worker import Worker


class Happened(Event, frozen=True, kw_only=True):
    """Something did; it has no subject, as the peer's events have none."""

    type: ClassVar[str] = "bench.happened"
    n: int
    t: float


@subscribes(options=JobOptions(queue="bench"))
async def see(event: Happened) -> None:
    """Count it."""
    await oracle.run(event.n, event.t)


BENCH = Module(
    name="bench", summary="The benchmark's.", package="bench.events", events=[Happened], declares=[see]
)


def _settings() -> tuple[Any, tuple[Module, ...]]:
    modules = compose(
        [*(module for module in MODULES if module.name in {"idempotency", "jobs", "events"}), BENCH]
    )
    environment = {
        **os.environ,
        "DATABASE_URL": oracle.URL,
        "BACKSTAY_JOBS_EMBEDDED": "false",
        "BACKSTAY_JOBS_CONCURRENCY": str(oracle.CONCURRENCY),
        "BACKSTAY_JOBS_PREFETCH": "400",
        "BACKSTAY_JOBS_LEASE": "10",
    }
    return load(modules, environment), modules


async def setup() -> None:
    settings, modules = _settings()
    await migrations.up(settings.database.url, modules)


async def produce() -> None:
    settings, modules = _settings()
    async with start(settings, modules, services=False) as backend:

        async def many(batch: list[dict[str, Any]]) -> None:
            async with backend.database.transaction(SYSTEM) as uow:
                for one in batch:
                    uow.publish(Happened(**one))

        async def one(arguments: dict[str, Any]) -> None:
            await many([arguments])

        await oracle.produce(one, many)


async def work() -> None:
    settings, modules = _settings()
    async with start(settings, modules, services=False) as backend:
        backend.observers.clear()
        dispatcher = Dispatcher(backend.database, backend.part(Events), batch=500)
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(backend.part(Events).hear())
            tasks.create_task(dispatcher.run())
            tasks.create_task(Worker(backend, lambda: open_store(backend), queues=["bench"]).run())


oracle.main(setup=setup, produce=produce, work=work)
