"""What people see: jobs, their history, queues in numbers; and what people do to them."""

from __future__ import annotations

from datetime import datetime
from typing import Final
from uuid import UUID

from msgspec import Struct
from sqlalchemy import Integer

from backstay.systems.jobs.contracts import JobError
from backstay.systems.jobs.queries.forms import both, change, elapsed, later


class Seen(Struct, frozen=True):
    """A job's row as `JobInfo` is made of it."""

    id: UUID
    kind: str
    queue: str
    state: str
    priority: int
    attempt: int
    max_attempts: int
    crashes: int
    run_at: datetime
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    worker: str | None
    unique_key: str | None
    lane: str | None
    payload: str
    result: str | None
    error: JobError | None
    progress: float | None
    schedule: str | None
    flow_id: UUID | None
    traceparent: str | None
    request_id: str | None


class Step(Struct, frozen=True):
    """A row of a job's history."""

    at: datetime
    state: str
    attempt: int
    worker: str | None
    error: JobError | None
    note: str


class Count(Struct, frozen=True):
    """Jobs of one queue in one state."""

    queue: str
    state: str
    count: int
    seconds: float | None
    """Age of the oldest, since it was due."""


class Setting(Struct, frozen=True):
    """A queue that somebody paused or limited."""

    queue: str
    paused: bool


class Minute(Struct, frozen=True):
    """A row of `jobs_minutes`."""

    minute: datetime
    queue: str
    completed: int
    failed: int
    dead: int
    stale: int
    wait: float
    run: float


class Result(Struct, frozen=True):
    """What a job returned."""

    id: UUID
    result: str | None


class Dead(Struct, frozen=True):
    """A job that may be replayed, locked."""

    id: UUID
    state: str
    lane: str | None
    lane_limit: int | None
    lane_policy: str | None


_SEEN: Final = " ".join(Seen.__struct_fields__)
_SEEN_SQL: Final = _SEEN.replace(" ", ", ")

GET: Final = both(
    Seen,
    given="organization_id id",
    rows=_SEEN,
    sqlite=f"SELECT {_SEEN_SQL} FROM jobs_jobs WHERE id = :id AND organization_id = :organization_id",
)

_FIND: Final = f"""
    SELECT {_SEEN_SQL} FROM jobs_jobs j WHERE j.organization_id = :organization_id
        AND (:any_state = 'yes' OR j.state IN (SELECT value FROM json_each(:states)))
        AND (CAST(:queue AS text) IS NULL OR j.queue = :queue)
        AND (CAST(:kind AS text) IS NULL OR j.kind = :kind)
        AND (CAST(:flow_id AS <uuid>) IS NULL OR j.flow_id = :flow_id)
        AND (CAST(:schedule AS text) IS NULL OR j.schedule = :schedule)
        AND (CAST(:lane AS text) IS NULL OR j.lane = :lane)
        AND (CAST(:trace AS text) IS NULL OR j.traceparent LIKE :trace)
        AND (CAST(:after AS <uuid>) IS NULL OR j.id < :after)
    ORDER BY j.id DESC LIMIT :limit
"""
FIND: Final = both(
    Seen,
    given="organization_id any_state states queue kind flow_id schedule lane trace after limit",
    rows=_SEEN,
    sqlite=_FIND.replace("<uuid>", "text"),
    postgresql=_FIND.replace("<uuid>", "uuid").replace(
        "SELECT value FROM json_each(:states)",
        "SELECT x FROM json_array_elements_text(CAST(:states AS json)) AS x",
    ),
)

STEPS: Final = both(
    Step,
    given="job_id",
    rows="at state attempt worker error note",
    sqlite="SELECT at, state, attempt, worker, error, note FROM jobs_steps WHERE job_id = :job_id ORDER BY seq",
)

_OLDEST: Final = "CASE WHEN state = 'ready' THEN {age} END AS seconds"
COUNTS: Final = both(
    Count,
    given="at",
    rows="queue state count seconds",
    sqlite=f"""
        SELECT queue, state, COUNT(*) AS count, {_OLDEST.format(age=elapsed("sqlite", "MIN(run_at)"))}
        FROM jobs_jobs WHERE expires_at IS NULL GROUP BY queue, state
    """,
    postgresql=f"""
        SELECT queue, state, COUNT(*) AS count, {_OLDEST.format(age=elapsed("postgresql", "MIN(run_at)"))}
        FROM jobs_jobs WHERE expires_at IS NULL GROUP BY queue, state
    """,
)

SETTINGS: Final = both(
    Setting, given="", rows="queue paused", sqlite="SELECT queue, paused FROM jobs_queues ORDER BY queue"
)

MINUTES: Final = both(
    Minute,
    given="seconds at",
    rows=" ".join(Minute.__struct_fields__),
    sqlite=f"""
        SELECT minute, queue, completed, failed, dead, stale, wait, run FROM jobs_minutes
        WHERE minute >= {later("sqlite", "(-:seconds)")} ORDER BY minute, queue
    """,
    postgresql=f"""
        SELECT minute, queue, completed, failed, dead, stale, wait, run FROM jobs_minutes
        WHERE minute >= {later("postgresql", "(-:seconds)")} ORDER BY minute, queue
    """,
)

RESULTS: Final = both(
    Result,
    given="child_id",
    rows="id result",
    sqlite="""
        SELECT j.id, j.result FROM jobs_edges e JOIN jobs_jobs j ON j.id = e.parent_id
        WHERE e.child_id = :child_id ORDER BY j.seq
    """,
)

LOCK: Final = both(
    Dead,
    given="organization_id id",
    rows="id state lane lane_limit lane_policy",
    sqlite="""
        SELECT id, state, lane, lane_limit, lane_policy FROM jobs_jobs
        WHERE id = :id AND organization_id = :organization_id <locked>
    """,
)

REPLAY: Final = both(
    str,
    given="id state payload at",
    rows="queue",
    sqlite="""
        UPDATE jobs_jobs SET state = :state, attempt = 0, crashes = 0, run_at = <now>, finished_at = NULL,
            expires_at = NULL, cancel_asked = (1 = 0), error = NULL, result = NULL, worker = NULL,
            started_at = NULL, progress = NULL, payload = COALESCE(:payload, payload)
        WHERE id = :id RETURNING queue
    """,
)

PAUSE: Final = change(
    given="queue paused",
    sqlite="""
        INSERT INTO jobs_queues (queue, paused) VALUES (:queue, :paused)
        ON CONFLICT (queue) DO UPDATE SET paused = excluded.paused
    """,
)

LIMIT: Final = change(
    given="queue concurrency starts period",
    types={"starts": Integer},
    sqlite="""
        INSERT INTO jobs_queues (queue, paused, concurrency, rate, rate_seconds)
        VALUES (:queue, (1 = 0), :concurrency, :starts, :period)
        ON CONFLICT (queue) DO UPDATE SET concurrency = excluded.concurrency, rate = excluded.rate,
            rate_seconds = excluded.rate_seconds
    """,
)
