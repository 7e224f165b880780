"""The jobs system's tables: a small hot one, one for what has ended, and the books beside them.

Moments are whole microseconds since 1970 rather than timestamps: they are compared and moved
inside statements that must read alike on both databases. No table has the organization's role,
because workers claim across organizations; the statements that people reach scope by hand.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Float,
    Index,
    Integer,
    LargeBinary,
    PrimaryKeyConstraint,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from backstay.kernel.database import Timestamp, Uuid, id_column, module_tables, organization_column

metadata = module_tables("jobs")


def _job_columns() -> tuple[Column[Any], ...]:
    return (
        id_column(),
        Column("organization_id", Uuid, nullable=False),
        Column("actor_id", Uuid, nullable=False),
        Column("kind", Text, nullable=False),
        Column("queue", Text, nullable=False),
        Column("priority", Integer, nullable=False),
        Column("state", Text, nullable=False),
        Column("payload", Text, nullable=False),
        Column("run_at", BigInteger, nullable=False),
        Column("due_at", BigInteger, nullable=False),
        Column("created_at", BigInteger, nullable=False),
        Column("started_at", BigInteger, nullable=True),
        Column("ended_at", BigInteger, nullable=True),
        Column("prune_at", BigInteger, nullable=True),
        Column("attempt", Integer, nullable=False),
        Column("max_attempts", Integer, nullable=False),
        Column("crashes", Integer, nullable=False),
        Column("max_crashes", Integer, nullable=False),
        Column("lease", BigInteger, nullable=False),
        Column("lease_until", BigInteger, nullable=True),
        Column("worker", Text, nullable=True),
        Column("stop", Boolean, nullable=False),
        Column("unique_key", Text, nullable=True),
        Column("unique_for", Float, nullable=True),
        Column("order_key", Text, nullable=True),
        Column("order_failure", Text, nullable=False),
        Column("place", BigInteger, nullable=True),
        Column("concurrency_key", Text, nullable=True),
        Column("concurrency", Integer, nullable=True),
        Column("rate_key", Text, nullable=True),
        Column("rate_count", Integer, nullable=True),
        Column("rate_seconds", Float, nullable=True),
        Column("retain", Float, nullable=False),
        Column("parents", Integer, nullable=False),
        Column("on_parent_failure", Text, nullable=False),
        Column("flow_id", Uuid, nullable=True),
        Column("schedule", Text, nullable=True),
        Column("traceparent", Text, nullable=True),
        Column("request_id", Text, nullable=True),
        Column("progress", Float, nullable=True),
        Column("result", Text, nullable=True),
        Column("error", Text, nullable=True),
        # Whether a limit must be looked at before it is claimed, and whether its end touches anything else.
        Column("gated", Boolean, nullable=False),
        Column("linked", Boolean, nullable=False),
    )


# The states in the partial indexes are literals, as they are in the statements: a parameter would
# hide the index from the planner.
jobs = Table(
    "jobs_jobs",
    metadata,
    *_job_columns(),
    Index(
        "ix_jobs_jobs_ready",
        "queue",
        "priority",
        "organization_id",
        "id",
        postgresql_where=text("state = 'ready' AND NOT gated"),
        sqlite_where=text("state = 'ready' AND NOT gated"),
    ),
    Index(
        "ix_jobs_jobs_gated",
        "queue",
        "priority",
        "id",
        postgresql_where=text("state = 'ready' AND gated"),
        sqlite_where=text("state = 'ready' AND gated"),
    ),
    Index(
        "ix_jobs_jobs_due",
        "run_at",
        postgresql_where=text("state IN ('scheduled', 'failed')"),
        sqlite_where=text("state IN ('scheduled', 'failed')"),
    ),
    Index(
        "ix_jobs_jobs_running",
        "lease_until",
        postgresql_where=text("state = 'running'"),
        sqlite_where=text("state = 'running'"),
    ),
    Index(
        "ix_jobs_jobs_dead",
        "prune_at",
        postgresql_where=text("state = 'dead'"),
        sqlite_where=text("state = 'dead'"),
    ),
    Index(
        "ix_jobs_jobs_lane",
        "organization_id",
        "order_key",
        "place",
        postgresql_where=text("order_key IS NOT NULL AND state IN ('waiting', 'parked')"),
        sqlite_where=text("order_key IS NOT NULL AND state IN ('waiting', 'parked')"),
    ),
    Index(
        "ix_jobs_jobs_head",
        "organization_id",
        "order_key",
        postgresql_where=text("order_key IS NOT NULL AND state NOT IN ('waiting', 'parked')"),
        sqlite_where=text("order_key IS NOT NULL AND state NOT IN ('waiting', 'parked')"),
    ),
    Index(None, "organization_id", "id"),
)

done = Table(
    "jobs_done",
    metadata,
    *_job_columns(),
    Index(None, "organization_id", "id"),
    Index(None, "prune_at"),
)

steps = Table(
    "jobs_steps",
    metadata,
    id_column(),
    Column("job_id", Uuid, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("state", Text, nullable=False),
    Column("attempt", Integer, nullable=False),
    Column("worker", Text, nullable=True),
    Column("error", Text, nullable=True),
    Column("note", Text, nullable=False),
    Index(None, "job_id", "id"),
)

edges = Table(
    "jobs_edges",
    metadata,
    Column("child", Uuid, nullable=False),
    Column("parent", Uuid, nullable=False),
    Column("ended", Boolean, nullable=False),
    PrimaryKeyConstraint("child", "parent"),
    Index(None, "parent"),
)

# The last number given out under a name: places in an order key's line and, on SQLite, leases.
numbers = Table(
    "jobs_numbers",
    metadata,
    Column("name", Text, primary_key=True),
    Column("last", BigInteger, nullable=False),
)

keys = Table(
    "jobs_keys",
    metadata,
    Column("organization_id", Uuid, nullable=False),
    Column("key", Text, nullable=False),
    Column("job_id", Uuid, nullable=False),
    # While it is true the key is taken; afterwards until the moment in `until`.
    Column("live", Boolean, nullable=False),
    Column("until", BigInteger, nullable=True),
    PrimaryKeyConstraint("organization_id", "key"),
    Index(
        "ix_jobs_keys_until",
        "until",
        postgresql_where=text("NOT live"),
        sqlite_where=text("NOT live"),
    ),
)

starts = Table(
    "jobs_starts",
    metadata,
    id_column(),
    Column("key", Text, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("until", BigInteger, nullable=False),
    Index(None, "key", "at"),
    Index(None, "until"),
)

queues = Table(
    "jobs_queues",
    metadata,
    Column("queue", Text, primary_key=True),
    Column("paused", Boolean, nullable=False),
    Column("rate_count", Integer, nullable=True),
    Column("rate_seconds", Float, nullable=True),
    Column("concurrency", Integer, nullable=True),
)

# What the attempts of a job have done once and must not do again.
effects = Table(
    "jobs_effects",
    metadata,
    Column("job_id", Uuid, primary_key=True),
    Column("effect", Text, primary_key=True),
)

minutes = Table(
    "jobs_minutes",
    metadata,
    Column("minute", BigInteger, nullable=False),
    Column("queue", Text, nullable=False),
    Column("completed", BigInteger, nullable=False),
    Column("failed", BigInteger, nullable=False),
    Column("dead", BigInteger, nullable=False),
    Column("stale", BigInteger, nullable=False),
    Column("wait", Float, nullable=False),
    Column("run", Float, nullable=False),
    PrimaryKeyConstraint("minute", "queue"),
)

# Jobs that do nothing but leave a mark: what the guarantees, and people trying the system out, enqueue.
probes = Table(
    "jobs_probes",
    metadata,
    id_column(),
    organization_column(),
    Column("name", Text, nullable=False),
    Column("effects", Integer, nullable=False),
    Column("attempt", Integer, nullable=True),
    Column("created_at", Timestamp, nullable=False),
    UniqueConstraint("organization_id", "name"),
)

# SQLite counts by itself only in a column that is declared INTEGER PRIMARY KEY.
_Position = BigInteger().with_variant(Integer, "sqlite")

outgoing = Table(
    "jobs_outgoing",
    metadata,
    Column("position", _Position, primary_key=True, autoincrement=True),
    Column("id", Uuid, nullable=False),
    Column("organization_id", Uuid, nullable=False),
    Column("unique_key", Text, nullable=True),
    Column("job", LargeBinary, nullable=False),
    UniqueConstraint("organization_id", "unique_key"),
    Index("uq_jobs_outgoing_id", "id", unique=True),
)
"""Jobs on their way to Redis, in the commit that wanted them. Empty when the relay is at rest."""

schedules = Table(
    "jobs_schedules",
    metadata,
    Column("name", Text, primary_key=True),
    Column("paused", Boolean, nullable=False),
    # No tick at or before this moment is fired any more: when it was first seen, resumed, or pruned to.
    Column("floor", BigInteger, nullable=False),
    # Who looks after it, and until when if it is not heard of again.
    Column("holder", Text, nullable=True),
    Column("held_until", BigInteger, nullable=True),
)

# Every tick that was fired. The key is what makes it once, whatever the number of schedulers.
ticks = Table(
    "jobs_ticks",
    metadata,
    Column("schedule", Text, nullable=False),
    Column("tick", BigInteger, nullable=False),
    Column("fired_at", BigInteger, nullable=False),
    # Its own job, or the one whose presence kept it from having one.
    Column("job_id", Uuid, nullable=True),
    Column("skipped", Boolean, nullable=False),
    PrimaryKeyConstraint("schedule", "tick"),
)
