"""How jobs are declared: a struct of arguments, which can enqueue itself, and its handler."""

from __future__ import annotations

import re
import time
from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import cache
from hashlib import blake2b
from typing import ClassVar, Final, TypedDict
from uuid import UUID

import msgspec
from msgspec import Struct

from backstay.kernel.database import UnitOfWork
from backstay.kernel.ids import uuid7
from backstay.kernel.observation import current_record
from backstay.systems.jobs.contracts import JobOptions, Rate, Receipt
from backstay.systems.jobs.engines.alike import Alike
from backstay.systems.jobs.engines.store import NewJob
from backstay.systems.jobs.service.asking import Behalf, Given
from backstay.systems.jobs.service.part import Jobs


class _Cause(TypedDict, total=False):
    """What a job remembers of who enqueued it."""

    traceparent: str
    request_id: str | None


class Job(Struct, frozen=True, kw_only=True):
    """The arguments of one kind of job: subclass it with `frozen=True` and add fields that JSON can carry.

    A struct that services enqueue belongs into `contracts.py`; its handler into `jobs.py`.
    Stored jobs outlive a deployment: give a new field a default, and rename a kind only by
    `kind`, which keeps its old value.
    """

    options: ClassVar[JobOptions] = JobOptions()
    kind: ClassVar[str] = ""
    """Its name in the store; when not set, `<module>.<class_name>`."""

    def unique_key(self) -> str | None:
        """While a live job of this kind has the same key, another is not made; None: no such rule."""
        return None

    def order_key(self) -> str | None:
        """Jobs with the same key run one at a time, in the order of their commits."""
        return None

    def concurrency_key(self) -> str | None:
        """At most `options.concurrency` jobs with the same key run at once."""
        return None

    def rate_key(self) -> str | None:
        """Jobs with the same key share `options.rate`; the kind itself when None."""
        return None

    async def enqueue(
        self,
        uow: UnitOfWork,
        *,
        delay: timedelta | float = 0.0,
        at: datetime | None = None,
        priority: int | None = None,
        queue: str | None = None,
        unique_key: str | None = None,
        unique_for: timedelta | None = None,
        order_key: str | None = None,
        concurrency_key: str | None = None,
        rate_key: str | None = None,
        rate: Rate | None = None,
        after: Sequence[Receipt] = (),
    ) -> Receipt:
        """Enqueue this job in the unit's commit; a rollback leaves none.

        Args:
            uow: the caller's unit of work.
            delay: how long to wait first, by the store's clock; seconds if a number.
            at: the moment to wait for instead.
            priority: 0 first, 9 last; the kind's own when not given.
            queue: the kind's own when not given.
            unique_key: in place of what the method of this name says; so the other keys.
            unique_for: keep the unique key taken for so long, even when the job has ended sooner. Without
                a key, the arguments are it.
            order_key: see `unique_key`.
            concurrency_key: see `unique_key`.
            rate_key: see `unique_key`.
            rate: in place of the kind's own rate and key; shared by every organization.
            after: wait for these; when one ends badly, this one is cancelled. See `Flow` for more.
        """
        given = Given(
            delay=delay,
            at=at,
            priority=priority,
            queue=queue,
            unique_key=unique_key,
            unique_for=unique_for,
            order_key=order_key,
            concurrency_key=concurrency_key,
            rate_key=rate_key,
            rate=rate,
            depends_on=[receipt.id for receipt in after],
        )
        (receipt,) = await enqueue_many(uow, [self], given)
        return receipt


def kind_of(job: type[Job]) -> str:
    """The name of a kind of jobs in the store: `notes.purge_notes`."""
    own = vars(job).get("kind")
    if isinstance(own, str) and own:
        return own
    parts = job.__module__.split(".")
    # backstay.products.notes.contracts: the package before the file; one file alone names itself.
    owner = parts[-2] if len(parts) > 1 else parts[0]
    if owner in {"service", "jobs"} and len(parts) > 2:
        owner = parts[-3]
    return f"{owner}.{re.sub(r'(?<=[a-z0-9])(?=[A-Z])', '_', job.__name__).lower()}"


async def enqueue_many(
    uow: UnitOfWork,
    jobs: Sequence[Job],
    given: Given | Sequence[Given] | None = None,
    *,
    ids: Sequence[UUID] | None = None,
) -> list[Receipt]:
    """Enqueue any number of jobs, of any kinds, in the unit's commit and as few statements as can be.

    Args:
        uow: the caller's unit of work.
        jobs: their arguments.
        given: what to ask for in place of the declarations: for all of them, or for each its own.
        ids: their ids, where the caller must know them before.
    """
    if isinstance(given, Given | None):
        given = given or _NOTHING
        if len(jobs) > _FEW and _of_one_sort(jobs) and not _binds(given):
            return await _keep_alike(uow, jobs, given, ids)
        each: Sequence[Given] = [given] * len(jobs)
    else:
        each = given
    names = ids or [uuid7() for _ in jobs]
    return await keep(uow, list(zip(jobs, each, names, strict=True)))


async def _keep_alike(
    uow: UnitOfWork, jobs: Sequence[Job], given: Given, ids: Sequence[UUID] | None
) -> list[Receipt]:
    """As `keep`, of many jobs that differ in their arguments only: all is decided once."""
    started = time.perf_counter_ns()
    model = new_job(uow, jobs[0], given, **_cause(), job_id=_NOBODY)
    receipts = await uow.part(Jobs).store.enqueue(uow, Alike(model, jobs, ids))
    _note(started, [model.kind] * min(len(jobs), _NOTED), receipts)
    return receipts


def _cause() -> _Cause:
    """The request, or the job, that the record of this context is of."""
    record = current_record.get()
    if record is None:
        return {}
    sampled = "01" if record.sampled else "00"
    traceparent = f"00-{record.trace_id}-{record.span_id}-{sampled}"
    return {"traceparent": traceparent, "request_id": record.request_id}


def _note(started: int, kinds: Sequence[str], receipts: Sequence[Receipt]) -> None:
    record = current_record.get()
    if record is not None:
        for kind, receipt in zip(kinds, receipts, strict=False):
            record.note("job", kind, started, {"id": str(receipt.id), "created": receipt.created})


async def keep(uow: UnitOfWork, jobs: Sequence[tuple[Job, Given, UUID]]) -> list[Receipt]:
    """Enqueue jobs, each with what is asked for it and the id it shall have."""
    started, cause = time.perf_counter_ns(), _cause()
    # Jobs of one sort are decided once; only the arguments differ.
    alike: dict[tuple[type[Job], int], NewJob] = {}
    made: list[NewJob] = []
    for job, given, job_id in jobs:
        sort = type(job), id(given)
        if (first := alike.get(sort)) is not None:
            made.append(msgspec.structs.replace(first, id=job_id, payload=msgspec.json.encode(job)))
            continue
        one = new_job(uow, job, given, **cause, job_id=job_id)
        if given.unique_for is None and _keyless(type(job)):
            alike[sort] = one
        made.append(one)
    receipts = await uow.part(Jobs).store.enqueue(uow, made)
    _note(started, [one.kind for one in made[:_NOTED]], receipts)
    return receipts


_NOTHING: Final = Given()
_NOBODY: Final = UUID(int=0)
_FEW: Final = 16
"""Jobs of one call up to which each is made for itself."""
_NOTED: Final = 20
"""Jobs of one call that the record of a request names; a bulk of thousands would fill it."""


def _of_one_sort(jobs: Sequence[Job]) -> bool:
    kinds = {*map(type, jobs)}
    return len(kinds) == 1 and all(map(_keyless, kinds))


def _binds(given: Given) -> bool:
    """Whether it makes jobs exclude or follow each other."""
    return bool(given.unique_key or given.unique_for is not None or given.order_key or given.depends_on)


@cache
def _keyless(job: type[Job]) -> bool:
    """Whether its keys do not depend on its arguments, for it has none of its own."""
    names = ("unique_key", "order_key", "concurrency_key", "rate_key")
    return all(getattr(job, name) is getattr(Job, name) for name in names)


def new_job(
    uow: UnitOfWork,
    job: Job,
    given: Given,
    *,
    traceparent: str | None = None,
    request_id: str | None = None,
    job_id: UUID,
) -> NewJob:
    """The job as an engine stores it: every decision made. Keys are of their organization and kind."""
    options, kind = job.options, kind_of(type(job))
    whose = given.on_behalf or Behalf(
        organization_id=uow.organization_id,
        actor_id=uow.actor.id,
        traceparent=traceparent,
        request_id=request_id,
    )
    scope = f"{whose.organization_id}:{kind}"
    payload = msgspec.json.encode(job)
    unique_key = given.unique_key or job.unique_key()
    if unique_key is None and given.unique_for is not None:
        unique_key = blake2b(payload, digest_size=16).hexdigest()
    return NewJob(
        id=job_id,
        organization_id=whose.organization_id,
        actor_id=whose.actor_id,
        kind=kind,
        queue=given.queue or options.queue,
        priority=options.priority if given.priority is None else given.priority,
        payload=payload,
        delay=given.delay.total_seconds() if isinstance(given.delay, timedelta) else given.delay,
        run_at=given.at,
        max_attempts=options.max_attempts,
        max_crashes=options.max_crashes,
        unique_key=_scoped(scope, unique_key),
        unique_for=None if given.unique_for is None else given.unique_for.total_seconds(),
        order_key=_scoped(str(whose.organization_id), given.order_key or job.order_key()),
        order_failure=options.order_failure,
        concurrency_key=_scoped(scope, given.concurrency_key or job.concurrency_key()),
        concurrency=options.concurrency,
        rate_key=_rate_key(kind, scope, job, given),
        rate=options.rate if given.rate is None else (given.rate.count, given.rate.seconds),
        retain=options.retain.total_seconds(),
        depends_on=given.depends_on,
        on_parent_failure=given.on_parent_failure,
        flow_id=given.flow_id,
        schedule=given.schedule,
        traceparent=whose.traceparent,
        request_id=whose.request_id,
    )


def _rate_key(kind: str, scope: str, job: Job, given: Given) -> str | None:
    if given.rate is not None:
        return f"{kind}:{given.rate.key}"
    if job.options.rate is None:
        return None
    return _scoped(scope, given.rate_key or job.rate_key()) or kind


def _scoped(scope: str, key: str | None) -> str | None:
    return None if key is None else f"{scope}:{key}"
