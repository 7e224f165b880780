"""How ready jobs are chosen and taken: one statement for free jobs, a locked choice for limited ones.

Fairness costs nothing at enqueue: the index is (queue, priority, organization, id), a loose
scan hops from organization to organization, and each gives its share of the batch.
"""

from __future__ import annotations

from typing import Final

from msgspec import Struct

from backstay.kernel.database import Dialect, Uuid, statement
from backstay.systems.jobs.queries.rows import J_COLUMNS, TAKEN_COLUMNS, JobRow, TakenRow, both, sql

GROUPS: Final = 64
"""Organizations looked at in one claim; the next claim goes on behind the last one served."""

_OPEN: Final = """
    opened AS @M (
        SELECT q.value AS queue FROM @texts(queues) q
        WHERE NOT EXISTS (
            SELECT 1 FROM jobs_queues s WHERE s.queue = q.value
            AND (s.paused OR s.rate_count IS NOT NULL OR s.concurrency IS NOT NULL)
        )
    ),
    @level"""

# On PostgreSQL what is no longer ready stays in the index until a vacuum, and in front: every look for the
# first walks over it. So the first is looked for once, and all that follows begins where it was found.
# `from_…` is where the look for it begins, but for what is more urgent (see `engines/sql_crowd.py`).
_LEVEL: Final[dict[Dialect, str]] = {
    "sqlite": """level AS MATERIALIZED (
        SELECT min((
            SELECT x.priority FROM jobs_jobs x
            WHERE x.state = 'ready' AND NOT x.gated AND x.queue = o.queue AND x.priority >= :least
            ORDER BY x.priority LIMIT 1
        )) AS priority FROM opened o
    )""",
    "postgresql": """first AS MATERIALIZED (
        SELECT o.queue, x.priority, x.organization_id, x.id FROM opened o CROSS JOIN LATERAL (
            (SELECT y.priority, y.organization_id, y.id FROM jobs_jobs y
            WHERE y.state = 'ready' AND NOT y.gated AND y.queue = o.queue
            AND y.priority >= CAST(:least AS int) AND y.priority < CAST(:from_priority AS int)
            ORDER BY y.priority, y.organization_id, y.id LIMIT 1)
            UNION ALL
            (SELECT y.priority, y.organization_id, y.id FROM jobs_jobs y
            WHERE y.state = 'ready' AND NOT y.gated AND y.queue = o.queue
            AND y.priority >= CAST(:least AS int) AND (y.priority, y.organization_id, y.id)
            >= (CAST(:from_priority AS int), CAST(:from_organization AS uuid), CAST(:from_id AS uuid))
            ORDER BY y.priority, y.organization_id, y.id LIMIT 1)
            LIMIT 1
        ) x
    ),
    level AS MATERIALIZED (SELECT min(priority) AS priority FROM first)""",
}

# The level is a scalar, not a join: so it bounds the index, and a hop reads one entry of it instead of all.
_NEXT: Final = """(
        SELECT @out(min((
            SELECT @in(x.organization_id) FROM jobs_jobs x
            WHERE x.state = 'ready' AND NOT x.gated AND x.queue = o.queue
            AND x.priority = (SELECT priority FROM level) AND x.organization_id > @after
            ORDER BY x.organization_id LIMIT 1
        ))) FROM opened o
    )"""

_GROUPS: Final = """
    later(organization_id) AS (
        SELECT @next_spin
        UNION ALL
        SELECT @next_later FROM later l WHERE l.organization_id IS NOT NULL
    ),
    earlier(organization_id) AS (
        SELECT @next_zero
        UNION ALL
        SELECT @next_earlier FROM earlier e WHERE e.organization_id <= @spin
    ),
    circle AS @M (
        SELECT organization_id FROM (
            SELECT organization_id FROM later WHERE organization_id IS NOT NULL
            UNION ALL
            SELECT organization_id FROM earlier WHERE organization_id <= @spin
        ) AS both_halves LIMIT 64
    )"""

_PICKED: Final[dict[Dialect, str]] = {
    "sqlite": """
    picked AS MATERIALIZED (
        SELECT j.id AS id FROM circle g CROSS JOIN opened o CROSS JOIN level v CROSS JOIN jobs_jobs j
        WHERE j.id IN (
            SELECT x.id FROM jobs_jobs x
            WHERE x.state = 'ready' AND NOT x.gated AND x.queue = o.queue AND x.priority = v.priority
            AND x.organization_id = g.organization_id ORDER BY x.id
            LIMIT (:limit + (SELECT count(*) FROM circle) - 1) / (SELECT count(*) FROM circle)
        ) LIMIT :limit
    )""",
    "postgresql": """
    picked AS MATERIALIZED (
        SELECT j.id, j.place FROM circle g CROSS JOIN opened o CROSS JOIN level v
        LEFT JOIN first f
        ON f.queue = o.queue AND f.priority = v.priority AND f.organization_id = g.organization_id
        CROSS JOIN LATERAL (
            SELECT x.id, x.ctid AS place FROM jobs_jobs x
            WHERE x.state = 'ready' AND NOT x.gated AND x.queue = o.queue AND x.priority = v.priority
            AND x.organization_id = g.organization_id
            AND x.id >= coalesce(f.id, '00000000-0000-0000-0000-000000000000') ORDER BY x.id
            LIMIT (CAST(:limit AS bigint) + (SELECT count(*) FROM circle) - 1) / (SELECT count(*) FROM circle)
            @skip_locked
        ) j LIMIT CAST(:limit AS bigint)
    )""",
}


def _choice(dialect: Dialect, *, locked: bool) -> str:
    postgres = dialect == "postgresql"
    out = ("CAST({} AS uuid)", "CAST({} AS text)") if postgres else ("{}", "{}")
    spin = "CAST(:spin AS uuid)" if postgres else ":spin"

    def following(after: str) -> str:
        made = _NEXT.replace("@after", after)
        for word, shape in zip(("@out(", "@in("), out, strict=True):
            start = made.index(word)
            depth, end = 1, start + len(word)
            while depth:
                depth += {"(": 1, ")": -1}.get(made[end], 0)
                end += 1
            made = made[:start] + shape.format(made[start + len(word) : end - 1]) + made[end:]
        return made

    made = f"WITH RECURSIVE {_OPEN}, {_GROUPS}, {_PICKED[dialect]}"
    made = made.replace("@level", _LEVEL[dialect])
    # The nil organization, the house's own, is met first only when the circle starts at it.
    later, earlier = following(spin), following("''").replace("> ''", ">= ''")
    if postgres:
        first = "SELECT CAST(min(CAST(f.organization_id AS text)) AS uuid)"
        earlier = f"({first} FROM first f JOIN level USING (priority))"
        later = f"CASE WHEN {earlier} > {spin} THEN {earlier} ELSE {later} END"
    made = made.replace("@next_spin", later).replace("@next_later", following("l.organization_id"))
    made = made.replace("@next_zero", earlier)
    made = made.replace("@next_earlier", following("e.organization_id")).replace("@spin", spin)
    made = made.replace("@M", "MATERIALIZED")
    return made if locked else made.replace("@skip_locked", "")


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
        name: sql(name, _taken(name, _choice(name, locked=True), "picked"), TakenRow, **_PLACES)
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
            f"{_choice(name, locked=False)} "  # noqa: S608 - ours
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
