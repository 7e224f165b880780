"""Keeping new jobs. PostgreSQL gets rows as one JSON text, which it unfolds faster than a driver binds."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from backstay.systems.jobs.queries.forms import both, change, later

_NEW: Final = {
    "id": "uuid",
    "organization_id": "uuid",
    "actor_id": "uuid",
    "kind": "text",
    "queue": "text",
    "priority": "int",
    "payload": "json",
    "max_attempts": "int",
    "max_crashes": "int",
    "lane": "text",
    "lane_limit": "int",
    "lane_policy": "text",
    "unique_key": "text",
    "rate_key": "text",
    "rate": "jsonb",
    "pending": "int",
    "parent": "boolean",
    "retain": "float8",
    "flow_id": "uuid",
    "schedule": "text",
    "traceparent": "text",
    "request_id": "text",
}
"""What a new job brings, and its type in PostgreSQL."""
_NAMES: Final = ", ".join(_NEW)
_REST: Final = "state, run_at, attempt, crashes, cancel_asked, created_at"


def _state(run_at: str) -> str:
    """What a new job waits for: its parents or its lane's turn, its time, or only a worker."""
    return (
        "CASE WHEN x.pending > 0 OR x.lane IS NOT NULL THEN 'waiting' "
        f"WHEN {run_at} > <now> THEN 'scheduled' ELSE 'ready' END"
    )


def _insert(dialect: str, source: str) -> str:
    run_at = f"COALESCE(x.due, {later(dialect, 'x.delay')})"
    false = "0" if dialect == "sqlite" else "false"
    selected = ", ".join(f"CAST(x.{name} AS text)" if name == "payload" else f"x.{name}" for name in _NEW)
    rest = f"{_state(run_at)}, {run_at}, 0, 0, {false}, <now>"
    return f"INSERT INTO jobs_jobs ({_NAMES}, {_REST}) SELECT {selected}, {rest} FROM {source}"


_RECORD: Final = ", ".join(
    f"{name} {kind}" for name, kind in {**_NEW, "due": "timestamptz", "delay": "float8"}.items()
)
_ONE: Final = ", ".join(f":{name} AS {name}" for name in (*_NEW, "due", "delay"))

INSERT: Final = change(
    given=f"{' '.join(_NEW)} due delay at",
    sqlite=_insert("sqlite", f"(SELECT {_ONE}) AS x"),
)
"""One job; for SQLite, which runs it once a row inside one call."""

INSERT_MANY: Final = change(
    given="jobs at",
    sqlite=_insert("postgresql", f"json_to_recordset(CAST(:jobs AS json)) AS x({_RECORD})"),
)
"""Any number of jobs, as a JSON array; for PostgreSQL."""

TAKE_UNIQUE: Final = both(
    UUID,
    given="key job_id seconds at",
    rows="job_id",
    sqlite=f"""
        INSERT INTO jobs_uniques (key, job_id, until)
        VALUES (:key, :job_id, CASE WHEN :seconds IS NULL THEN NULL ELSE {later("sqlite", ":seconds")} END)
        ON CONFLICT (key) DO UPDATE SET
            job_id = CASE WHEN jobs_uniques.until < <now> THEN excluded.job_id ELSE jobs_uniques.job_id END,
            until = CASE WHEN jobs_uniques.until < <now> THEN excluded.until ELSE jobs_uniques.until END
        RETURNING job_id
    """,
    postgresql=f"""
        INSERT INTO jobs_uniques (key, job_id, until)
        VALUES (:key, :job_id, CASE WHEN :seconds IS NULL THEN NULL ELSE {later("postgresql", ":seconds")} END)
        ON CONFLICT (key) DO UPDATE SET
            job_id = CASE WHEN jobs_uniques.until < <now> THEN excluded.job_id ELSE jobs_uniques.job_id END,
            until = CASE WHEN jobs_uniques.until < <now> THEN excluded.until ELSE jobs_uniques.until END
        RETURNING job_id
    """,
)
"""Take a unique key, or learn whose it is; locks its row until the commit."""

TAKE_LANE: Final = change(
    given="key places",
    sqlite="""
        INSERT INTO jobs_lanes (key, places, taken) VALUES (:key, :places, 0)
        ON CONFLICT (key) DO UPDATE SET places = excluded.places
    """,
)
"""Lock a lane until the commit, so that its jobs get their numbers in the order of their commits."""

MARK_PARENTS: Final = both(
    UUID,
    given="ids",
    rows="id",
    sqlite="""
        UPDATE jobs_jobs SET parent = 1
        WHERE id IN (SELECT value FROM json_each(:ids)) AND expires_at IS NULL AND state <> 'dead' RETURNING id
    """,
    postgresql="""
        UPDATE jobs_jobs SET parent = true
        WHERE id IN (SELECT CAST(x AS uuid) FROM json_array_elements_text(CAST(:ids AS json)) AS x)
            AND expires_at IS NULL AND state <> 'dead'
        RETURNING id
    """,
)
"""Lock the living among these jobs, and note that others wait for them."""

BAD_PARENTS: Final = both(
    UUID,
    given="ids",
    rows="id",
    sqlite="""
        SELECT id FROM jobs_jobs
        WHERE id IN (SELECT value FROM json_each(:ids)) AND state IN ('dead', 'cancelled')
    """,
    postgresql="""
        SELECT id FROM jobs_jobs
        WHERE id IN (SELECT CAST(x AS uuid) FROM json_array_elements_text(CAST(:ids AS json)) AS x)
            AND state IN ('dead', 'cancelled')
    """,
)

ADD_EDGE: Final = change(
    given="parent_id child_id on_failure",
    sqlite="INSERT INTO jobs_edges (parent_id, child_id, on_failure) VALUES (:parent_id, :child_id, :on_failure)",
)
