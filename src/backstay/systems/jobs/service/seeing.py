"""What people see and do: jobs of their organization, and the queues of the house."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import msgspec
from msgspec import Raw

from backstay.systems.jobs.contracts import JobInfo, JobState, Transition
from backstay.systems.jobs.engines.store import Store
from backstay.systems.jobs.engines.views import JobPage, JobQuery
from backstay.systems.jobs.errors import BadArguments, NoSuchJob, NotReplayable
from backstay.systems.jobs.service.part import Jobs


async def find(store: Store, organization_id: UUID, query: JobQuery) -> JobPage:
    """A page of jobs."""
    return await store.find(organization_id, query)


async def show(store: Store, organization_id: UUID, job_id: UUID) -> JobInfo:
    """One job.

    Raises:
        NoSuchJob: not of this organization, or pruned.
    """
    found = await store.get(organization_id, job_id)
    if found is None:
        raise NoSuchJob
    return found


async def history(store: Store, organization_id: UUID, job_id: UUID) -> list[Transition]:
    """Every step of a job.

    Raises:
        NoSuchJob: as `show`.
    """
    steps = await store.history(organization_id, job_id)
    if not steps:
        raise NoSuchJob
    return steps


async def cancel(store: Store, organization_id: UUID, job_id: UUID) -> JobState:
    """End a live job; `running` means that its worker was asked to.

    Raises:
        NoSuchJob: as `show`.
    """
    state = await store.cancel(organization_id, job_id)
    if state is None:
        raise NoSuchJob
    return state


async def replay(jobs: Jobs, organization_id: UUID, job_id: UUID, arguments: dict[str, Any] | None) -> None:
    """Run a dead or cancelled job again, with other arguments if they fit its kind.

    Raises:
        NoSuchJob: as `show`.
        NotReplayable: it has not ended badly.
        BadArguments: they are no arguments of this kind.
    """
    info = await show(jobs.store, organization_id, job_id)
    payload = None
    if arguments is not None:
        payload = msgspec.json.encode(arguments)
        handler = jobs.registry.handler(info.kind)
        if handler is not None:
            try:
                handler.decode(payload)
            except msgspec.ValidationError as failure:
                raise BadArguments(str(failure)) from failure
    edited = None if payload is None else Raw(payload)
    if not await jobs.store.replay(organization_id, [job_id], payload=edited):
        raise NotReplayable
