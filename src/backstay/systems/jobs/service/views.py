"""What people are shown of jobs, and what they may ask for."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from msgspec import Meta, Struct

from backstay.systems.jobs.contracts import JobError, JobOptions, JobState, Transition


class JobSummary(Struct, frozen=True, kw_only=True):
    """A job in a list."""

    id: UUID
    kind: str
    queue: str
    state: JobState
    priority: int
    attempt: int
    max_attempts: int
    crashes: int
    run_at: datetime
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    worker: str | None
    order_key: str | None
    error: JobError | None
    """Without its trace in lists."""
    progress: float | None
    schedule: str | None
    flow_id: UUID | None
    trace_id: str | None


class WorkerInfo(Struct, frozen=True, kw_only=True):
    """A worker: a process that runs jobs."""

    name: str
    """Host and process."""
    queues: list[str]
    """The queues that it serves."""
    places: int
    """Jobs that it runs at once."""
    running: int
    """Jobs in hand when it was last heard of."""
    started_at: datetime
    seen_at: datetime
    alive: bool
    """Whether it was heard of within the lease; one that died without a word is shown for an hour."""
    memory: int | None
    """The most bytes of memory that it had held when it was last heard of."""
    ended: str | None
    """How it ended, where `backstay worker --processes` saw it: `killed by SIGKILL`, `exit code 3`."""


class BreakerInfo(Struct, frozen=True, kw_only=True):
    """An open breaker: the jobs of this kind wait, because too many of them failed."""

    kind: str
    opened_at: datetime
    next_probe: datetime
    """When one job is tried."""
    wait: float
    """Seconds until then."""
    probes: int
    """Tries that have failed since it was opened."""
    error: str
    """The code of the latest failure."""


class FlowStep(Struct, frozen=True):
    """A job of a flow and what it waits for."""

    job: JobSummary
    after: list[UUID]
    """The jobs that it depends on."""


class JobDetail(JobSummary, frozen=True, kw_only=True):
    """A job with all that is known of it. What looks secret is shown as stars."""

    unique_key: str | None
    concurrency_key: str | None
    arguments: Any
    result: Any
    request_id: str | None
    history: list[Transition]
    """Every step of its life, oldest first."""
    lost: list[WorkerInfo]
    """The workers that died with it in their hands, in that order; they are remembered for a week."""
    flow: list[FlowStep]
    """Every job of its flow, oldest first; empty when it is of none."""


class KindInfo(Struct, frozen=True):
    """A kind of jobs that this deployment handles."""

    kind: str
    module: str
    options: JobOptions
    arguments: dict[str, Any]
    """JSON Schema of its arguments."""
    breaker: BreakerInfo | None
    """While its jobs wait because too many of them failed."""


class ReplayRequest(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Dead or cancelled jobs to be run again, in the order in which they were enqueued."""

    ids: Annotated[list[UUID], Meta(min_length=1, max_length=1000)]


class Replayed(Struct, frozen=True):
    """What became of a replay."""

    replayed: list[UUID]
    refused: list[UUID]
    """Not there, or they have not ended badly."""


class Replay(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How to run a dead or cancelled job again."""

    changes: Annotated[
        dict[str, Any],
        Meta(description="New values of its arguments; what is left out stays.", examples=[{}]),
    ] = {}
    dry_run: bool = False
    """Only check the arguments and show what would change."""


class FieldChange(Struct, frozen=True):
    """One argument before and after an edit."""

    field: str
    before: Any
    after: Any


class Rerun(Struct, frozen=True):
    """A job that was run again, or would be."""

    job: JobSummary
    """As it is now."""
    changes: list[FieldChange]
    """Of its arguments."""
    replayed: bool
    """False: a dry run."""


class Waiting(Struct, frozen=True, kw_only=True):
    """Who waits in a queue, how long, and why."""

    queue: str
    organization_id: UUID
    ready: int
    running: int
    oldest_ready: float
    """Seconds that its oldest ready job has waited."""
    why: Literal["paused", "limited", "no_worker", "behind_own", "turn"]
    """`behind_own`: its own jobs hold the workers; `turn`: its turn comes after other organizations'."""
    message: str
    """The reason, for a person."""


class Firing(Struct, frozen=True, kw_only=True):
    """A tick of a schedule, as a simulation foresees it."""

    schedule: str
    kind: str
    tick: datetime
    local: str
    """The tick in the schedule's own zone, ISO 8601 with its offset."""
    starts_at: datetime
    """With its share of the jitter."""


class ScheduleInfo(Struct, frozen=True, kw_only=True):
    """A schedule as people see it."""

    name: str
    module: str
    kind: str
    queue: str
    organization_id: UUID
    """For whom its jobs run."""
    cron: str | None
    every: float | None
    """Seconds."""
    words: str
    """When it ticks, for a person."""
    zone: str
    overlap: Literal["skip", "allow", "replace"]
    catch_up: float
    """Seconds."""
    jitter: float
    """Seconds."""
    paused: bool
    next_at: datetime | None
    """Null while it is paused."""
    last_tick: datetime | None
    last_fired_at: datetime | None
    last_job_id: UUID | None
    """Where the last tick was skipped, the job that stood in its way."""
    last_skipped: bool
    """The last tick made no job, because an earlier one was still there."""
    holder: str | None
    """The process that looks after it; null when none does just now."""
