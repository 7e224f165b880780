"""What people do to jobs: end them, run them again, and run them again with other arguments."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import msgspec
from msgspec import Raw

from backstay.kernel.telemetry import redacted
from backstay.systems.jobs.contracts import JobInfo, JobState
from backstay.systems.jobs.engines.store import Store
from backstay.systems.jobs.errors import BadArguments, NoSuchJob, NotReplayable, UnknownKind
from backstay.systems.jobs.service.looking import job_of, summary_of
from backstay.systems.jobs.service.registry import Registry
from backstay.systems.jobs.service.views import FieldChange, JobSummary, Replay, Replayed, Rerun


async def cancel(store: Store, organization_id: UUID, job_id: UUID) -> JobSummary:
    """End a job: at once when it waits; one that runs is told within a second or so.

    Raises:
        NoSuchJob: the organization has none of this id.
    """
    if await store.cancel(organization_id, job_id) is None:
        raise NoSuchJob
    return summary_of(await job_of(store, organization_id, job_id))


async def replay(store: Store, organization_id: UUID, ids: Sequence[UUID]) -> Replayed:
    """Run dead or cancelled jobs again, in the order in which they were enqueued."""
    wanted = list(dict.fromkeys(ids))
    done = await store.replay(organization_id, wanted)
    made = set(done)
    return Replayed(sorted(done), [job_id for job_id in wanted if job_id not in made])


async def rerun(
    store: Store, registry: Registry, organization_id: UUID, job_id: UUID, wanted: Replay
) -> Rerun:
    """Run a dead or cancelled job again, maybe with other arguments; or only show what would change.

    Raises:
        NoSuchJob: the organization has none of this id.
        NotReplayable: it has not ended badly, or another job has its unique key by now.
        UnknownKind: nothing here can judge the new arguments.
        BadArguments: they do not fit the kind.
    """
    job = await job_of(store, organization_id, job_id)
    if job.state not in {JobState.DEAD, JobState.CANCELLED}:
        raise NotReplayable(f"It is {job.state}.")
    before: dict[str, Any] = msgspec.json.decode(job.arguments)
    payload = _edited(registry, job, before, wanted.changes) if wanted.changes else None
    if not wanted.dry_run:
        raw = None if payload is None else Raw(payload)
        if not await store.replay(organization_id, [job_id], payload=raw):
            raise NotReplayable
        job = await job_of(store, organization_id, job_id)
    changes = [] if payload is None else differences(before, msgspec.json.decode(payload))
    return Rerun(summary_of(job), changes, replayed=not wanted.dry_run)


def _edited(registry: Registry, job: JobInfo, before: dict[str, Any], changes: dict[str, Any]) -> bytes:
    handler = registry.handler(job.kind)
    if handler is None:
        raise UnknownKind
    unknown = sorted(set(changes) - set(handler.job.__struct_fields__))
    if unknown:
        raise BadArguments(f"{job.kind} has no argument {', '.join(unknown)}.")
    try:
        made = handler.decode(msgspec.json.encode({**before, **changes}))
    except msgspec.ValidationError as failure:
        raise BadArguments(str(failure)) from failure
    return msgspec.json.encode(made)


def differences(before: dict[str, Any], after: dict[str, Any]) -> list[FieldChange]:
    """The fields that differ, by name; secrets as stars."""
    names = sorted(name for name in {*before, *after} if before.get(name) != after.get(name))
    hidden_before, hidden_after = redacted(before), redacted(after)
    return [FieldChange(name, hidden_before.get(name), hidden_after.get(name)) for name in names]
