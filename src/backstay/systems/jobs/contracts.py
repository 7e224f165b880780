"""What crosses the border of the jobs system: states, options, receipts and what people see of a job."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final, Literal
from uuid import UUID

from msgspec import Raw, Struct

HIGHEST, NORMAL, LOWEST = 0, 5, 9
"""Priorities: the lower number runs first."""


class JobState(StrEnum):
    """Where a job is in its life. `LIVE` states can still run; the others are ends."""

    SCHEDULED = "scheduled"
    """Due at `run_at`."""
    WAITING = "waiting"
    """For the jobs it depends on, or for its key's turn."""
    READY = "ready"
    """A free worker takes it next."""
    RUNNING = "running"
    FAILED = "failed"
    """An attempt failed; it is tried again at `run_at`."""
    PARKED = "parked"
    """Behind a dead job of its order key, until somebody decides."""
    COMPLETED = "completed"
    DEAD = "dead"
    """Out of attempts, crashed too often, or unreadable: a dead letter, kept for replay."""
    CANCELLED = "cancelled"


LIVE: Final = frozenset(
    {JobState.SCHEDULED, JobState.WAITING, JobState.READY, JobState.RUNNING, JobState.FAILED, JobState.PARKED}
)


class Backoff(Struct, frozen=True):
    """How long to wait before attempt n+1: a random part ("full jitter") of base * 2**(n-1), capped.

    Source: "Exponential Backoff and Jitter", AWS Architecture Blog, 2015.
    """

    base: float = 1.0
    """Seconds."""
    cap: float = 3600.0
    """Seconds."""
    jitter: bool = True


class JobOptions(Struct, frozen=True, kw_only=True):
    """How jobs of a kind are treated; declared beside their fields."""

    queue: str = "default"
    priority: int = NORMAL
    max_attempts: int = 5
    """Attempts that may fail before the job is dead."""
    max_crashes: int = 3
    """Workers that may die with the job in their hands before it is dead (quarantined)."""
    backoff: Backoff = Backoff()
    timeout: float | None = 60.0
    """Seconds an attempt may take; None for ever."""
    order_failure: Literal["block", "park", "skip"] = "block"
    """When an ordered job is dead: later ones wait, are parked, or go on without it."""
    concurrency: int | None = None
    """How many jobs of one `concurrency_key` may run at once, everywhere; None: no limit."""
    rate: tuple[int, float] | None = None
    """(jobs, seconds): how many of one `rate_key` may start in that time, everywhere."""
    runs_on: Literal["loop", "thread", "process"] = "loop"
    """Where the handler runs: `async def` on the event loop, a plain function on a thread or in a process."""
    breaker: bool = True
    """Whether all jobs of the kind wait when too many retries say that it does not work at present.
    False where each job speaks to somebody else, whose failure says nothing of the others."""
    retain: timedelta = timedelta(days=7)
    """How long a finished job of this kind can be looked at."""


class Rate(Struct, frozen=True):
    """A rate that jobs are given when they are enqueued; every organization's jobs of the kind share it."""

    key: str
    count: int
    """How many may start in `seconds`, everywhere; each attempt is a start."""
    seconds: float


class Durability(StrEnum):
    """What an enqueue survives once its receipt is there."""

    MEMORY = "memory"
    """The store's own process must live on."""
    SYSTEM = "system"
    """The machine must live on."""
    DISK = "disk"
    """A power cut."""


class Receipt(Struct, frozen=True):
    """What an enqueue gives back."""

    id: UUID
    created: bool
    """False: a live job with the same unique key was there already, and `id` is that job's."""
    durability: Durability
    """Reached when the unit of work has committed; as the server was set some seconds ago at most."""


class JobError(Struct, frozen=True):
    """Why an attempt ended badly."""

    kind: str
    """A stable code of backstay's (`timeout`, `crashed`, `undecodable`) or the exception's type."""
    message: str
    trace: str = ""
    """The traceback, bounded and redacted."""


class Transition(Struct, frozen=True):
    """One step of a job's life."""

    at: datetime
    state: JobState
    attempt: int
    worker: str | None
    error: JobError | None
    note: str
    """Such as `claimed`, `lease expired`, `returned at shutdown`, `edited`."""


class JobInfo(Struct, frozen=True, kw_only=True):
    """A job as people see it."""

    id: UUID
    kind: str
    queue: str
    state: JobState
    priority: int
    attempt: int
    """How many attempts have begun and were not given back."""
    max_attempts: int
    crashes: int
    run_at: datetime
    """When it is (or was) due."""
    created_at: datetime
    started_at: datetime | None
    """Of its latest attempt."""
    finished_at: datetime | None
    worker: str | None
    unique_key: str | None
    order_key: str | None
    concurrency_key: str | None
    arguments: Raw
    """JSON."""
    result: Raw | None
    error: JobError | None
    progress: float | None
    """0 to 1, as its handler last told it."""
    schedule: str | None
    flow_id: UUID | None
    trace_id: str | None
    """Of the request or job that enqueued it."""
    request_id: str | None


class Promises(Struct, frozen=True, kw_only=True):
    """What an engine can promise; shown in the console and in the README's table."""

    engine: Literal["sqlite", "postgresql", "redis"]
    transactional: Literal["same-commit", "relayed"]
    """`relayed`: jobs are kept in the database's commit and moved to the engine by a relay after it."""
    transactional_finish: bool
    """A handler's unit of work and the end of its job are one commit."""
    durability: Durability
    limits: tuple[str, ...] = ()
    """What it cannot do, as sentences."""


class ProbeMark(Struct, frozen=True):
    """What a probe has left: its effects, and in which attempt the latest came."""

    name: str
    effects: int
    attempt: int | None
    began_at: datetime | None
    """When that attempt's handler was called."""
    ended_at: datetime | None
    """When it left the mark; both by the clock of the worker's machine."""
    created_at: datetime
