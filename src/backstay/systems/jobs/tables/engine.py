"""The jobs system's tables: a small hot one, one for what has ended, and the books beside them.

Moments are whole microseconds since 1970 rather than timestamps: they are compared and moved
inside statements that must read alike on both databases. No table has the organization's role,
because workers claim across organizations; the statements that people reach scope by hand.
"""

from __future__ import annotations

from typing import Any, Final

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

from backstay.kernel.database import DERIVED, Uuid, id_column, module_tables
from backstay.systems.jobs.contracts import JobState

metadata = module_tables("jobs")


def _part(name: str, *columns: str, where: str) -> Index:
    """An index of a part of its table.

    The states in `where` are literals, as in statements: a parameter would hide the index from the planner.
    """
    return Index(name, *columns, postgresql_where=text(where), sqlite_where=text(where))


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


HELD_STATES: Final = (
    JobState.SCHEDULED,
    JobState.WAITING,
    JobState.FAILED,
    JobState.PARKED,
    JobState.DEAD,
)
"""Where a job rests: it is not on the quick way from ready over running to its end."""
HELD: Final = "state IN ({})".format(", ".join(f"'{state.value}'" for state in HELD_STATES))
"""SQL."""

_EPOCHS: Final = {DERIVED: "where claims look first; without them they look everywhere"}

jobs = Table(
    "jobs_jobs",
    metadata,
    *_job_columns(),
    # When it became ready (see `engines/sql_epochs.py`).
    Column("epoch", BigInteger, nullable=False, server_default="0", info=_EPOCHS),
    _part(
        "ix_jobs_jobs_ready",
        "epoch",
        "queue",
        "priority",
        "organization_id",
        "id",
        where="state = 'ready' AND NOT gated",
    ),
    _part("ix_jobs_jobs_gated", "queue", "priority", "id", where="state = 'ready' AND gated"),
    _part("ix_jobs_jobs_due", "run_at", where="state IN ('scheduled', 'failed')"),
    _part("ix_jobs_jobs_running", "lease_until", where="state = 'running'"),
    _part("ix_jobs_jobs_dead", "prune_at", where="state = 'dead'"),
    _part(
        "ix_jobs_jobs_lane",
        "organization_id",
        "order_key",
        "place",
        where="order_key IS NOT NULL AND state IN ('waiting', 'parked')",
    ),
    _part(
        "ix_jobs_jobs_head",
        "organization_id",
        "order_key",
        where="order_key IS NOT NULL AND state NOT IN ('waiting', 'parked')",
    ),
    # Room for the entries that claims add beside those of ids that ascend; the primary key's has it, too.
    Index(None, "organization_id", "id", postgresql_with={"fillfactor": 50}),
    # For lists. The quick way of a job touches none of them.
    _part("ix_jobs_jobs_held", "organization_id", "state", "id", where=HELD),
    _part("ix_jobs_jobs_flow_id", "flow_id", "id", where="flow_id IS NOT NULL"),
    _part("ix_jobs_jobs_schedule", "schedule", "id", where="schedule IS NOT NULL"),
)

epochs = Table(
    "jobs_epochs",
    metadata,
    Column("epoch", BigInteger, primary_key=True, autoincrement=False),
    Column("dead", BigInteger, nullable=False),
    Column("opened_at", BigInteger, nullable=True),
    info=_EPOCHS,
)
"""The epochs into which claims look; on SQLite always the first."""

done = Table(
    "jobs_done",
    metadata,
    *_job_columns(),
    Index(None, "organization_id", "id"),
    Index(None, "prune_at"),
    _part("ix_jobs_done_cancelled", "organization_id", "id", where="state = 'cancelled'"),
    _part("ix_jobs_done_flow_id", "flow_id", "id", where="flow_id IS NOT NULL"),
    _part("ix_jobs_done_schedule", "schedule", "id", where="schedule IS NOT NULL"),
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
    _part("ix_jobs_keys_until", "until", where="NOT live"),
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
