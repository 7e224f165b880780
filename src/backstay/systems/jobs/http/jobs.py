"""Jobs: lists, one with its life, and what people do to them."""

from __future__ import annotations

from typing import Annotated, ClassVar
from uuid import UUID

from msgspec import Meta

from backstay.kernel.actor import Actor
from backstay.kernel.backend import Backend
from backstay.kernel.database import BadCursor, Page
from backstay.kernel.errors import Forbidden
from backstay.kernel.http import Controller, FromPath, FromQuery, JSONBody, get, post
from backstay.systems.jobs.contracts import JobState
from backstay.systems.jobs.engines.views import JobQuery
from backstay.systems.jobs.errors import BadArguments, NoSuchJob, NotReplayable, UnknownKind
from backstay.systems.jobs.http.permissions import OPERATE, READ, STEER, Words
from backstay.systems.jobs.service import looking, steering
from backstay.systems.jobs.service.noting import note_asked
from backstay.systems.jobs.service.part import Jobs
from backstay.systems.jobs.service.views import (
    JobDetail,
    JobSummary,
    KindInfo,
    Replay,
    Replayed,
    ReplayRequest,
    Rerun,
    Waiting,
)

Limit = Annotated[int, Meta(ge=1, le=100, description="Jobs a page.")]
States = Annotated[list[JobState], Meta(max_length=len(JobState), description="Any of these states.")]
Trace = Annotated[str, Meta(pattern="^[0-9a-f]{32}$", description="The trace of the request that caused it.")]
Whose = Annotated[
    UUID,
    Meta(
        description="Another organization's jobs, for operators; "
        "`00000000-0000-0000-0000-000000000000` is the house, whose schedules' jobs these are."
    ),
]
Cursor = Annotated[str, Meta(max_length=200, pattern="^[A-Za-z0-9_-]+$")]


WAITING = 100
"""Of those who wait, the longest."""


class JobsController(Controller):
    """The jobs of one's organization."""

    path: ClassVar[str] = "/jobs"

    @get(permission=READ, problems=[BadCursor, Forbidden])
    async def find(
        self,
        backend: Backend,
        actor: Actor,
        state: FromQuery[States | None] = None,
        queue: FromQuery[Words | None] = None,
        kind: FromQuery[Words | None] = None,
        flow: FromQuery[UUID | None] = None,
        schedule: FromQuery[Words | None] = None,
        order_key: FromQuery[Words | None] = None,
        trace: FromQuery[Trace | None] = None,
        organization: FromQuery[Whose | None] = None,
        limit: FromQuery[Limit] = 20,
        cursor: FromQuery[Cursor | None] = None,
    ) -> Page[JobSummary]:
        """List jobs, the newest first.

        One call looks at some thousands of jobs: a page may hold fewer than `limit`, even none, and have a
        next one. Flows, schedules and states but `ready` and `completed` are found at once, however rare.
        """
        owner = _owner(actor, organization)
        query = JobQuery(
            states=state or (),
            queue=queue,
            kind=kind,
            flow_id=flow,
            schedule=schedule,
            order_key=None if order_key is None else f"{owner}:{order_key}",
            trace_id=trace,
            limit=limit,
        )
        store, cursors = backend.part(Jobs).store, backend.keys.signer("jobs.cursor")
        return await looking.page_of(store, owner, query, cursor=cursor, cursors=cursors)

    @get("/kinds", permission=READ)
    async def list_kinds(self, backend: Backend) -> list[KindInfo]:
        """List the kinds of jobs that this deployment handles, with the schema of their arguments."""
        jobs = backend.part(Jobs)
        return looking.kinds_of(jobs.registry, await jobs.breakers.show())

    @get("/waiting", permission=READ)
    async def list_waiting(self, backend: Backend, actor: Actor) -> list[Waiting]:
        """Show who waits, the longest first, 100 at most, and why; to operators every organization."""
        store = backend.part(Jobs).store
        owner = None if actor.may(OPERATE) else actor.organization_id
        return looking.waiting_of(await store.queues(), await store.shares(owner))[:WAITING]

    @get("/{job_id:uuid}", permission=READ, problems=[NoSuchJob, Forbidden])
    async def show(
        self,
        backend: Backend,
        actor: Actor,
        job_id: FromPath[UUID],
        organization: FromQuery[Whose | None] = None,
    ) -> JobDetail:
        """Read a job with its arguments, its life and the flow it belongs to."""
        return await looking.detail_of(backend.part(Jobs), _owner(actor, organization), job_id)

    @post("/{job_id:uuid}/cancel", permission=STEER, status=200, problems=[NoSuchJob, Forbidden])
    async def cancel(
        self,
        backend: Backend,
        actor: Actor,
        job_id: FromPath[UUID],
        organization: FromQuery[Whose | None] = None,
    ) -> JobSummary:
        """Cancel a job. One that runs is told, wherever it does, and ends within a second or so."""
        owner = _owner(actor, organization)
        await note_asked(backend.database, actor, "cancel_asked", ("job", job_id), organization=owner)
        return await steering.cancel(backend.part(Jobs).store, owner, job_id)

    @post("/replay", permission=STEER, status=200, problems=[Forbidden])
    async def replay_many(
        self,
        backend: Backend,
        actor: Actor,
        data: JSONBody[ReplayRequest],
        organization: FromQuery[Whose | None] = None,
    ) -> Replayed:
        """Run dead or cancelled jobs again, in the order in which they were enqueued."""
        owner = _owner(actor, organization)
        ids = {"ids": data.ids}
        await note_asked(
            backend.database, actor, "replay_asked", ("jobs", owner), after=ids, organization=owner
        )
        return await steering.replay(backend.part(Jobs).store, owner, data.ids)

    @post(
        "/{job_id:uuid}/replay",
        permission=STEER,
        status=200,
        problems=[NoSuchJob, NotReplayable, UnknownKind, BadArguments, Forbidden],
    )
    async def replay(
        self,
        backend: Backend,
        actor: Actor,
        job_id: FromPath[UUID],
        data: JSONBody[Replay],
        organization: FromQuery[Whose | None] = None,
    ) -> Rerun:
        """Run a dead or cancelled job again, with fresh attempts and, if given, other arguments.

        With `dry_run` nothing is done but checking the arguments and showing what would change.
        """
        jobs, owner = backend.part(Jobs), _owner(actor, organization)
        if not data.dry_run:
            # Which arguments, not what they are: they may be anybody's data.
            changed = {"arguments": sorted(data.changes or {})}
            await note_asked(
                backend.database, actor, "replay_asked", ("job", job_id), after=changed, organization=owner
            )
        return await steering.rerun(jobs.store, jobs.registry, owner, job_id, data)


def _owner(actor: Actor, organization: UUID | None) -> UUID:
    """Whose jobs are meant."""
    if organization is None or organization == actor.organization_id:
        return actor.organization_id
    if not actor.may(OPERATE):
        raise Forbidden(f"This needs the permission {OPERATE.name!r}.", permission=OPERATE.name)
    return organization
