"""How jobs are declared: a struct of arguments, which can enqueue itself, and its handler."""

from __future__ import annotations

import inspect
import re
import time
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from hashlib import blake2b
from typing import Any, ClassVar, Final, Generic, TypeVar, get_type_hints
from uuid import UUID

import msgspec
from msgspec import Struct

from backstay.kernel.backend import Backend
from backstay.kernel.database import Reader, UnitOfWork
from backstay.kernel.ids import uuid7
from backstay.kernel.module import CompositionError
from backstay.kernel.observation import current_record
from backstay.systems.jobs.contracts import JobOptions, Receipt
from backstay.systems.jobs.engines.store import NewJob
from backstay.systems.jobs.service.context import JobContext
from backstay.systems.jobs.service.part import Jobs

J = TypeVar("J", bound="Job")

Handler = Callable[..., Any]
"""`async def` for the event loop, a plain function for a thread or a process."""

_GIVEN: Final = {UnitOfWork: "uow", Reader: "reader", JobContext: "context", Backend: "backend"}
"""What a handler may ask for by annotation besides its job."""


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


class JobHandler(Generic[J]):
    """A kind of jobs with what runs it; made by `handles`, listed in a manifest's `declares`."""

    def __init__(self, job: type[J], call: Handler) -> None:
        """Use `handles`."""
        self.job = job
        self.call = call
        self.kind = kind_of(job)
        self.options = job.options
        self.is_async = inspect.iscoroutinefunction(call)
        self.given = _given(job, call)
        """Parameter names of the handler and what each is: `job`, `uow`, `reader`, `context`, `backend`."""
        self.decode: Callable[[bytes], J] = msgspec.json.Decoder(job).decode
        self._refuse_contradictions()

    @property
    def wants_uow(self) -> bool:
        """Whether its effects and the end of its job are one commit."""
        return "uow" in self.given.values()

    def _refuse_contradictions(self) -> None:
        where, options = f"the handler of {self.kind}", self.options
        if options.runs_on == "loop" and not self.is_async:
            raise CompositionError(f"{where} is a plain function: say runs_on='thread' or 'process'")
        if options.runs_on != "loop" and self.is_async:
            raise CompositionError(f"{where} is `async def` and can only run on the loop")
        if options.runs_on != "loop" and set(self.given.values()) - {"job"}:
            raise CompositionError(f"{where} runs beside the loop: it may take its job only")
        if {"uow", "reader"} <= set(self.given.values()):
            raise CompositionError(f"{where} takes both a UnitOfWork and a Reader; a unit of work reads too")


def handles(job: type[J]) -> Callable[[Handler], JobHandler[J]]:
    """Make the function below the handler of a kind of jobs.

    ```python
    @handles(SendReceipt)
    async def send_receipt(job: SendReceipt, uow: UnitOfWork) -> None:
        ...
    ```

    With a `UnitOfWork` its effects and the job's end are one commit, so that a job whose
    worker died has either happened or not. What it returns is kept as the job's result.
    """

    def decorate(call: Handler) -> JobHandler[J]:
        return JobHandler(job, call)

    return decorate


def _given(job: type[Job], call: Handler) -> dict[str, str]:
    hints = get_type_hints(call)
    given: dict[str, str] = {}
    for name in inspect.signature(call).parameters:
        kind = hints.get(name)
        if kind is job:
            given[name] = "job"
        elif kind in _GIVEN:
            given[name] = _GIVEN[kind]
        else:
            raise CompositionError(
                f"the handler of {kind_of(job)}: cannot supply the parameter {name!r}; it may take "
                f"{job.__name__}, UnitOfWork, Reader, JobContext and Backend, by annotation"
            )
    return given


class Given(Struct, frozen=True, kw_only=True):
    """What an enqueue asks for in place of the declaration."""

    delay: timedelta | float = 0.0
    at: datetime | None = None
    priority: int | None = None
    queue: str | None = None
    unique_key: str | None = None
    unique_for: timedelta | None = None
    order_key: str | None = None
    concurrency_key: str | None = None
    rate_key: str | None = None
    depends_on: Sequence[UUID] = ()
    on_parent_failure: str = "cancel"
    flow_id: UUID | None = None
    schedule: str | None = None


async def enqueue_many(
    uow: UnitOfWork, jobs: Sequence[Job], given: Given | None = None, *, ids: Sequence[UUID] | None = None
) -> list[Receipt]:
    """Enqueue any number of jobs, of any kinds, in the unit's commit and as few statements as can be.

    Args:
        uow: the caller's unit of work.
        jobs: their arguments.
        given: what to ask for in place of the declarations, for all of them.
        ids: their ids, where the caller must know them before.
    """
    chosen = given or _NOTHING
    names = ids or [uuid7() for _ in jobs]
    return await keep(uow, [(job, chosen, name) for job, name in zip(jobs, names, strict=True)])


async def keep(uow: UnitOfWork, jobs: Sequence[tuple[Job, Given, UUID]]) -> list[Receipt]:
    """Enqueue jobs, each with what is asked for it and the id it shall have."""
    started = time.perf_counter_ns()
    record = current_record.get()
    traceparent = request_id = None
    if record is not None:
        traceparent = f"00-{record.trace_id}-{record.span_id}-{'01' if record.sampled else '00'}"
        request_id = record.request_id
    made = [
        new_job(uow, job, given, traceparent=traceparent, request_id=request_id, job_id=job_id)
        for job, given, job_id in jobs
    ]
    receipts = await uow.part(Jobs).store.enqueue(uow, made)
    if record is not None:
        for one, receipt in zip(made[:_NOTED], receipts[:_NOTED], strict=True):
            record.note("job", one.kind, started, {"id": str(receipt.id), "created": receipt.created})
    return receipts


_NOTHING: Final = Given()
_NOTED: Final = 20
"""Jobs of one call that the record of a request names; a bulk of thousands would fill it."""


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
    scope = f"{uow.organization_id}:{kind}"
    payload = msgspec.json.encode(job)
    unique_key = given.unique_key or job.unique_key()
    if unique_key is None and given.unique_for is not None:
        unique_key = blake2b(payload, digest_size=16).hexdigest()
    return NewJob(
        id=job_id,
        organization_id=uow.organization_id,
        actor_id=uow.actor.id,
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
        order_key=_scoped(str(uow.organization_id), given.order_key or job.order_key()),
        order_failure=options.order_failure,
        concurrency_key=_scoped(scope, given.concurrency_key or job.concurrency_key()),
        concurrency=options.concurrency,
        rate_key=None if options.rate is None else _scoped(scope, given.rate_key or job.rate_key()) or kind,
        rate=options.rate,
        retain=options.retain.total_seconds(),
        depends_on=given.depends_on,
        on_parent_failure=given.on_parent_failure,
        flow_id=given.flow_id,
        schedule=given.schedule,
        traceparent=traceparent,
        request_id=request_id,
    )


def _scoped(scope: str, key: str | None) -> str | None:
    return None if key is None else f"{scope}:{key}"
