"""What time does to jobs: promotion, expired leases, pruning; and what queues are told."""

from __future__ import annotations

from uuid import UUID

from msgspec import Struct

from backstay.kernel.database import Uuid, statement
from backstay.systems.jobs.queries.rows import COLUMNS, JobRow, both

LOCK_EXPIRED = statement(
    both(
        f"SELECT {COLUMNS} FROM jobs_jobs WHERE state = 'running' AND lease_until <= @now "  # noqa: S608 - our own words
        "AND lease_until > :since ORDER BY lease_until LIMIT :limit @skip_locked",
        JobRow,
    ),
    JobRow,
    unscoped=True,
)
LOCK_OLD_DEAD = statement(
    both(
        f"SELECT {COLUMNS} FROM jobs_jobs WHERE state = 'dead' AND prune_at <= @now "  # noqa: S608 - our own words
        "ORDER BY prune_at LIMIT :limit @skip_locked",
        JobRow,
    ),
    JobRow,
    unscoped=True,
)
PROMOTE = statement(
    both(
        """UPDATE jobs_jobs SET state = 'ready', due_at = run_at @newest_epoch WHERE id IN (
            SELECT id FROM jobs_jobs WHERE state IN ('scheduled', 'failed') AND run_at <= @now
            ORDER BY run_at LIMIT :limit @skip_locked
        ) RETURNING queue AS value""",
        str,
    ),
    str,
    unscoped=True,
)


class Due(Struct, frozen=True):
    """Microseconds until the next job is due, None when none is."""

    micros: int | None


NEXT_DUE = statement(
    both("SELECT min(run_at) - @now AS micros FROM jobs_jobs WHERE state IN ('scheduled', 'failed')", Due),
    Due,
    unscoped=True,
)
PRUNE_DONE = statement(
    both(
        "DELETE FROM jobs_done WHERE id IN (SELECT id FROM jobs_done WHERE prune_at <= @now "
        "ORDER BY prune_at LIMIT :limit @skip_locked) RETURNING id AS value",
        UUID,
    ),
    UUID,
    unscoped=True,
)
PRUNE_STEPS = statement(both("DELETE FROM jobs_steps WHERE job_id IN @uuids(ids)"))
PRUNE_EDGES = statement(both("DELETE FROM jobs_edges WHERE child IN @uuids(ids)"))
PRUNE_EFFECTS = statement(both("DELETE FROM jobs_effects WHERE job_id IN @uuids(ids)"))
ONCE = statement(
    both(
        "INSERT INTO jobs_effects (job_id, effect) VALUES (:job_id, :effect) ON CONFLICT DO NOTHING "
        "RETURNING job_id AS value",
        UUID,
        job_id=Uuid,
    ),
    UUID,
)
PRUNE_STARTS = statement(both("DELETE FROM jobs_starts WHERE until <= @now"))
PRUNE_KEYS = statement(both("DELETE FROM jobs_keys WHERE NOT live AND until <= @now"))
PRUNE_MINUTES = statement(both("DELETE FROM jobs_minutes WHERE minute < @now - :keep"))

NOTE_QUEUES = statement(
    both(
        """INSERT INTO jobs_queues (queue, paused)
        SELECT DISTINCT m.queue, false FROM jobs_minutes m WHERE m.minute > @now - 120000000
        AND m.queue <> '' AND NOT EXISTS (SELECT 1 FROM jobs_queues q WHERE q.queue = m.queue)
        ON CONFLICT (queue) DO NOTHING"""
    )
)
"""Remember queues of which a job has run lately; a minute's row is keyed by its beginning."""

SET_PAUSED = statement(
    both(
        "INSERT INTO jobs_queues (queue, paused) VALUES (:queue, :paused) "
        "ON CONFLICT (queue) DO UPDATE SET paused = excluded.paused"
    )
)
SET_LIMIT = statement(
    both(
        "INSERT INTO jobs_queues (queue, paused, rate_count, rate_seconds, concurrency) "
        "VALUES (:queue, false, :count, :seconds, :concurrency) ON CONFLICT (queue) DO UPDATE "
        "SET rate_count = excluded.rate_count, rate_seconds = excluded.rate_seconds, "
        "concurrency = excluded.concurrency"
    )
)
