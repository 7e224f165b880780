"""What a job's end sets off in its transaction: its key is free, its lane moves on, its children run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import msgspec

from backstay.kernel.database import UnitOfWork
from backstay.systems.jobs.contracts import JobState
from backstay.systems.jobs.queries import enqueueing, looking, settling
from backstay.systems.jobs.queries.looking import Dead
from backstay.systems.jobs.queries.settling import Settled
from backstay.systems.jobs.queries.upkeep import Rescued

Ended = Settled | Rescued
_ENDS: Final = frozenset({JobState.COMPLETED, JobState.CANCELLED, JobState.DEAD})
_OUTSIDE: Final = frozenset({JobState.WAITING, JobState.PARKED})
"""States in which a job holds no place in its lane."""


async def follow(
    uow: UnitOfWork, ended: Sequence[Ended], at: datetime | None, *, before: Mapping[UUID, str] | None = None
) -> set[str]:
    """Set off what the ends of these jobs set off; the queues that have new ready jobs.

    `before`: the states that jobs were in, where that was not `running`.
    """
    woken: set[str] = set()
    for row in ended:
        if row.state not in _ENDS:
            continue
        if row.unique_key is not None:
            await uow.execute(settling.RELEASE_UNIQUE, key=row.unique_key, job_id=row.id)
        if row.lane is not None:
            woken |= await _move_on(uow, row, (before or {}).get(row.id, JobState.RUNNING), at)
        if row.parent:
            woken |= await _tell_children(uow, row, at)
    return woken


async def _move_on(uow: UnitOfWork, row: Ended, was: str, at: datetime | None) -> set[str]:
    assert row.lane is not None
    if row.state == JobState.DEAD:
        if row.lane_policy == "block":
            return set()
        if row.lane_policy == "park":
            await uow.all(settling.PARK_LANE, key=row.lane)
    elif was == JobState.DEAD and row.lane_policy == "park":
        await uow.execute(settling.UNPARK_LANE, key=row.lane)
    held = was not in _OUTSIDE and not (was == JobState.DEAD and row.lane_policy != "block")
    if held:
        await uow.execute(settling.LEAVE_LANE, key=row.lane)
    return await admit(uow, row.lane, at)


async def admit(uow: UnitOfWork, lane: str, at: datetime | None) -> set[str]:
    """Let the lane's next jobs in, as far as there are places; the queues that have new jobs."""
    free = await uow.first(settling.LANE_FREE, key=lane)
    if free is None:
        return set()
    entered = await uow.all(settling.LET_IN, key=lane, limit=free, at=at) if free > 0 else []
    if entered:
        await uow.execute(settling.ENTER_LANE, key=lane, count=len(entered))
    else:
        await uow.execute(settling.DROP_LANE, key=lane)
    return {job.queue for job in entered}


async def _tell_children(uow: UnitOfWork, row: Ended, at: datetime | None) -> set[str]:
    well = row.state == JobState.COMPLETED
    woken: set[str] = set()
    if not well:
        for child in await uow.all(settling.CHILDREN_TO_CANCEL, parent_id=row.id):
            cancelled = await uow.first(settling.CANCEL, id=child, at=at)
            if cancelled is not None:
                await step(uow, cancelled, f"{row.id}, which it depends on, is {row.state}", at)
                woken |= await follow(uow, [cancelled], at, before={child: JobState.WAITING})
    told = await uow.all(settling.PARENT_ENDED_WELL, parent_id=row.id, failed="" if well else "yes")
    free = [child.id for child in told if child.pending == 0 and child.lane is None]
    if free:
        woken |= await let_children(uow, free, at)
    for lane in sorted({child.lane for child in told if child.pending == 0 and child.lane is not None}):
        woken |= await admit(uow, lane, at)
    return woken


async def let_children(uow: UnitOfWork, ids: Sequence[UUID], at: datetime | None) -> set[str]:
    """Make jobs ready that wait for nothing any more; their queues."""
    found = await uow.all(settling.LET_CHILDREN, ids=msgspec.json.encode(ids).decode(), at=at)
    return {job.queue for job in found}


async def replayed(uow: UnitOfWork, job: Dead, payload: str | None, at: datetime | None) -> str:
    """Bring a dead or cancelled job back to life, into its lane if it has one; its queue."""
    state = JobState.READY
    if job.lane is not None and not (job.state == JobState.DEAD and job.lane_policy == "block"):
        state = JobState.WAITING
    queue = await uow.one(looking.REPLAY, id=job.id, state=state, payload=payload, at=at)
    note = "replayed" if payload is None else "replayed with edited arguments"
    await uow.execute(
        settling.STEP, job_id=job.id, state=state, attempt=0, worker=None, error=None, note=note, at=at
    )
    if job.lane is not None and state == JobState.WAITING:
        await uow.execute(enqueueing.TAKE_LANE, key=job.lane, places=job.lane_limit or 1)
        if job.lane_policy == "park":
            await uow.execute(settling.UNPARK_LANE, key=job.lane)
        await admit(uow, job.lane, at)
    return queue


async def step(uow: UnitOfWork, row: Ended, note: str, at: datetime | None, *, error: Any = None) -> None:
    """Keep a step that the job's own columns will not tell."""
    await uow.execute(
        settling.STEP,
        job_id=row.id,
        state=row.state,
        attempt=row.attempt,
        worker=row.worker,
        error=error,
        note=note,
        at=at,
    )
