"""What keeps the store in order: promoting, rescuing, pruning, counting."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from msgspec import Struct

from backstay.systems.jobs.queries.forms import both, change, elapsed, later


class Rescued(Struct, frozen=True):
    """A job whose worker let its lease run out."""

    id: UUID
    state: str
    queue: str
    attempt: int
    crashes: int
    worker: str | None
    lane: str | None
    lane_policy: str | None
    unique_key: str | None
    parent: bool


_RESCUED: Final = " ".join(Rescued.__struct_fields__)

PROMOTE: Final = both(
    str,
    given="limit at",
    rows="queue",
    sqlite="""
        UPDATE jobs_jobs SET state = 'ready' WHERE seq IN (
            SELECT seq FROM jobs_jobs WHERE state IN ('scheduled', 'failed') AND run_at <= <now>
            ORDER BY run_at LIMIT :limit <skipping>
        ) RETURNING queue
    """,
)

NEXT_DUE: Final = both(
    float | None,  # type: ignore[arg-type]  # a union is a row type like any other
    given="at",
    rows="seconds",
    sqlite=f"""
        SELECT {elapsed("sqlite", "<now>", "MIN(run_at)")} AS seconds FROM jobs_jobs
        WHERE state IN ('scheduled', 'failed')
    """,
    postgresql=f"""
        SELECT {elapsed("postgresql", "<now>", "MIN(run_at)")} AS seconds FROM jobs_jobs
        WHERE state IN ('scheduled', 'failed')
    """,
)

RESCUE: Final = both(
    Rescued,
    given="limit at",
    rows=_RESCUED,
    sqlite=f"""
        UPDATE jobs_jobs SET
            state = CASE WHEN cancel_asked THEN 'cancelled' WHEN crashes + 1 > max_crashes THEN 'dead'
                ELSE 'ready' END,
            finished_at = CASE WHEN cancel_asked OR crashes + 1 > max_crashes THEN <now> ELSE NULL END,
            expires_at = CASE WHEN cancel_asked THEN <now> ELSE NULL END,
            crashes = crashes + 1, attempt = attempt - 1, lease = NULL, lease_until = NULL
        WHERE seq IN (
            SELECT seq FROM jobs_jobs WHERE state = 'running' AND lease_until <= <now>
            ORDER BY lease_until LIMIT :limit <skipping>
        ) RETURNING {_RESCUED.replace(" ", ", ")}
    """,
)

SET_ERROR: Final = change(given="id error", sqlite="UPDATE jobs_jobs SET error = :error WHERE id = :id")

PRUNE: Final = both(
    UUID,
    given="limit at",
    rows="id",
    sqlite="""
        DELETE FROM jobs_jobs WHERE seq IN (
            SELECT seq FROM jobs_jobs WHERE expires_at IS NOT NULL AND expires_at <= <now>
            ORDER BY expires_at LIMIT :limit <skipping>
        ) RETURNING id
    """,
)

PRUNE_STEPS: Final = change(
    given="ids",
    sqlite="DELETE FROM jobs_steps WHERE job_id IN (SELECT value FROM json_each(:ids))",
    postgresql="""
        DELETE FROM jobs_steps
        WHERE job_id IN (SELECT CAST(x AS uuid) FROM json_array_elements_text(CAST(:ids AS json)) AS x)
    """,
)

PRUNE_EDGES: Final = change(
    given="ids",
    sqlite="DELETE FROM jobs_edges WHERE child_id IN (SELECT value FROM json_each(:ids))",
    postgresql="""
        DELETE FROM jobs_edges
        WHERE child_id IN (SELECT CAST(x AS uuid) FROM json_array_elements_text(CAST(:ids AS json)) AS x)
    """,
)

PRUNE_EFFECTS: Final = change(
    given="ids",
    sqlite="DELETE FROM jobs_effects WHERE job_id IN (SELECT value FROM json_each(:ids))",
    postgresql="""
        DELETE FROM jobs_effects
        WHERE job_id IN (SELECT CAST(x AS uuid) FROM json_array_elements_text(CAST(:ids AS json)) AS x)
    """,
)

PRUNE_UNIQUES: Final = change(
    given="at", sqlite="DELETE FROM jobs_uniques WHERE until IS NOT NULL AND until <= <now>"
)

PRUNE_STARTS: Final = change(
    given="at",
    sqlite=f"DELETE FROM jobs_starts WHERE earliest <= {later('sqlite', '-3600')}",
    postgresql=f"DELETE FROM jobs_starts WHERE earliest <= {later('postgresql', '-3600')}",
)

PRUNE_MINUTES: Final = change(
    given="at",
    sqlite=f"DELETE FROM jobs_minutes WHERE minute <= {later('sqlite', '-172800')}",
    postgresql=f"DELETE FROM jobs_minutes WHERE minute <= {later('postgresql', '-172800')}",
)

_ADD: Final = """
    ON CONFLICT (minute, queue) DO UPDATE SET
        completed = jobs_minutes.completed + excluded.completed, failed = jobs_minutes.failed + excluded.failed,
        dead = jobs_minutes.dead + excluded.dead, stale = jobs_minutes.stale + excluded.stale,
        wait = jobs_minutes.wait + excluded.wait, run = jobs_minutes.run + excluded.run
"""
COUNT: Final = change(
    given="queue completed failed dead stale wait run at",
    sqlite=f"""
        INSERT INTO jobs_minutes (minute, queue, completed, failed, dead, stale, wait, run)
        VALUES (substr(<now>, 1, 17) || '00.000000Z', :queue, :completed, :failed, :dead, :stale, :wait, :run)
        {_ADD}
    """,
    postgresql=f"""
        INSERT INTO jobs_minutes (minute, queue, completed, failed, dead, stale, wait, run)
        VALUES (date_trunc('minute', <now>), :queue, :completed, :failed, :dead, :stale, :wait, :run)
        {_ADD}
    """,
)
