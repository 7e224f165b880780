"""Sample jobs: probes that ended well and badly in the last hours, and some that are still to come."""

from __future__ import annotations

from datetime import timedelta
from typing import Final
from uuid import UUID

from backstay.kernel.seeding import Seeding
from backstay.systems.jobs.contracts import JobError, JobState
from backstay.systems.jobs.engines.store import LeaseKey, Outcome
from backstay.systems.jobs.service import probing
from backstay.systems.jobs.service.flows import Flow
from backstay.systems.jobs.service.part import Jobs
from backstay.systems.jobs.service.probing import Probe

_SMALL: Final = 40
_RECENT: Final = 0.1
"""Days."""
_LEASE: Final = 86_400.0
"""Seconds. It is counted from a time that is past: a server beside this must not find it over."""
_ENDS: Final = {JobState.COMPLETED: 17, JobState.DEAD: 2, JobState.CANCELLED: 1}
_WORKER: Final = "sample:1"


async def seed(seeding: Seeding) -> None:
    """Write sample jobs; what is still to come is really done, by whoever runs jobs later."""
    own: set[UUID] = set()
    for batch in seeding.batches(seeding.count(_SMALL), of=4):
        await _past(seeding, len(batch), own)
    async with seeding.unit() as uow:
        flow = Flow()
        parts = [Probe(name=_name(seeding), hold=0.2) for _ in range(3)]
        flow.batch(parts, then=Probe(name=_name(seeding), hold=0.1))
        await flow.enqueue(uow)
        for days in (1, 4, 30):
            await Probe(name=_name(seeding)).enqueue(uow, delay=timedelta(days=days))


async def _past(seeding: Seeding, count: int, own: set[UUID]) -> None:
    began = seeding.past(days=_RECENT)
    async with seeding.unit(at=began) as uow:
        store = uow.part(Jobs).store
        for _ in range(count):
            own.add((await probing.enqueue(uow, Probe(name=_name(seeding)))).id)
    # On Redis they are still on their way, and beside a server they may be taken: those are run for real.
    claimed = await store.claim(_WORKER, [Probe.options.queue], count, _LEASE)
    async with seeding.unit(at=began + timedelta(milliseconds=seeding.random.randrange(5, 4000))) as uow:
        for one in claimed:
            await store.settle_in(uow, _end(seeding, one.key) if one.id in own else _returned(one.key))


def _end(seeding: Seeding, key: LeaseKey) -> Outcome:
    to = seeding.weighted(_ENDS)
    error = JobError("SampleError", seeding.sentence()) if to is JobState.DEAD else None
    return Outcome(key=key, to=to, error=error, note="a sample")


def _returned(key: LeaseKey) -> Outcome:
    return Outcome(key=key, to=JobState.READY, spent=False, note="taken for a sample, and returned")


def _name(seeding: Seeding) -> str:
    return f"sample {seeding.word()} {seeding.uuid().hex[:12]}"
