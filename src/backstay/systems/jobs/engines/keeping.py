"""Keeping new jobs in the caller's transaction: unique keys, lanes, parents, and the rows themselves."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import msgspec
from msgspec import Raw

from backstay.kernel.database import UnitOfWork
from backstay.systems.jobs.contracts import Durability, JobState, Receipt
from backstay.systems.jobs.engines.following import admit
from backstay.systems.jobs.engines.store import NewJob
from backstay.systems.jobs.queries import enqueueing, settling

_PLAIN: Final = (
    "id",
    "organization_id",
    "actor_id",
    "kind",
    "queue",
    "priority",
    "max_attempts",
    "max_crashes",
)
_LAST: Final = ("rate_key", "retain", "flow_id", "schedule", "traceparent", "request_id")


async def keep(uow: UnitOfWork, jobs: Sequence[NewJob], at: datetime | None) -> list[Receipt]:
    """Write the jobs, but for those whose unique key is taken; their receipts name the one that has it."""
    receipts: list[Receipt] = []
    kept: list[NewJob] = []
    for job in jobs:
        owner = job.id if job.unique_key is None else await _take_unique(uow, job, at)
        receipts.append(Receipt(owner, created=owner == job.id, durability=Durability.DISK))
        if owner == job.id:
            kept.append(job)
    # Sorted, so that two units that want the same lanes never wait for each other.
    lanes = {lane: limit for job in kept if (lane := lane_of(job)) for limit in [lane_limit(job)]}
    for lane in sorted(lanes):
        await uow.execute(enqueueing.TAKE_LANE, key=lane, places=lanes[lane])
    pending, lost = await _wait_for_parents(uow, kept)
    parents = {parent for job in kept for parent in job.depends_on}
    rows = [_row(job, pending.get(job.id, 0), parent=job.id in parents) for job in kept]
    if uow.dialect == "postgresql":
        await uow.execute(enqueueing.INSERT_MANY, jobs=msgspec.json.encode(rows).decode(), at=at)
    else:
        await uow.execute_many(enqueueing.INSERT, [_bound(row, at) for row in rows])
    for job in kept:
        for parent in job.depends_on:
            await uow.execute(
                enqueueing.ADD_EDGE, parent_id=parent, child_id=job.id, on_failure=job.on_parent_failure
            )
    for child in lost:
        row = await uow.first(settling.CANCEL, id=child, at=at)
        assert row is not None
        assert row.state == JobState.CANCELLED
    for lane in sorted(lanes):
        await admit(uow, lane, at)
    return receipts


def lane_of(job: NewJob) -> str | None:
    """The lane a job goes through: its order key's or its concurrency key's, within its organization."""
    if job.order_key is not None:
        return f"o:{job.order_key}"
    return None if job.concurrency_key is None else f"c:{job.concurrency_key}"


def lane_limit(job: NewJob) -> int:
    """How many of its lane may be let in at once."""
    return 1 if job.order_key is not None else job.concurrency or 1


async def _take_unique(uow: UnitOfWork, job: NewJob, at: datetime | None) -> UUID:
    return await uow.one(
        enqueueing.TAKE_UNIQUE, key=job.unique_key, job_id=job.id, seconds=job.unique_for, at=at
    )


async def _wait_for_parents(uow: UnitOfWork, jobs: Sequence[NewJob]) -> tuple[dict[UUID, int], list[UUID]]:
    """How many parents each job still waits for, and the jobs that can never run because one ended badly."""
    asked = {parent for job in jobs for parent in job.depends_on}
    if not asked:
        return {}, []
    fresh = {job.id for job in jobs}
    ids = msgspec.json.encode(sorted(asked - fresh)).decode()
    living = set(await uow.all(enqueueing.MARK_PARENTS, ids=ids)) | (asked & fresh)
    bad = set(await uow.all(enqueueing.BAD_PARENTS, ids=ids))
    pending = {job.id: len(living & set(job.depends_on)) for job in jobs}
    lost = [job.id for job in jobs if job.on_parent_failure == "cancel" and bad & set(job.depends_on)]
    return pending, lost


def _row(job: NewJob, pending: int, *, parent: bool) -> dict[str, Any]:
    row = {name: getattr(job, name) for name in (*_PLAIN, *_LAST)}
    return {
        **row,
        "payload": Raw(job.payload),
        "lane": lane_of(job),
        "lane_limit": lane_limit(job) if lane_of(job) else None,
        "lane_policy": job.order_failure if job.order_key is not None else "skip",
        "unique_key": job.unique_key,
        "rate": job.rate,
        "pending": pending,
        "parent": parent,
        "due": job.run_at,
        "delay": job.delay,
    }


def _bound(row: dict[str, Any], at: datetime | None) -> dict[str, Any]:
    return {**row, "payload": bytes(row["payload"]).decode(), "at": at}
