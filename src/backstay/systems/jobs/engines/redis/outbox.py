"""What a unit of work writes for jobs that live on Redis."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from backstay.kernel.database import UnitOfWork
from backstay.systems.jobs.engines.redis.relay import encode_job
from backstay.systems.jobs.engines.store import NewJob
from backstay.systems.jobs.errors import UnknownParent
from backstay.systems.jobs.queries import outgoing


async def forget_effects(uow: UnitOfWork, *, ids: Sequence[UUID]) -> None:
    """Let go of what jobs that are pruned noted with `once`."""
    await uow.execute_many(outgoing.FORGET_EFFECTS, [{"job_id": one} for one in ids])


async def keep_plain(uow: UnitOfWork, jobs: Sequence[NewJob]) -> None:
    """Keep jobs without unique keys, in their order."""
    await uow.execute_many(
        outgoing.KEEP,
        [
            {
                "id": job.id,
                "organization_id": job.organization_id,
                "unique_key": None,
                "job": encode_job(job),
            }
            for job in jobs
        ],
    )


async def keep_unique(uow: UnitOfWork, job: NewJob) -> UUID:
    """The id of the job that has the key now: this one, or one that waits for the relay."""
    kept = await uow.first(
        outgoing.KEEP_UNIQUE,
        id=job.id,
        organization_id=job.organization_id,
        unique_key=job.unique_key,
        job=encode_job(job),
    )
    if kept is not None:
        return kept
    holder = await uow.first(outgoing.HOLDER, organization_id=job.organization_id, unique_key=job.unique_key)
    return holder or job.id


async def refuse_unknown(uow: UnitOfWork, parents: Sequence[tuple[UUID, UUID]]) -> None:
    """Refuse parents (organization, id) that do not wait for the relay either.

    Raises:
        UnknownParent: the organization has no such job.
    """
    for organization_id, parent in parents:
        if await uow.first(outgoing.WAITS, id=parent, organization_id=organization_id) is None:
            raise UnknownParent(str(parent))
