"""The jobs system's manifest."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

from backstay.kernel.backend import Backend
from backstay.kernel.database import Database, Reader
from backstay.kernel.guarantees import declared_in
from backstay.kernel.health import HealthCheck
from backstay.kernel.module import Card, Module, declared
from backstay.kernel.settings import Settings
from backstay.kernel.tasks import end
from backstay.systems.jobs import commands, tables
from backstay.systems.jobs.http import (
    OPERATE,
    READ,
    STEER,
    JobsController,
    ProbesController,
    QueuesController,
    SchedulesController,
)
from backstay.systems.jobs.jobs import PRUNING, TICK, probe, prune_probes
from backstay.systems.jobs.seed import seed
from backstay.systems.jobs.service.agenda import Agenda
from backstay.systems.jobs.service.breakers import Breakers
from backstay.systems.jobs.service.handling import JobHandler
from backstay.systems.jobs.service.part import Jobs, make_store, open_store
from backstay.systems.jobs.service.presence import Presence
from backstay.systems.jobs.service.pulse import Pulse
from backstay.systems.jobs.service.registry import Registry
from backstay.systems.jobs.service.scheduler import Scheduler
from backstay.systems.jobs.service.schedules import Schedule
from backstay.systems.jobs.service.wellness import wellness
from backstay.systems.jobs.service.worker import Worker
from backstay.systems.jobs.settings import JobsSettings


def prepare(database: Database, modules: Sequence[Module], settings: Settings) -> None:
    """Hold the engine and the declared kinds for whoever enqueues."""
    handlers: list[tuple[Module, JobHandler[Any]]] = declared(modules, JobHandler)
    store = make_store(settings.module(JobsSettings).url, database)
    schedules: list[tuple[Module, Schedule]] = [*declared(modules, Schedule)]
    if settings.module(JobsSettings).ticking:
        schedules.append((module, TICK))
    agenda = Agenda(database, store, schedules)
    jobs = Jobs(store, Registry(handlers), agenda, Presence(database), Breakers(database))
    database.parts.hold(jobs)


@asynccontextmanager
async def working(backend: Backend) -> AsyncIterator[None]:
    """Run jobs inside the server, as long as it runs and unless the settings leave it to others.

    What an engine does beside its verbs (Redis: the relay) runs in every server.
    """
    jobs = backend.part(Jobs)
    try:
        async with jobs.store.running(), _embedded(backend):
            yield
    finally:
        await jobs.store.close()


@asynccontextmanager
async def _embedded(backend: Backend) -> AsyncIterator[None]:
    if not backend.settings.module(JobsSettings).embedded:
        yield
        return
    worker = Worker(backend, lambda: open_store(backend))
    backend.hold(worker)
    backend.on_drain.append(worker.stop)
    task = asyncio.create_task(worker.run())
    try:
        yield
    finally:
        worker.stop()
        await task


@asynccontextmanager
async def scheduling(backend: Backend) -> AsyncIterator[None]:
    """Fire schedules, and count for who watches, as long as the server runs."""
    jobs = backend.part(Jobs)
    pulse = Pulse(jobs.store, jobs.registry, jobs.breakers)
    backend.hold(pulse)
    tasks = [asyncio.create_task(pulse.run())]
    if backend.settings.module(JobsSettings).schedules:
        tasks.append(asyncio.create_task(Scheduler(jobs.agenda).run()))
    try:
        yield
    finally:
        await end(*tasks)


async def card(reader: Reader) -> Card:
    """How many jobs wait for a worker."""
    waiting = sum(queue.ready for queue in await reader.part(Jobs).store.queues())
    return Card(f"{waiting:,}", "jobs ready")


module = Module(
    name="jobs",
    summary="Work that survives anything: typed jobs, schedules and flows, in the same commit as your data.",
    package=__package__,
    tables=tables.metadata,
    settings=JobsSettings,
    prepare=prepare,
    services=[working, scheduling],
    controllers=[JobsController, ProbesController, QueuesController, SchedulesController],
    permissions=[READ, STEER, OPERATE],
    declares=[probe, prune_probes, PRUNING],
    seed=seed,
    health=[HealthCheck(name="jobs", check=wellness, critical=False)],
    guarantees=declared_in(f"{__package__}.guarantees"),
    commands=[commands.jobs, commands.worker],
    card=card,
)
