"""Statements that change a job outside of claiming: enqueue, ends, lines of order keys, flows, upkeep."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from msgspec import Struct
from sqlalchemy import insert, text, update

from backstay.kernel.database import Json, Uuid, param, statement
from backstay.systems.jobs.contracts import Durability
from backstay.systems.jobs.queries.rows import COLUMNS, NEWEST_EPOCH, JobRow, both, sql
from backstay.systems.jobs.tables import edges, jobs, steps

NOW = statement(both("SELECT CAST(@now AS bigint) AS value", int), int)


class Present(Struct, frozen=True):
    """When a unit enqueues, and what its commit will survive."""

    now: int
    durability: Durability


_COMMITS: Final = """CASE WHEN current_setting('synchronous_commit') = 'off' THEN 'memory'
    WHEN current_setting('fsync') = 'off' THEN 'system' ELSE 'disk' END"""
PRESENT = statement(
    {
        "sqlite": sql("sqlite", "SELECT CAST(@now AS bigint) AS now, 'disk' AS durability", Present),
        "postgresql": sql(
            "postgresql", f"SELECT CAST(@now AS bigint) AS now, {_COMMITS} AS durability", Present
        ),
    },
    Present,
    touches=[],
)
"""PostgreSQL: a commit that nobody waits for is in the server's memory, and one without `fsync` in the
system's (https://www.postgresql.org/docs/current/wal-async-commit.html). SQLite: `synchronous` is FULL."""

TAKE_KEY = statement(
    both(
        """INSERT INTO jobs_keys (organization_id, key, job_id, live, until)
        VALUES (:organization, :key, :job, true, @now + :seconds)
        ON CONFLICT (organization_id, key) DO UPDATE
        SET job_id = excluded.job_id, live = true, until = excluded.until
        WHERE (NOT jobs_keys.live AND jobs_keys.until <= @now) OR jobs_keys.job_id = excluded.job_id
        RETURNING job_id""",
        UUID,
        organization=Uuid,
        job=Uuid,
    ),
    UUID,
)
KEY_HOLDER = statement(
    both(
        "SELECT job_id FROM jobs_keys WHERE organization_id = :organization AND key = :key",
        UUID,
        organization=Uuid,
    ),
    UUID,
)
DROP_KEY = statement(
    both(
        "DELETE FROM jobs_keys WHERE organization_id = :organization AND key = :key AND job_id = :job",
        organization=Uuid,
        job=Uuid,
    )
)
END_KEY = statement(
    both(
        "UPDATE jobs_keys SET live = false "
        "WHERE organization_id = :organization AND key = :key AND job_id = :job",
        organization=Uuid,
        job=Uuid,
    )
)

READ_ROWS = statement(
    both(f"SELECT {COLUMNS} FROM jobs_jobs WHERE id IN @uuids(ids) ORDER BY id", JobRow),  # noqa: S608 - ours
    JobRow,
    unscoped=True,
)
LOCK_ROWS = statement(
    both(f"SELECT {COLUMNS} FROM jobs_jobs WHERE id IN @uuids(ids) ORDER BY id @for_update", JobRow),  # noqa: S608 - ours
    JobRow,
    unscoped=True,
)
_CHANGING: Final = (
    "state",
    "payload",
    "run_at",
    "due_at",
    "started_at",
    "ended_at",
    "prune_at",
    "attempt",
    "crashes",
    "lease_until",
    "worker",
    "stop",
    "parents",
    "progress",
    "result",
    "error",
)  # fmt: skip - a list to read, not sixteen lines
_WRITE: Final = (
    update(jobs)
    .where(jobs.c.id == param("id"))
    .values({name: param(name, jobs.c[name].type) for name in _CHANGING})
)
WRITE = statement(
    {"sqlite": _WRITE, "postgresql": _WRITE.values(epoch=text(NEWEST_EPOCH))},
    unscoped=True,
)
FIELDS: Final = ("id", *_CHANGING)
"""What `WRITE` takes of a row."""

MOVE = statement(
    both(f"INSERT INTO jobs_done ({COLUMNS}) SELECT {COLUMNS} FROM jobs_jobs WHERE id IN @uuids(ids)"),  # noqa: S608 - ours
    unscoped=True,
)
REMOVE = statement(both("DELETE FROM jobs_jobs WHERE id IN @uuids(ids)"), unscoped=True)
MOVE_BACK = statement(
    both(f"INSERT INTO jobs_jobs ({COLUMNS}) SELECT {COLUMNS} FROM jobs_done WHERE id IN @uuids(ids)"),  # noqa: S608 - ours
    unscoped=True,
)
REMOVE_DONE = statement(both("DELETE FROM jobs_done WHERE id IN @uuids(ids)"), unscoped=True)
LOCK_DONE = statement(
    both(f"SELECT {COLUMNS} FROM jobs_done WHERE id IN @uuids(ids) ORDER BY id @for_update", JobRow),  # noqa: S608 - ours
    JobRow,
    unscoped=True,
)

_ENDED: Final = ", ".join(
    {
        "state": "CAST('completed' AS text)",
        "ended_at": "@now",
        "prune_at": "@now + CAST(j.retain * 1000000 AS bigint)",
        "lease_until": "CAST(NULL AS bigint)",
        "result": "CASE WHEN CAST(:results AS text[]) IS NOT NULL THEN "
        "(CAST(:results AS text[]))[array_position(CAST(:leases AS bigint[]), j.lease)] END",
    }.get(name, f"j.{name}")
    for name in JobRow.__struct_fields__
)


FINISH_FREE = statement(
    {
        "sqlite": sql("sqlite", "SELECT :ids, :leases, :results, :at", int),
        "postgresql": sql(
            "postgresql",
            f"""WITH gone AS (
                DELETE FROM jobs_jobs j
                WHERE j.id = ANY (CAST(:ids AS uuid[]))
                AND coalesce(j.lease IN (SELECT unnest(CAST(:leases AS bigint[]))), false)
                AND coalesce(j.state, '') = 'running' AND NOT j.linked
                RETURNING {_ENDED}
            ), kept AS (
                INSERT INTO jobs_done ({COLUMNS}) SELECT * FROM gone AS g({COLUMNS})
                RETURNING lease, queue, due_at, started_at, ended_at
            ), counted AS (
                INSERT INTO jobs_minutes AS m (minute, queue, completed, failed, dead, stale, wait, run)
                SELECT min(ended_at) / 60000000 * 60000000, queue, count(*), 0, 0, 0,
                    sum(greatest(started_at - due_at, 0)) / 1e6, sum(greatest(ended_at - started_at, 0)) / 1e6
                FROM kept GROUP BY queue
                ON CONFLICT (minute, queue) DO UPDATE SET completed = m.completed + excluded.completed,
                    wait = m.wait + excluded.wait, run = m.run + excluded.run
            )
            SELECT lease AS value FROM kept""",  # noqa: S608 - our own words
            int,
        ),
    },
    int,
    unscoped=True,
)
"""End well, in one statement, every held claim that touches nothing else; PostgreSQL only.

`ids`, `leases` and `results` (none: all without one) go side by side. Leases come from a sequence,
so that each is of one claim only: one that is among `leases` is its outcome's. A join would say it
too, but badly: the planner takes these arrays for ten rows, or the table for an empty one, and
compares every row with every other.
"""

COUNT = statement(
    both(
        """INSERT INTO jobs_minutes (minute, queue, completed, failed, dead, stale, wait, run)
        VALUES (:minute, :queue, :completed, :failed, :dead, :stale, :wait, :run)
        ON CONFLICT (minute, queue) DO UPDATE SET completed = jobs_minutes.completed + excluded.completed,
        failed = jobs_minutes.failed + excluded.failed, dead = jobs_minutes.dead + excluded.dead,
        stale = jobs_minutes.stale + excluded.stale, wait = jobs_minutes.wait + excluded.wait,
        run = jobs_minutes.run + excluded.run"""
    )
)
STEP = statement(insert(steps))


class Extended(Struct, frozen=True):
    """A lease that was held, and whether its job is to stop."""

    id: UUID
    stop: bool


EXTEND = statement(
    {
        "sqlite": sql(
            "sqlite",
            """UPDATE jobs_jobs SET lease_until = @now + :seconds
            WHERE state = 'running' AND (id, lease) IN (
                SELECT json_extract(value, '$.id'), json_extract(value, '$.lease') FROM json_each(:rows)
            ) RETURNING id, stop""",
            Extended,
            rows=Json,
        ),
        "postgresql": sql(
            "postgresql",
            """UPDATE jobs_jobs j SET lease_until = @now + CAST(:seconds AS bigint)
            FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS r(id uuid, lease bigint)
            WHERE j.id = r.id AND j.lease = r.lease AND coalesce(j.state, '') = 'running'
            RETURNING j.id, j.stop""",
            Extended,
            rows=Json,
        ),
    },
    Extended,
    unscoped=True,
)
PROGRESS = statement(
    both(
        "UPDATE jobs_jobs SET progress = :fraction WHERE id = :id AND lease = :lease AND state = 'running' "
        "RETURNING id",
        UUID,
        id=Uuid,
    ),
    UUID,
    unscoped=True,
)


EDGE = statement(insert(edges))
LINK = statement(both("UPDATE jobs_jobs SET linked = true WHERE id IN @uuids(ids)"), unscoped=True)
END_EDGES = statement(
    both(
        "UPDATE jobs_edges SET ended = true WHERE parent = :id AND NOT ended RETURNING child", UUID, id=Uuid
    ),
    UUID,
)
STATES_DONE = statement(
    both(f"SELECT {COLUMNS} FROM jobs_done WHERE id IN @uuids(ids)", JobRow),  # noqa: S608 - our own words
    JobRow,
    unscoped=True,
)
