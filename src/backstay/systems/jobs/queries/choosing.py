"""How ready jobs that nothing limits are chosen, as the beginning of a statement.

Fairness costs nothing at enqueue: the index is (epoch, queue, priority, organization, id), a loose
scan hops from organization to organization, and each gives its share of the batch.
"""

from __future__ import annotations

from typing import Final

from backstay.kernel.database import Dialect

_OPEN: Final = """
    opened AS @M (
        SELECT q.value AS queue, e.epoch FROM @texts(queues) q CROSS JOIN @epochs
        WHERE NOT EXISTS (
            SELECT 1 FROM jobs_queues s WHERE s.queue = q.value
            AND (s.paused OR s.rate_count IS NOT NULL OR s.concurrency IS NOT NULL)
        ) ORDER BY e.epoch
    ),
    @level"""

# There are two or three. Of a table that no ANALYZE has seen PostgreSQL supposes thousands of rows, and
# then plans every claim anew and compiles it: it took three times as long, and with JIT most of a second.
# Of an array it supposes ten.
_EPOCHS: Final[dict[Dialect, str]] = {
    "sqlite": "jobs_epochs e",
    "postgresql": "unnest(ARRAY(SELECT epoch FROM jobs_epochs)) AS e(epoch)",
}

# On PostgreSQL what is no longer ready stays in the index until a vacuum, and in front: every look for the
# first walks over it. So the first is looked for once, and all that follows begins where it was found.
# `from_…` is where the look for it begins, but for what is more urgent (see `engines/sql_crowd.py`).
_LEVEL: Final[dict[Dialect, str]] = {
    "sqlite": """level AS MATERIALIZED (
        SELECT min((
            SELECT x.priority FROM jobs_jobs x
            WHERE x.state = 'ready' AND NOT x.gated AND x.epoch = o.epoch AND x.queue = o.queue
            AND x.priority >= :least
            ORDER BY x.priority LIMIT 1
        )) AS priority FROM opened o
    )""",
    "postgresql": """first AS MATERIALIZED (
        SELECT o.epoch, o.queue, x.priority, x.organization_id, x.id FROM opened o CROSS JOIN LATERAL (
            (SELECT y.priority, y.organization_id, y.id FROM jobs_jobs y
            WHERE y.state = 'ready' AND NOT y.gated AND y.epoch = o.epoch AND y.queue = o.queue
            AND y.priority >= CAST(:least AS int) AND y.priority < CAST(:from_priority AS int)
            ORDER BY y.priority, y.organization_id, y.id LIMIT 1)
            UNION ALL
            (SELECT y.priority, y.organization_id, y.id FROM jobs_jobs y
            WHERE y.state = 'ready' AND NOT y.gated AND y.epoch = o.epoch AND y.queue = o.queue
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
            WHERE x.state = 'ready' AND NOT x.gated AND x.epoch = o.epoch AND x.queue = o.queue
            AND x.priority = (SELECT priority FROM level) AND x.organization_id > @after
            ORDER BY x.organization_id LIMIT 1
        ))) FROM opened o
    )"""

# Of one claim, 64 organizations; the next goes on behind the last one served.
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
            WHERE x.state = 'ready' AND NOT x.gated AND x.epoch = o.epoch AND x.queue = o.queue
            AND x.priority = v.priority
            AND x.organization_id = g.organization_id ORDER BY x.id
            LIMIT (:limit + (SELECT count(*) FROM circle) - 1) / (SELECT count(*) FROM circle)
        ) LIMIT :limit
    )""",
    "postgresql": """
    picked AS MATERIALIZED (
        SELECT j.id, j.place FROM circle g CROSS JOIN opened o CROSS JOIN level v
        LEFT JOIN first f
        ON f.epoch = o.epoch AND f.queue = o.queue AND f.priority = v.priority
        AND f.organization_id = g.organization_id
        CROSS JOIN LATERAL (
            SELECT x.id, x.ctid AS place FROM jobs_jobs x
            WHERE x.state = 'ready' AND NOT x.gated AND x.epoch = o.epoch AND x.queue = o.queue
            AND x.priority = v.priority
            AND x.organization_id = g.organization_id
            AND x.id >= coalesce(f.id, '00000000-0000-0000-0000-000000000000') ORDER BY x.id
            LIMIT (CAST(:limit AS bigint) + (SELECT count(*) FROM circle) - 1) / (SELECT count(*) FROM circle)
            @skip_locked
        ) j LIMIT CAST(:limit AS bigint)
    )""",
}


def choice(dialect: Dialect, *, locked: bool) -> str:
    """The expressions that end in `picked`, the ids of the choice, on PostgreSQL with where they lie."""
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
    made = made.replace("@level", _LEVEL[dialect]).replace("@epochs", _EPOCHS[dialect])
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
