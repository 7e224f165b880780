"""What events do by themselves: their upkeep, and counting probes."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from backstay.kernel.backend import Backend
from backstay.kernel.database import UnitOfWork
from backstay.systems.events.contracts import Recorded
from backstay.systems.events.events import Probed
from backstay.systems.events.service import probing, upkeep
from backstay.systems.events.service.subscribing import QUEUE, subscribes
from backstay.systems.events.settings import EventsSettings
from backstay.systems.jobs import Job, JobContext, JobOptions, Schedule, handles


@subscribes(options=JobOptions(queue=QUEUE, max_crashes=100))
async def count_probe(event: Probed, recorded: Recorded, uow: UnitOfWork) -> None:
    """Count a probe's event."""
    await probing.count(uow, event.probe, recorded.version or 0)


class PruneEvents(Job, frozen=True):
    """Remove events whose days are over."""


@handles(PruneEvents)
async def prune_events(_: PruneEvents, backend: Backend, context: JobContext) -> int:
    """Remove them, a bounded number a transaction; how many."""
    days = backend.settings.module(EventsSettings).retention_days
    removed = 0
    while True:
        async with context.transaction() as uow:
            gone = await upkeep.prune(uow, days=days)
            if not removed:
                await probing.prune(uow, days=days)
        removed += gone
        if gone < upkeep.BATCH:
            return removed


PRUNING: Final = Schedule(
    name="events.prune", cron="41 * * * *", job=PruneEvents(), jitter=timedelta(minutes=10)
)
