"""Statements that look at jobs without changing them."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from msgspec import Struct

from backstay.kernel.database import Uuid, statement
from backstay.systems.jobs.queries.rows import COLUMNS, JobRow, both, sql

_ONE = f"SELECT {COLUMNS} FROM {{}} WHERE id = :id AND organization_id = :organization"  # noqa: S608 - our own words
GET = statement(
    both(
        _ONE.format("jobs_jobs") + " UNION ALL " + _ONE.format("jobs_done"),
        JobRow,
        id=Uuid,
        organization=Uuid,
    ),
    JobRow,
    unscoped=True,
)


class StepRow(Struct, frozen=True):
    """A step that was written down."""

    at: int
    state: str
    attempt: int
    worker: str | None
    error: str | None
    note: str


STEPS = statement(
    both(
        "SELECT at, state, attempt, worker, error, note FROM jobs_steps WHERE job_id = :id ORDER BY id",
        StepRow,
        id=Uuid,
    ),
    StepRow,
)


class MinuteRow(Struct, frozen=True):
    """A minute of a queue."""

    minute: int
    queue: str
    completed: int
    failed: int
    dead: int
    stale: int
    wait: float
    run: float


MINUTES = statement(
    both(
        "SELECT minute, queue, completed, failed, dead, stale, wait, run FROM jobs_minutes "
        "WHERE minute > @now - :since ORDER BY minute, queue",
        MinuteRow,
    ),
    MinuteRow,
)


class ResultRow(Struct, frozen=True):
    """A parent's result."""

    id: UUID
    result: str | None


_RESULT = "SELECT j.id, j.result FROM {} j JOIN jobs_edges e ON e.parent = j.id WHERE e.child = :id"
RESULTS = statement(
    both(_RESULT.format("jobs_jobs") + " UNION ALL " + _RESULT.format("jobs_done"), ResultRow, id=Uuid),
    ResultRow,
    unscoped=True,
)


class CountRow(Struct, frozen=True):
    """How many jobs of a queue are in a state."""

    queue: str
    state: str
    jobs: int
    oldest: int


COUNTS = statement(
    both(
        "SELECT queue, state, count(*) AS jobs, @now - min(due_at) AS oldest FROM jobs_jobs "
        "GROUP BY queue, state",
        CountRow,
    ),
    CountRow,
    unscoped=True,
)


class ShareRow(Struct, frozen=True):
    """How many jobs of an organization are in a state in a queue."""

    queue: str
    organization_id: UUID
    state: str
    jobs: int
    oldest: int


SHARES = statement(
    both(
        "SELECT queue, organization_id, state, count(*) AS jobs, @now - min(due_at) AS oldest FROM jobs_jobs "
        "WHERE state IN ('ready', 'running') "
        "GROUP BY queue, organization_id, state ORDER BY queue, organization_id",
        ShareRow,
    ),
    ShareRow,
    unscoped=True,
)
_READY: Final = """SELECT 1 AS value FROM jobs_jobs WHERE state = 'ready' AND NOT gated
    AND epoch @among AND queue IN @texts(queues)
    UNION ALL SELECT 1 FROM jobs_jobs WHERE state = 'ready' AND gated AND queue IN @texts(queues)
    LIMIT 1"""
_EPOCHS: Final = "(SELECT epoch FROM jobs_epochs)"
READY = statement(
    {
        "sqlite": sql("sqlite", _READY.replace("@among", f"IN {_EPOCHS}"), int),
        # An array, for the reason that `choosing` gives.
        "postgresql": sql("postgresql", _READY.replace("@among", f"= ANY (ARRAY{_EPOCHS})"), int),
    },
    int,
    unscoped=True,
)

DEAD_ROWS = statement(
    {
        "sqlite": sql("sqlite", "SELECT 0 AS value", int),
        "postgresql": sql(
            "postgresql",
            "SELECT coalesce(pg_stat_get_dead_tuples(to_regclass('jobs_jobs')), 0) AS value",
            int,
        ),
    },
    int,
)
"""About how many rows of live jobs a vacuum would remove; SQLite keeps none."""

NOTIFY = statement(
    {
        "sqlite": sql("sqlite", "SELECT :channel AS value", str),
        "postgresql": sql(
            "postgresql", "SELECT CAST(pg_notify(CAST(:channel AS text), '') AS text) AS value", str
        ),
    },
    str,
)
"""Tell every process that listens; PostgreSQL only."""
