"""What a job engine shows of itself to people."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from msgspec import Struct

from backstay.systems.jobs.contracts import JobInfo, JobState


class QueueState(Struct, frozen=True, kw_only=True):
    """A queue in numbers."""

    queue: str
    paused: bool
    ready: int
    running: int
    scheduled: int
    waiting: int
    failed: int
    dead: int
    oldest_ready: float | None
    """Seconds that the oldest ready job has waited."""
    rate: tuple[int, float] | None = None
    """(jobs, seconds): how many may start in that time, everywhere; null: as many as there are."""
    concurrency: int | None = None
    """How many may run at once, everywhere."""


class QueueShare(Struct, frozen=True, kw_only=True):
    """What one organization has in a queue."""

    queue: str
    organization_id: UUID
    ready: int
    running: int
    oldest_ready: float | None
    """Seconds that its oldest ready job has waited."""


class JobQuery(Struct, frozen=True, kw_only=True):
    """Which jobs to find."""

    states: Sequence[JobState] = ()
    """Empty: any."""
    queue: str | None = None
    kind: str | None = None
    flow_id: UUID | None = None
    schedule: str | None = None
    order_key: str | None = None
    trace_id: str | None = None
    after: UUID | None = None
    """Older than this one."""
    limit: int = 50


class JobPage(Struct, frozen=True):
    """A page of jobs; fewer than asked for when few of those looked at match."""

    items: list[JobInfo]
    after: UUID | None
    """Where to go on; None: there are no more."""

    @property
    def more(self) -> bool:
        """Whether there may be more."""
        return self.after is not None


class MinuteCount(Struct, frozen=True, kw_only=True):
    """One queue's ends within one minute."""

    minute: datetime
    queue: str
    completed: int
    failed: int
    """Attempts that failed, whether tried again or not."""
    dead: int
    stale: int
    """Writes of workers that had lost their lease, refused."""
    wait: float
    """Seconds from due to claim, summed over the jobs that ended."""
    run: float
    """Seconds from claim to end, summed."""
