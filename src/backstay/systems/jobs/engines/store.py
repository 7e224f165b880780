"""What a job engine is: the verbs that SQLite, PostgreSQL and Redis all answer, with one conformance suite.

Every moment is the store's: due times and leases are compared with its clock, never with a
worker's. Every write after a claim names (job, lease); when the lease is no longer the
job's, the write changes nothing, and the store says so.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from typing import Protocol
from uuid import UUID

from msgspec import Raw, Struct

from backstay.kernel.database import UnitOfWork
from backstay.systems.jobs.contracts import (
    JobError,
    JobInfo,
    JobState,
    Promises,
    Receipt,
    Transition,
)
from backstay.systems.jobs.engines.views import JobPage, JobQuery, MinuteCount, QueueShare, QueueState


class NewJob(Struct, frozen=True, kw_only=True):
    """A job to be stored; everything is decided here, so that a store knows nothing of kinds."""

    id: UUID
    organization_id: UUID
    actor_id: UUID
    """Who enqueued it: the stamp of what its handler writes."""
    kind: str
    queue: str
    priority: int
    payload: bytes
    """The arguments as JSON."""
    delay: float = 0.0
    """Seconds from the store's present."""
    run_at: datetime | None = None
    """A moment instead of a delay."""
    max_attempts: int
    max_crashes: int
    unique_key: str | None = None
    """At most one live job has it; see `unique_for`."""
    unique_for: float | None = None
    """Seconds that the key stays taken even when the job has ended sooner; None: while it is live."""
    order_key: str | None = None
    """Jobs with the same one run one at a time, in the order of their commits."""
    order_failure: str = "block"
    concurrency_key: str | None = None
    concurrency: int | None = None
    rate_key: str | None = None
    rate: tuple[int, float] | None = None
    retain: float
    """Seconds it is kept after its end."""
    depends_on: Sequence[UUID] = ()
    """Jobs, enqueued before or in the same call, that must have ended well first."""
    on_parent_failure: str = "cancel"
    """When one of them ends badly: `cancel` this one, or `run` it all the same."""
    flow_id: UUID | None = None
    schedule: str | None = None
    traceparent: str | None = None
    request_id: str | None = None


class LeaseKey(Struct, frozen=True):
    """One claim of one job."""

    id: UUID
    lease: int
    """Grows with every claim made in the store: also the fencing token handed to handlers."""


class Claimed(Struct, frozen=True, kw_only=True):
    """A job in a worker's hands."""

    id: UUID
    lease: int
    organization_id: UUID
    actor_id: UUID
    kind: str
    queue: str
    payload: bytes
    attempt: int
    """1 for the first."""
    max_attempts: int
    crashes: int
    order_key: str | None
    flow_id: UUID | None
    has_parents: bool
    traceparent: str | None
    created_at: datetime
    due_at: datetime
    """When it could have started: what pickup latency is counted from."""

    @property
    def key(self) -> LeaseKey:
        """What its writes are guarded with."""
        return LeaseKey(self.id, self.lease)


class Outcome(Struct, frozen=True, kw_only=True):
    """How a claim ends; decided by the worker, applied by the store if the lease still holds."""

    key: LeaseKey
    to: JobState
    """COMPLETED, DEAD, CANCELLED, FAILED (again after `delay`), SCHEDULED (snoozed), READY (given back)."""
    delay: float = 0.0
    result: bytes | None = None
    """JSON."""
    error: JobError | None = None
    spent: bool = True
    """False: the attempt is not counted (given back at shutdown, snoozed)."""
    note: str = ""


class Extension(Struct, frozen=True):
    """What became of one lease when it was to be extended."""

    key: LeaseKey
    held: bool
    """False: it is another worker's job by now, or nobody's."""
    cancel: bool
    """Somebody asked for the job's end."""


class Swept(Struct, frozen=True):
    """What one round of upkeep did."""

    promoted: int
    """Due jobs made ready."""
    rescued: int
    """Jobs of expired leases made ready again."""
    quarantined: int
    """Jobs of expired leases that had crashed too often."""
    pruned: int
    next_due: float | None
    """Seconds until the next scheduled job is due."""


class Store(Protocol):
    """One job engine. All sizes are bounded by the caller; every method is one round trip where it can be."""

    promises: Promises
    """As far as it is known; how durable enqueues are, `promised` asks."""

    async def promised(self) -> Promises:
        """What the store promises as its server is set now.

        Raises:
            BackstayError: it does not answer.
        """
        ...

    async def enqueue(self, uow: UnitOfWork, jobs: Sequence[NewJob]) -> list[Receipt]:
        """Keep jobs in the unit's transaction; a rollback leaves none. One or 10,000."""
        ...

    async def claim(
        self, worker: str, queues: Sequence[str], limit: int, lease: float, *, eager: bool = False
    ) -> list[Claimed]:
        """Take up to `limit` ready jobs: by priority, fairly among organizations, oldest first.

        Skips paused queues and what rates and keys forbid. `lease` in seconds. `eager`: what is found first
        need not wait for what is found next; `wait` returns at once when that may have left something.
        """
        ...

    async def extend(self, keys: Sequence[LeaseKey], lease: float) -> list[Extension]:
        """Move the ends of leases to `lease` seconds from now; tells who lost theirs or is to stop."""
        ...

    async def settle(self, outcomes: Sequence[Outcome]) -> list[bool]:
        """End claims. False in an outcome's place: stale, nothing was changed, and it was counted."""
        ...

    async def settle_in(self, uow: UnitOfWork, outcome: Outcome) -> None:
        """End a claim in the handler's own transaction.

        Raises:
            StaleLease: the lease is another's; the unit must roll back.
        """
        ...

    async def check_in(self, uow: UnitOfWork, key: LeaseKey) -> None:
        """Make the unit's commit depend on the lease still being held.

        Raises:
            StaleLease: it is not.
        """
        ...

    async def once_in(self, uow: UnitOfWork, job_id: UUID, effect: str) -> bool:
        """Note an effect of a job in the unit's transaction; False if it was noted before."""
        ...

    async def progress(self, key: LeaseKey, fraction: float) -> bool:
        """Note how far a running job is, 0 to 1."""
        ...

    async def sweep(self, limit: int) -> Swept:
        """One bounded round of upkeep: promote what is due, rescue expired leases, prune.

        Many may do it at once.
        """
        ...

    async def wait(self, queues: Sequence[str], seconds: float) -> None:
        """Return when a job may be ready in one of the queues, or after `seconds`; may return early."""
        ...

    async def cancel(self, organization_id: UUID, job_id: UUID) -> JobState | None:
        """End a live job: at once if it does not run, else its worker is told at the next extension.

        Returns the state it is in now (RUNNING: asked to stop), or None if there is no such job.
        """
        ...

    async def replay(
        self, organization_id: UUID, ids: Sequence[UUID], *, payload: Raw | None = None
    ) -> list[UUID]:
        """Make dead or cancelled jobs ready again with fresh attempts, in their old order; which were.

        `payload` replaces the arguments, for one id only.
        """
        ...

    async def pause(self, queue: str, *, paused: bool) -> None:
        """Stop or go on handing out a queue's jobs, on every node."""
        ...

    async def limit(self, queue: str, *, rate: tuple[int, float] | None, concurrency: int | None) -> None:
        """Set how many of a queue's jobs may start in a time, and run at once, everywhere; None lifts it."""
        ...

    async def queues(self) -> list[QueueState]:
        """Every queue that has jobs, is paused or limited."""
        ...

    async def shares(self, organization_id: UUID | None = None) -> list[QueueShare]:
        """What each organization, or only this one, has ready and running in each queue."""
        ...

    async def get(self, organization_id: UUID, job_id: UUID) -> JobInfo | None:
        """The job, live or finished, if that organization has it."""
        ...

    async def find(self, organization_id: UUID, query: JobQuery) -> JobPage:
        """Jobs of an organization, newest first; `after` walks on from a page's last id."""
        ...

    async def history(self, organization_id: UUID, job_id: UUID) -> list[Transition]:
        """Every step of a job's life, oldest first; empty if there is no such job."""
        ...

    async def minutes(self, since: float) -> list[MinuteCount]:
        """What ended in each minute of the last `since` seconds, by queue; for tiles and charts."""
        ...

    async def results(self, job_id: UUID) -> dict[UUID, bytes | None]:
        """The results of the jobs that this one depends on, by id."""
        ...

    def running(self) -> AbstractAsyncContextManager[None]:
        """What the engine does by itself, as long as the block lasts: nothing, or Redis's relay."""
        ...

    def healthy(self) -> bool:
        """Whether the connections that wait for jobs answer, as they were last asked themselves."""
        ...

    async def close(self) -> None:
        """Give back connections."""
        ...
