"""Jobs over HTTP: what became of one's own, and the queues for who operates the house."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, ClassVar
from uuid import UUID

import msgspec
from msgspec import Meta, Struct

from backstay.kernel.actor import Actor, Permission
from backstay.kernel.backend import Backend
from backstay.kernel.database import Page, Reader, UnitOfWork
from backstay.kernel.http import Controller, FromPath, FromQuery, JSONBody, ListQuery, get, post, put
from backstay.systems.jobs.contracts import (
    JobError,
    JobInfo,
    JobState,
    ProbeMark,
    Promises,
    Receipt,
    Transition,
)
from backstay.systems.jobs.engines.views import JobQuery, MinuteCount, QueueState
from backstay.systems.jobs.errors import BadArguments, NoSuchJob, NotReplayable
from backstay.systems.jobs.queries import probes
from backstay.systems.jobs.service import probing, seeing
from backstay.systems.jobs.service.part import Jobs

READ = Permission("jobs:read", "See the organization's jobs")
STEER = Permission("jobs:steer", "Cancel and replay the organization's jobs")
OPERATE = Permission("jobs:operate", "See, pause and limit queues, which all organizations share")

Words = Annotated[str, Meta(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f]+$")]


class JobSummary(Struct, frozen=True):
    """A job in a list."""

    id: UUID
    kind: str
    queue: str
    state: JobState
    priority: int
    attempt: int
    max_attempts: int
    run_at: datetime
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    error: JobError | None
    progress: float | None


class JobDetail(JobSummary, frozen=True):
    """A job with all that is known of it."""

    crashes: int
    worker: str | None
    unique_key: str | None
    order_key: str | None
    concurrency_key: str | None
    arguments: Any
    result: Any
    schedule: str | None
    flow_id: UUID | None
    trace_id: str | None
    request_id: str | None
    history: list[Transition]


class Found(Struct, frozen=True):
    """A page of jobs, newest first; the next begins `after` its last."""

    items: list[JobSummary]
    after: UUID | None


class Replay(Struct, frozen=True, forbid_unknown_fields=True):
    """How to run a job again."""

    arguments: Annotated[
        dict[str, Any] | None, Meta(description="Take these in place of the old ones.", examples=[None])
    ] = None


Many = Annotated[int, Meta(ge=1, le=1_000_000, examples=[10])]


class Limits(Struct, frozen=True, forbid_unknown_fields=True):
    """What a queue is limited to, on all nodes together; null lifts a limit."""

    concurrency: Annotated[Many | None, Meta(description="Jobs that run at once.")] = None
    starts: Annotated[Many | None, Meta(description="Jobs that start in a period.")] = None
    period: Annotated[float, Meta(gt=0, le=86_400, description="The period in seconds.")] = 60.0


class NewProbe(Struct, frozen=True, forbid_unknown_fields=True):
    """A job that only leaves a mark."""

    name: Annotated[Words, Meta(description="The mark's name, new in the organization.", examples=["first"])]
    hold: Annotated[float, Meta(ge=0, le=30, description="Seconds that it works.")] = 0.0


class JobsController(Controller):
    """One's own organization's jobs."""

    path: ClassVar[str] = "/jobs"

    @get(permission=READ)
    async def find(
        self,
        backend: Backend,
        actor: Actor,
        state: FromQuery[JobState | None] = None,
        queue: FromQuery[Words | None] = None,
        kind: FromQuery[Words | None] = None,
        after: FromQuery[UUID | None] = None,
        limit: FromQuery[Annotated[int, Meta(ge=1, le=100)]] = 20,
    ) -> Found:
        """Find jobs, newest first."""
        query = JobQuery(
            states=() if state is None else (state,), queue=queue, kind=kind, after=after, limit=limit
        )
        page = await seeing.find(backend.part(Jobs).store, actor.organization_id, query)
        items = [_summary(info) for info in page.items]
        return Found(items, items[-1].id if page.more else None)

    @get("/{job_id:uuid}", permission=READ, problems=[NoSuchJob])
    async def show(self, backend: Backend, actor: Actor, job_id: FromPath[UUID]) -> JobDetail:
        """Show a job with every step of its life."""
        store = backend.part(Jobs).store
        info = await seeing.show(store, actor.organization_id, job_id)
        return _detail(info, await seeing.history(store, actor.organization_id, job_id))

    @post("/{job_id:uuid}/cancel", permission=STEER, status=200, problems=[NoSuchJob])
    async def cancel(self, backend: Backend, actor: Actor, job_id: FromPath[UUID]) -> JobSummary:
        """Cancel a job; a running one is told within a second, wherever it runs."""
        store = backend.part(Jobs).store
        await seeing.cancel(store, actor.organization_id, job_id)
        return _summary(await seeing.show(store, actor.organization_id, job_id))

    @post(
        "/{job_id:uuid}/replay",
        permission=STEER,
        status=200,
        problems=[NoSuchJob, NotReplayable, BadArguments],
    )
    async def replay(
        self, backend: Backend, actor: Actor, job_id: FromPath[UUID], data: JSONBody[Replay]
    ) -> JobSummary:
        """Run a dead or cancelled job again, with fresh attempts and, if given, other arguments."""
        jobs = backend.part(Jobs)
        await seeing.replay(jobs, actor.organization_id, job_id, data.arguments)
        return _summary(await seeing.show(jobs.store, actor.organization_id, job_id))

    @post("/probes", permission=STEER)
    async def probe(self, uow: UnitOfWork, data: JSONBody[NewProbe]) -> Receipt:
        """Enqueue a job that only leaves a mark, to see the system work."""
        return await probing.enqueue(uow, data.name, data.hold)

    @get("/probes", permission=READ, listing=probes.LIST)
    async def list_probes(self, reader: Reader, query: ListQuery) -> Page[ProbeMark]:
        """List the marks that probes have left."""
        return await probing.marks(reader, query)


class QueuesController(Controller):
    """The queues, which all organizations share."""

    path: ClassVar[str] = "/job-queues"
    name: ClassVar[str] = "job_queue"

    @get(permission=OPERATE)
    async def list_all(self, backend: Backend) -> list[QueueState]:
        """Show every queue in numbers."""
        return await backend.part(Jobs).store.queues()

    @get("/minutes", permission=OPERATE)
    async def minutes(self, backend: Backend) -> list[MinuteCount]:
        """Show what ended in each minute of the last hour."""
        return await backend.part(Jobs).store.minutes(3600)

    @get("/engine", permission=OPERATE)
    async def engine(self, backend: Backend) -> Promises:
        """Show which engine keeps the jobs and what it promises."""
        return backend.part(Jobs).store.promises

    @post("/{queue:str}/pause", permission=OPERATE, status=204)
    async def pause(self, backend: Backend, queue: FromPath[Words]) -> None:
        """Hand out no more of a queue's jobs, on any node."""
        await backend.part(Jobs).store.pause(queue, paused=True)

    @post("/{queue:str}/resume", permission=OPERATE, status=204)
    async def resume(self, backend: Backend, queue: FromPath[Words]) -> None:
        """Hand a queue's jobs out again."""
        await backend.part(Jobs).store.pause(queue, paused=False)

    @put("/{queue:str}/limits", permission=OPERATE, status=204)
    async def limit(self, backend: Backend, queue: FromPath[Words], data: JSONBody[Limits]) -> None:
        """Limit how many of a queue's jobs start in a period and run at once."""
        rate = None if data.starts is None else (data.starts, data.period)
        await backend.part(Jobs).store.limit(queue, rate=rate, concurrency=data.concurrency)


def _summary(info: JobInfo) -> JobSummary:
    return JobSummary(**{name: getattr(info, name) for name in JobSummary.__struct_fields__})


def _detail(info: JobInfo, history: list[Transition]) -> JobDetail:
    rest = {"arguments", "result", "history"}
    plain = {name: getattr(info, name) for name in JobDetail.__struct_fields__ if name not in rest}
    return JobDetail(
        **plain,
        arguments=msgspec.json.decode(info.arguments),
        result=None if info.result is None else msgspec.json.decode(info.result),
        history=history,
    )
