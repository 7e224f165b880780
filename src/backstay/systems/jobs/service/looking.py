"""What people see of jobs, whatever the engine: pages, one job with its life, who waits and why."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

import msgspec
from msgspec import structs

from backstay.kernel.database import BadCursor, Page
from backstay.kernel.signing import Signer
from backstay.kernel.telemetry import redacted, scrubbed
from backstay.systems.jobs.contracts import JobError, JobInfo, Transition
from backstay.systems.jobs.engines.store import Store
from backstay.systems.jobs.engines.views import JobQuery, QueueShare, QueueState
from backstay.systems.jobs.errors import NoSuchJob
from backstay.systems.jobs.service.registry import Registry
from backstay.systems.jobs.service.views import (
    BreakerInfo,
    FlowStep,
    JobDetail,
    JobSummary,
    KindInfo,
    Waiting,
)

if TYPE_CHECKING:
    from backstay.systems.jobs.service.part import Jobs

FLOW_SHOWN: Final = 200
"""Jobs of one flow that are shown."""
_PATIENCE: Final = 5.0
"""Seconds after which a queue of which nothing runs is taken to have no worker."""
_UUID_BYTES: Final = 16


async def page_of(
    store: Store, organization_id: UUID, query: JobQuery, *, cursor: str | None, cursors: Signer
) -> Page[JobSummary]:
    """A page of an organization's jobs, newest first; its only other page is the next.

    It may hold fewer than asked for, even none, and have a next one: a call looks at so many and no more.

    Raises:
        BadCursor: the cursor is none that was given out here.
    """
    if cursor is not None:
        after = cursors.open(cursor)
        if after is None or len(after) != _UUID_BYTES:
            raise BadCursor
        query = structs.replace(query, after=UUID(bytes=after))
    found = await store.find(organization_id, query)
    following = None if found.after is None else cursors.sign(found.after.bytes)
    return Page([summary_of(job) for job in found.items], following, None)


async def job_of(store: Store, organization_id: UUID, job_id: UUID) -> JobInfo:
    """A job as it is stored.

    Raises:
        NoSuchJob: the organization has none of this id.
    """
    job = await store.get(organization_id, job_id)
    if job is None:
        raise NoSuchJob
    return job


async def detail_of(jobs: Jobs, organization_id: UUID, job_id: UUID) -> JobDetail:
    """A job with its life, the workers that it outlived, and its flow.

    Raises:
        NoSuchJob: the organization has none of this id.
    """
    store = jobs.store
    job = await job_of(store, organization_id, job_id)
    history = await store.history(organization_id, job_id)
    died_with_it = {step.worker: None for step in history if step.worker and _crashed(step)}
    return JobDetail(
        **structs.asdict(summary_of(job)) | {"error": _shown_error(job.error)},
        unique_key=_bare(job.unique_key, scopes=2),
        concurrency_key=_bare(job.concurrency_key, scopes=2),
        arguments=redacted(msgspec.json.decode(job.arguments)),
        result=None if job.result is None else redacted(msgspec.json.decode(job.result)),
        request_id=job.request_id,
        history=[structs.replace(step, error=_shown_error(step.error)) for step in history],
        lost=await jobs.presence.remembered(died_with_it),
        flow=await _flow_of(store, organization_id, job),
    )


def _crashed(step: Transition) -> bool:
    return step.error is not None and step.error.kind == "crashed"


async def _flow_of(store: Store, organization_id: UUID, job: JobInfo) -> list[FlowStep]:
    if job.flow_id is None:
        return []
    found = await store.find(organization_id, JobQuery(flow_id=job.flow_id, limit=FLOW_SHOWN))
    return [
        FlowStep(summary_of(member), sorted(await store.results(member.id)))
        for member in reversed(found.items)
    ]


def summary_of(job: JobInfo) -> JobSummary:
    """A job in a list; of its error what it was, and not where."""
    own = {"error", "order_key"}
    error = None if job.error is None else JobError(job.error.kind, job.error.message)
    plain = {name: getattr(job, name) for name in JobSummary.__struct_fields__ if name not in own}
    return JobSummary(**plain, order_key=_bare(job.order_key), error=_shown_error(error))


def _bare(key: str | None, *, scopes: int = 1) -> str | None:
    """A key as its job gave it, without the organization (and kind) that it is scoped with."""
    return None if key is None else key.split(":", scopes)[-1]


def _shown_error(error: JobError | None) -> JobError | None:
    # Whoever raised it did not know that people read it: addresses and tokens do not belong on a screen.
    if error is None:
        return None
    return JobError(error.kind, scrubbed(error.message), scrubbed(error.trace))


def kinds_of(registry: Registry, breakers: Sequence[BreakerInfo]) -> list[KindInfo]:
    """Every kind that this deployment handles, with its breaker if that is open."""
    found, waiting = [], {breaker.kind: breaker for breaker in breakers}
    for kind in registry.kinds:
        handler = registry.handler(kind)
        assert handler is not None
        schema: dict[str, Any] = msgspec.json.schema(handler.job)
        found.append(KindInfo(kind, registry.owner(kind), handler.options, schema, waiting.get(kind)))
    return found


async def queues_of(store: Store, registry: Registry) -> list[QueueState]:
    """Every queue in numbers: those that have or had jobs, and those that a kind of jobs names."""
    found = {state.queue: state for state in await store.queues()}
    for queue in registry.queues:
        found.setdefault(queue, _empty(queue))
    return [found[queue] for queue in sorted(found)]


def _empty(queue: str) -> QueueState:
    return QueueState(
        queue=queue,
        paused=False,
        ready=0,
        running=0,
        scheduled=0,
        waiting=0,
        failed=0,
        dead=0,
        oldest_ready=None,
    )


def waiting_of(queues: Sequence[QueueState], shares: Sequence[QueueShare]) -> list[Waiting]:
    """Who waits, the longest first, and what for. `shares` may be those of one organization alone."""
    states = {queue.queue: queue for queue in queues}
    found = []
    for share in shares:
        if share.oldest_ready is None or share.queue not in states:
            continue
        why, message = _why(states[share.queue], share)
        found.append(
            Waiting(
                queue=share.queue,
                organization_id=share.organization_id,
                ready=share.ready,
                running=share.running,
                oldest_ready=share.oldest_ready,
                why=why,
                message=message,
            )
        )
    return sorted(found, key=lambda one: one.oldest_ready, reverse=True)


def _why(queue: QueueState, share: QueueShare) -> tuple[Any, str]:
    assert share.oldest_ready is not None
    if queue.paused:
        return "paused", "the queue is paused: resume it"
    if queue.concurrency is not None and queue.running >= queue.concurrency:
        return "limited", f"the queue's limit of {queue.concurrency} running jobs is reached"
    if queue.running == 0 and share.oldest_ready > _PATIENCE:
        if queue.rate is not None:
            return "limited", f"the queue's rate of {queue.rate[0]} jobs in {queue.rate[1]:g} s is used up"
        return "no_worker", "nothing of this queue runs: no worker serves it, or a key's limit holds it back"
    if share.running >= queue.running > 0:
        return "behind_own", "the workers are busy with this organization's own jobs"
    return "turn", "the workers are busy with others' jobs; organizations take turns"
