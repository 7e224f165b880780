"""Ending claims, and what follows from a job's end."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from msgspec import Struct
from sqlalchemy import Text

from backstay.systems.jobs.queries.forms import both, change, elapsed, later


class Settled(Struct, frozen=True):
    """A job after its claim, or its life, has ended."""

    id: UUID
    state: str
    queue: str
    attempt: int
    worker: str | None
    lane: str | None
    lane_policy: str | None
    unique_key: str | None
    parent: bool
    wait: float
    run: float


class Child(Struct, frozen=True):
    """A job that waited for another."""

    id: UUID
    lane: str | None
    pending: int


class Promoted(Struct, frozen=True):
    """A job let into its lane."""

    id: UUID
    queue: str


_NAMES: Final = " ".join(Settled.__struct_fields__)
_PLAIN: Final = "id, state, queue, attempt, worker, lane, lane_policy, unique_key, parent"


def _returning(dialect: str, j: str = "") -> str:
    plain = ", ".join(f"{j}{name}" for name in _PLAIN.split(", "))
    wait = elapsed(dialect, f"{j}run_at", f"{j}started_at")
    run = elapsed(dialect, f"{j}started_at")
    return f"RETURNING {plain}, COALESCE({wait}, 0.0) AS wait, COALESCE({run}, 0.0) AS run"


def _set(dialect: str, j: str) -> str:
    """The columns of a job whose claim ends as `x` says; a job that was to be cancelled is not tried again."""
    state = (
        f"CASE WHEN {j}cancel_asked AND x.state IN ('ready', 'failed', 'scheduled') "
        "THEN 'cancelled' ELSE x.state END"
    )
    ends = f"({state}) IN ('completed', 'cancelled', 'dead')"
    greatest = "MAX" if dialect == "sqlite" else "GREATEST"
    return f"""
        state = {state},
        attempt = CASE WHEN x.spent THEN {j}attempt ELSE {greatest}({j}attempt - 1, 0) END,
        run_at = CASE WHEN x.state IN ('failed', 'scheduled') THEN {later(dialect, "x.delay")} ELSE {j}run_at END,
        lease = NULL, lease_until = NULL, result = x.result, error = x.error,
        finished_at = CASE WHEN {ends} THEN <now> ELSE NULL END,
        expires_at = CASE WHEN ({state}) IN ('completed', 'cancelled')
            THEN {later(dialect, f"{j}retain")} ELSE NULL END
    """


_GIVEN_SQLITE: Final = """
    SELECT value ->> 'id' AS id, value ->> 'lease' AS lease, value ->> 'state' AS state,
        value ->> 'delay' AS delay, value ->> 'result' AS result,
        NULLIF(value -> 'error', 'null') AS error,
        value ->> 'spent' AS spent
    FROM json_each(:outcomes)
"""
_GIVEN_POSTGRES: Final = (
    "json_to_recordset(CAST(:outcomes AS json)) AS "
    "x(id uuid, lease bigint, state text, delay float8, result text, error jsonb, spent boolean)"
)

SETTLE: Final = both(
    Settled,
    given="outcomes at",
    rows=_NAMES,
    sqlite=f"""
        UPDATE jobs_jobs SET {_set("sqlite", "jobs_jobs.")} FROM ({_GIVEN_SQLITE}) AS x
        WHERE jobs_jobs.id = x.id AND jobs_jobs.lease = x.lease AND COALESCE(jobs_jobs.state, '') = 'running'
        {_returning("sqlite")}
    """,
    postgresql=f"""
        UPDATE jobs_jobs j SET {_set("postgresql", "j.")} FROM {_GIVEN_POSTGRES}
        WHERE j.id = x.id AND j.lease = x.lease AND COALESCE(j.state, '') = 'running' AND j.id = ANY (ARRAY(
            SELECT CAST(k ->> 'id' AS uuid) FROM json_array_elements(CAST(:outcomes AS json)) AS k
        ))
        {_returning("postgresql", "j.")}
    """,
)

RELEASE_UNIQUE: Final = change(
    given="key job_id",
    sqlite="DELETE FROM jobs_uniques WHERE key = :key AND job_id = :job_id AND until IS NULL",
)

LEAVE_LANE: Final = change(
    given="key", sqlite="UPDATE jobs_lanes SET taken = taken - 1 WHERE key = :key AND taken > 0"
)

LANE_FREE: Final = both(
    int,
    given="key",
    rows="free",
    sqlite="UPDATE jobs_lanes SET taken = taken WHERE key = :key RETURNING places - taken AS free",
)
"""Lock a lane until the commit; how many more of its jobs may be let in."""

LET_IN: Final = both(
    Promoted,
    given="key limit at",
    rows="id queue",
    sqlite="""
        UPDATE jobs_jobs SET state = CASE WHEN run_at > <now> THEN 'scheduled' ELSE 'ready' END
        WHERE seq IN (
            SELECT c.seq FROM jobs_jobs c
            WHERE c.state IN ('waiting', 'parked') AND c.lane IS NOT NULL AND c.lane = :key
                AND c.state = 'waiting' AND c.pending = 0
            ORDER BY c.seq LIMIT :limit
        )
        RETURNING id, queue
    """,
)
"""The lane's next jobs; those that still wait for others are passed by."""

ENTER_LANE: Final = change(
    given="key count", sqlite="UPDATE jobs_lanes SET taken = taken + :count WHERE key = :key"
)

DROP_LANE: Final = change(
    given="key",
    sqlite="""
        DELETE FROM jobs_lanes WHERE key = :key AND taken = 0 AND NOT EXISTS (
            SELECT 1 FROM jobs_jobs c
            WHERE c.state IN ('waiting', 'parked') AND c.lane IS NOT NULL AND c.lane = :key
        )
    """,
)

PARK_LANE: Final = both(
    UUID,
    given="key",
    rows="id",
    sqlite="""
        UPDATE jobs_jobs SET state = 'parked'
        WHERE state IN ('waiting', 'parked') AND lane IS NOT NULL AND lane = :key AND state = 'waiting'
        RETURNING id
    """,
)

UNPARK_LANE: Final = change(
    given="key",
    sqlite="""
        UPDATE jobs_jobs SET state = 'waiting'
        WHERE state IN ('waiting', 'parked') AND lane IS NOT NULL AND lane = :key AND state = 'parked'
    """,
)

PARENT_ENDED_WELL: Final = both(
    Child,
    given="parent_id failed",
    types={"failed": Text},
    rows="id lane pending",
    sqlite="""
        UPDATE jobs_jobs SET pending = pending - 1
        WHERE id IN (
            SELECT e.child_id FROM jobs_edges e
            WHERE e.parent_id = :parent_id AND (:failed = '' OR e.on_failure = 'run')
        ) AND pending > 0 AND state IN ('waiting', 'parked')
        RETURNING id, lane, pending
    """,
)
"""Count down the children of a job; after a failure only of those that run all the same."""

LET_CHILDREN: Final = both(
    Promoted,
    given="ids at",
    rows="id queue",
    sqlite="""
        UPDATE jobs_jobs SET state = CASE WHEN run_at > <now> THEN 'scheduled' ELSE 'ready' END
        WHERE id IN (SELECT value FROM json_each(:ids)) AND state = 'waiting' AND lane IS NULL AND pending = 0
        RETURNING id, queue
    """,
    postgresql="""
        UPDATE jobs_jobs SET state = CASE WHEN run_at > <now> THEN 'scheduled' ELSE 'ready' END
        WHERE id IN (SELECT CAST(x AS uuid) FROM json_array_elements_text(CAST(:ids AS json)) AS x)
            AND state = 'waiting' AND lane IS NULL AND pending = 0
        RETURNING id, queue
    """,
)

CHILDREN_TO_CANCEL: Final = both(
    UUID,
    given="parent_id",
    rows="id",
    sqlite="""
        SELECT j.id FROM jobs_edges e JOIN jobs_jobs j ON j.id = e.child_id
        WHERE e.parent_id = :parent_id AND e.on_failure = 'cancel' AND j.state IN ('waiting', 'parked')
    """,
)

CANCEL: Final = both(
    Settled,
    given="id at",
    rows=_NAMES,
    sqlite=f"""
        UPDATE jobs_jobs SET state = 'cancelled', finished_at = <now>, expires_at = {later("sqlite", "retain")}
        WHERE id = :id AND state IN ('scheduled', 'waiting', 'ready', 'failed', 'parked', 'dead')
        {_returning("sqlite")}
    """,
    postgresql=f"""
        UPDATE jobs_jobs SET state = 'cancelled', finished_at = <now>, expires_at = {later("postgresql", "retain")}
        WHERE id = :id AND state IN ('scheduled', 'waiting', 'ready', 'failed', 'parked', 'dead')
        {_returning("postgresql")}
    """,
)

ASK_CANCEL: Final = both(
    str,
    given="id",
    rows="state",
    sqlite="UPDATE jobs_jobs SET cancel_asked = 1 WHERE id = :id AND state = 'running' RETURNING state",
    postgresql="UPDATE jobs_jobs SET cancel_asked = true WHERE id = :id AND state = 'running' RETURNING state",
)

HOLD: Final = change(
    given="id lease",
    sqlite="""
        UPDATE jobs_jobs SET worker = worker WHERE id = :id AND lease = :lease AND COALESCE(state, '') = 'running'
    """,
)
"""Lock a running job until the commit, if the lease is still its own."""

ONCE: Final = both(
    UUID,
    given="job_id effect",
    rows="job_id",
    sqlite="""
        INSERT INTO jobs_effects (job_id, effect) VALUES (:job_id, :effect)
        ON CONFLICT DO NOTHING RETURNING job_id
    """,
)

STEP: Final = change(
    given="job_id state attempt worker error note at",
    sqlite="""
        INSERT INTO jobs_steps (job_id, at, state, attempt, worker, error, note)
        VALUES (:job_id, <now>, :state, :attempt, :worker, :error, :note)
    """,
)
