"""How ready jobs are taken: one statement for free jobs, a locked choice for limited ones."""

from __future__ import annotations

from typing import Final

from msgspec import Struct

from backstay.kernel.database import Dialect, Uuid, statement
from backstay.systems.jobs.queries.choosing import choice
from backstay.systems.jobs.queries.rows import J_COLUMNS, TAKEN_COLUMNS, JobRow, TakenRow, both, sql

_SET: Final = """
    state = 'running', attempt = {j}attempt + 1, worker = :worker, started_at = @now,
    lease_until = @now + :lease, progress = NULL, stop = false
"""


def _taken(dialect: Dialect, source: str, by: str) -> str:
    if dialect == "postgresql":
        # By where the rows lie, for they were just found and locked: so no index is asked again, and the
        # planner has no choice (with the statistics of an empty table it would read all that is ready).
        changes = _SET.format(j="j.").replace(":worker", "CAST(:worker AS text)")
        changes = changes.replace(":lease", "CAST(:lease AS bigint)")
        return (
            f"{source} UPDATE jobs_jobs j SET {changes}, lease = nextval('jobs_leases') "  # noqa: S608 - ours
            f"WHERE j.ctid = ANY (ARRAY(SELECT place FROM {by})) AND j.state = 'ready' "
            f"RETURNING {TAKEN_COLUMNS}"
        )
    numbered = f"(SELECT id, row_number() OVER () AS n FROM {by}) p"  # noqa: S608 - our own words
    return (
        f"{source} UPDATE jobs_jobs AS j SET {_SET.format(j='')}, lease = :base + p.n FROM {numbered} "  # noqa: S608 - ours
        f"WHERE j.id = p.id AND j.state = 'ready' RETURNING {TAKEN_COLUMNS.replace('j.', '')}"
    )


_PLACES: Final = {"spin": Uuid, "from_organization": Uuid, "from_id": Uuid}
CLAIM = statement(
    {
        name: sql(name, _taken(name, choice(name, locked=True), "picked"), TakenRow, **_PLACES)
        for name in ("sqlite", "postgresql")
    },
    TakenRow,
    unscoped=True,
)
"""Take free jobs of the most urgent level; on SQLite `base` is where their leases begin."""

_CHOSEN: Final[dict[Dialect, str]] = {
    "sqlite": "WITH picked(id) AS (SELECT * FROM @uuids(ids) AS chosen)",
    "postgresql": "WITH picked AS (SELECT ctid AS place FROM jobs_jobs WHERE id IN @uuids(ids) FOR UPDATE)",
}
CLAIM_IDS = statement(
    {name: sql(name, _taken(name, _CHOSEN[name], "picked"), TakenRow) for name in ("sqlite", "postgresql")},
    TakenRow,
    unscoped=True,
)

PEEK = statement(
    {
        name: sql(
            name,
            f"{choice(name, locked=False)} "  # noqa: S608 - ours
            f"SELECT {J_COLUMNS} FROM jobs_jobs j WHERE j.id IN (SELECT id FROM picked)",
            JobRow,
            **_PLACES,
        )
        for name in ("sqlite", "postgresql")
    },
    JobRow,
    unscoped=True,
)
"""What `CLAIM` would take, without taking it."""

NEXT_LEASES = statement(
    both(
        "INSERT INTO jobs_numbers (name, last) VALUES ('', :count) "
        "ON CONFLICT (name) DO UPDATE SET last = jobs_numbers.last + excluded.last RETURNING last",
        int,
    ),
    int,
)
"""On SQLite: reserve lease numbers; on PostgreSQL a sequence does it."""

LOCK_LIMITS = statement(
    {
        "sqlite": sql("sqlite", "SELECT 1", int),
        "postgresql": sql("postgresql", "SELECT 1 FROM pg_advisory_xact_lock(72616, 1)", int),
    },
    int,
)
"""One chooser of limited jobs at a time; SQLite's writer is alone as it is."""

LIMITED = statement(
    both(
        """SELECT CASE WHEN EXISTS (
            SELECT 1 FROM jobs_jobs WHERE state = 'ready' AND gated AND queue IN @texts(queues)
        ) OR EXISTS (
            SELECT 1 FROM jobs_queues WHERE queue IN @texts(queues)
            AND (rate_count IS NOT NULL OR concurrency IS NOT NULL)
        ) THEN 1 ELSE 0 END""",
        int,
    ),
    int,
)


class QueueRow(Struct, frozen=True):
    """What a queue is told to keep to."""

    queue: str
    paused: bool
    rate_count: int | None
    rate_seconds: float | None
    concurrency: int | None


QUEUES = statement(
    both(
        "SELECT queue, paused, rate_count, rate_seconds, concurrency FROM jobs_queues ORDER BY queue",
        QueueRow,
    ),
    QueueRow,
)


class Usage(Struct, frozen=True):
    """How much of a limit is taken."""

    key: str
    taken: int


RUNNING_BY_KEY = statement(
    both(
        "SELECT concurrency_key AS key, count(*) AS taken FROM jobs_jobs "
        "WHERE state = 'running' AND concurrency_key IS NOT NULL GROUP BY concurrency_key",
        Usage,
    ),
    Usage,
    unscoped=True,
)
RUNNING_BY_QUEUE = statement(
    both(
        "SELECT queue AS key, count(*) AS taken FROM jobs_jobs WHERE state = 'running' GROUP BY queue", Usage
    ),
    Usage,
    unscoped=True,
)


class RateUse(Struct, frozen=True):
    """A start that still counts for a rate."""

    key: str
    at: int


STARTS = statement(both("SELECT key, at FROM jobs_starts WHERE until > @now", RateUse), RateUse)
NOTE_START = statement(
    both(
        "INSERT INTO jobs_starts (id, key, at, until) VALUES (:id, :key, @now, @now + :seconds)",
        id=Uuid,
    )
)

GATED = statement(
    both(
        f"""SELECT {J_COLUMNS} FROM jobs_jobs j WHERE j.state = 'ready'
        AND j.queue IN @texts(open)
        AND (j.gated OR j.queue IN @texts(limited))
        AND (j.concurrency_key IS NULL OR j.concurrency_key NOT IN @texts(full_keys))
        AND (j.rate_key IS NULL OR j.rate_key NOT IN @texts(full_rates))
        ORDER BY j.priority, j.id LIMIT 500""",  # noqa: S608 - our own words
        JobRow,
    ),
    JobRow,
    unscoped=True,
)
"""Ready jobs that a limit speaks of, without those whose limit is reached: so the window never clogs."""
