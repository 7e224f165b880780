"""Handing out ready jobs, and keeping them in hand."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final
from uuid import UUID

from msgspec import Struct
from sqlalchemy import Integer

from backstay.systems.jobs.queries.forms import both, change, elapsed, later


class Picked(Struct, frozen=True):
    """A claimed job's row."""

    seq: int
    id: UUID
    lease: int
    organization_id: UUID
    actor_id: UUID
    kind: str
    queue: str
    payload: str
    attempt: int
    max_attempts: int
    crashes: int
    lane: str | None
    flow_id: UUID | None
    traceparent: str | None
    created_at: datetime
    run_at: datetime
    rate_key: str | None
    rate: Any


class Limit(Struct, frozen=True):
    """What limits a queue."""

    queue: str
    concurrency: int | None
    rate: int | None
    rate_seconds: float | None


class Held(Struct, frozen=True):
    """A lease that was extended."""

    id: UUID
    cancel_asked: bool


_NAMES: Final = " ".join(Picked.__struct_fields__)
_SET: Final = (
    "state = 'running', attempt = {j}attempt + 1, worker = :worker, started_at = <now>, "
    "finished_at = NULL, error = NULL, progress = NULL, lease = {lease}, lease_until = {until}"
)

# Both walk the organizations that have ready jobs in a queue by jumping from one to the next along the
# index, and take the first jobs of each: one that enqueued 100,000 jobs is one among its peers. Nothing is
# kept for it, so enqueueing touches no shared row.
CLAIM: Final = both(
    Picked,
    given="queues start limit slack worker lease seconds at",
    rows=_NAMES,
    sqlite=f"""
        WITH RECURSIVE asked(queue) AS (
            SELECT value FROM json_each(:queues)
            WHERE NOT EXISTS (SELECT 1 FROM jobs_queues q WHERE q.queue = value AND q.paused)
        ),
        owners(queue, owner) AS (
            SELECT queue, (
                SELECT MIN(j.organization_id) FROM jobs_jobs j
                WHERE j.state = 'ready' AND j.queue = asked.queue AND j.organization_id >= :start
            ) FROM asked
            UNION ALL
            SELECT queue, (
                SELECT MIN(j.organization_id) FROM jobs_jobs j
                WHERE j.state = 'ready' AND j.queue = owners.queue AND j.organization_id > owners.owner
            ) FROM owners WHERE owner IS NOT NULL
            LIMIT 256
        ),
        first AS (
            SELECT j.seq, j.priority,
                ROW_NUMBER() OVER (PARTITION BY j.queue, j.organization_id ORDER BY j.priority, j.seq) AS turn
            FROM owners o CROSS JOIN jobs_jobs j
            WHERE o.owner IS NOT NULL AND j.seq IN (
                SELECT c.seq FROM jobs_jobs c
                WHERE c.state = 'ready' AND c.queue = o.queue AND c.organization_id = o.owner
                ORDER BY c.priority, c.seq LIMIT :limit
            )
        )
        UPDATE jobs_jobs SET {_SET.format(j="", lease=":lease", until=later("sqlite", ":seconds"))}
        WHERE :slack > 0 AND seq IN (SELECT seq FROM first ORDER BY priority, turn, seq LIMIT :limit)
        RETURNING {_NAMES.replace(" ", ", ")}
    """,
    postgresql=f"""
        WITH RECURSIVE asked(queue) AS (
            SELECT x FROM json_array_elements_text(CAST(:queues AS json)) AS x
            WHERE NOT EXISTS (SELECT 1 FROM jobs_queues q WHERE q.queue = x AND q.paused)
        ),
        owners(queue, owner) AS (
            SELECT queue, (
                SELECT j.organization_id FROM jobs_jobs j
                WHERE j.state = 'ready' AND j.queue = asked.queue AND j.organization_id >= :start
                ORDER BY j.organization_id LIMIT 1
            ) FROM asked
            UNION ALL
            SELECT queue, (
                SELECT j.organization_id FROM jobs_jobs j
                WHERE j.state = 'ready' AND j.queue = owners.queue AND j.organization_id > owners.owner
                ORDER BY j.organization_id LIMIT 1
            ) FROM owners WHERE owner IS NOT NULL
        ),
        several AS (SELECT queue, owner FROM owners WHERE owner IS NOT NULL LIMIT 256),
        first AS (
            SELECT c.seq, c.priority,
                ROW_NUMBER() OVER (PARTITION BY o.queue, o.owner ORDER BY c.priority, c.seq) AS turn
            FROM several o CROSS JOIN LATERAL (
                SELECT j.seq, j.priority FROM jobs_jobs j
                WHERE j.state = 'ready' AND j.queue = o.queue AND j.organization_id = o.owner
                ORDER BY j.priority, j.seq LIMIT :slack
            ) c
        ),
        ranked AS (SELECT seq FROM first ORDER BY priority, turn, seq LIMIT :slack),
        locked AS MATERIALIZED (
            SELECT j.seq FROM jobs_jobs j WHERE j.seq = ANY (ARRAY(SELECT seq FROM ranked)) AND COALESCE(j.state, '') = 'ready'
            ORDER BY j.priority, j.seq LIMIT :limit FOR UPDATE SKIP LOCKED
        )
        UPDATE jobs_jobs j SET {_SET.format(j="j.", lease="GREATEST(:lease, (SELECT nextval('jobs_lease')))", until=later("postgresql", ":seconds"))}
        WHERE j.seq = ANY (ARRAY(SELECT seq FROM locked))
        RETURNING {", ".join(f"j.{name}" for name in _NAMES.split())}
    """,
)
"""Take ready jobs. `limit` at most, out of `slack` candidates, of which others may be taking some."""

NEXT_LEASE: Final = both(
    int,
    given="",
    rows="lease",
    sqlite="UPDATE jobs_leases SET latest = latest + 1 RETURNING latest AS lease",
    postgresql="SELECT nextval('jobs_lease') AS lease",
)
"""A number larger than any before."""

LIMITS: Final = both(
    Limit,
    given="",
    rows="queue concurrency rate rate_seconds",
    types={"rate": Integer},
    sqlite="""
        SELECT queue, concurrency, rate, rate_seconds FROM jobs_queues
        WHERE concurrency IS NOT NULL OR rate IS NOT NULL
    """,
)

LOCK_QUEUE: Final = both(
    int,
    given="queue",
    rows="count",
    sqlite="""
        UPDATE jobs_queues SET paused = paused WHERE queue = :queue
        RETURNING (SELECT COUNT(*) FROM jobs_jobs j WHERE j.state = 'running' AND j.queue = :queue) AS count
    """,
)
"""Lock a limited queue until the commit; how many of its jobs run."""

START_AHEAD: Final = both(
    float,
    given="key at",
    rows="seconds",
    sqlite=f"""
        INSERT INTO jobs_starts (key, earliest) VALUES (:key, <now>)
        ON CONFLICT (key) DO UPDATE SET earliest = MAX(jobs_starts.earliest, excluded.earliest)
        RETURNING {elapsed("sqlite", "<now>", "earliest")} AS seconds
    """,
    postgresql=f"""
        INSERT INTO jobs_starts (key, earliest) VALUES (:key, <now>)
        ON CONFLICT (key) DO UPDATE SET earliest = GREATEST(jobs_starts.earliest, excluded.earliest)
        RETURNING {elapsed("postgresql", "<now>", "earliest")} AS seconds
    """,
)
"""Lock a rate's row until the commit; how many seconds its starts are booked ahead."""

BOOK_STARTS: Final = change(
    given="key seconds",
    sqlite=f"UPDATE jobs_starts SET earliest = {later('sqlite', ':seconds', 'earliest')} WHERE key = :key",
    postgresql=f"UPDATE jobs_starts SET earliest = {later('postgresql', ':seconds', 'earliest')} WHERE key = :key",
)

PUT_OFF: Final = change(
    given="seq seconds at",
    sqlite=f"""
        UPDATE jobs_jobs SET state = 'scheduled', run_at = {later("sqlite", ":seconds")}, attempt = attempt - 1,
            lease = NULL, lease_until = NULL, worker = NULL, started_at = NULL
        WHERE seq = :seq
    """,
    postgresql=f"""
        UPDATE jobs_jobs SET state = 'scheduled', run_at = {later("postgresql", ":seconds")}, attempt = attempt - 1,
            lease = NULL, lease_until = NULL, worker = NULL, started_at = NULL
        WHERE seq = :seq
    """,
)
"""A claimed job whose rate has no start left goes back until it has."""

EXTEND: Final = both(
    Held,
    given="keys seconds at",
    rows="id cancel_asked",
    sqlite=f"""
        UPDATE jobs_jobs SET lease_until = {later("sqlite", ":seconds")}
        FROM (SELECT value ->> 'id' AS id, value ->> 'lease' AS lease FROM json_each(:keys)) AS x
        WHERE jobs_jobs.id = x.id AND jobs_jobs.lease = x.lease AND COALESCE(jobs_jobs.state, '') = 'running'
        RETURNING id, cancel_asked
    """,
    postgresql=f"""
        UPDATE jobs_jobs j SET lease_until = {later("postgresql", ":seconds")}
        FROM json_to_recordset(CAST(:keys AS json)) AS x(id uuid, lease bigint)
        WHERE j.id = x.id AND j.lease = x.lease AND COALESCE(j.state, '') = 'running'
            AND j.id = ANY (ARRAY(SELECT CAST(k ->> 'id' AS uuid) FROM json_array_elements(CAST(:keys AS json)) AS k))
        RETURNING j.id, j.cancel_asked
    """,
)

PROGRESS: Final = change(
    given="id lease progress",
    sqlite="UPDATE jobs_jobs SET progress = :progress WHERE id = :id AND lease = :lease AND state = 'running'",
)

ANY_READY: Final = both(
    int,
    given="queues",
    rows="count",
    sqlite="""
        SELECT 1 AS count FROM json_each(:queues) AS x
        WHERE EXISTS (SELECT 1 FROM jobs_jobs j WHERE j.state = 'ready' AND j.queue = x.value)
            AND NOT EXISTS (SELECT 1 FROM jobs_queues q WHERE q.queue = x.value AND q.paused)
        LIMIT 1
    """,
    postgresql="""
        SELECT 1 AS count FROM json_array_elements_text(CAST(:queues AS json)) AS x
        WHERE EXISTS (SELECT 1 FROM jobs_jobs j WHERE j.state = 'ready' AND j.queue = x)
            AND NOT EXISTS (SELECT 1 FROM jobs_queues q WHERE q.queue = x AND q.paused)
        LIMIT 1
    """,
)
