"""The jobs' tables.

Ended jobs stay in the table of the living until their days are over; partial indexes, each
for one state, keep them out of every look-up that workers make.
"""

from __future__ import annotations

from typing import Final

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Float,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from backstay.kernel.database import Json, Timestamp, Uuid, module_tables, organization_column

metadata = module_tables("jobs")

_INTEGER_KEY: Final = BigInteger().with_variant(Integer, "sqlite")
"""SQLite counts by itself only in a column that is declared INTEGER PRIMARY KEY."""

jobs = Table(
    "jobs_jobs",
    metadata,
    Column("seq", _INTEGER_KEY, primary_key=True, autoincrement=True),
    Column("id", Uuid, nullable=False),
    organization_column(),
    Column("actor_id", Uuid, nullable=False),
    Column("kind", Text, nullable=False),
    Column("queue", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("priority", Integer, nullable=False),
    Column("run_at", Timestamp, nullable=False),
    Column("payload", Text, nullable=False),
    Column("attempt", Integer, nullable=False),
    Column("max_attempts", Integer, nullable=False),
    Column("crashes", Integer, nullable=False),
    Column("max_crashes", Integer, nullable=False),
    Column("lease", BigInteger, nullable=True),
    Column("lease_until", Timestamp, nullable=True),
    Column("worker", Text, nullable=True),
    Column("started_at", Timestamp, nullable=True),
    Column("finished_at", Timestamp, nullable=True),
    Column("cancel_asked", Boolean, nullable=False),
    Column("progress", Float, nullable=True),
    Column("result", Text, nullable=True),
    Column("error", Json, nullable=True),
    Column("lane", Text, nullable=True),
    Column("lane_limit", Integer, nullable=True),
    Column("lane_policy", Text, nullable=True),
    Column("unique_key", Text, nullable=True),
    Column("rate_key", Text, nullable=True),
    Column("rate", Json, nullable=True),
    Column("pending", Integer, nullable=False),
    Column("parent", Boolean, nullable=False),
    Column("retain", Float, nullable=False),
    Column("flow_id", Uuid, nullable=True),
    Column("schedule", Text, nullable=True),
    Column("traceparent", Text, nullable=True),
    Column("request_id", Text, nullable=True),
    Column("created_at", Timestamp, nullable=False),
    Column("expires_at", Timestamp, nullable=True),
)
"""`seq` is the order of enqueueing. `pending` counts the jobs this one still waits for; `parent` says that
others wait for it. `lane` is an order or concurrency key, of which `lane_limit` jobs are let in at a time."""

_READY: Final = text("state = 'ready'")
_RUNNING: Final = text("state = 'running'")
_DUE: Final = text("state IN ('scheduled', 'failed')")
_WAITING: Final = text("state IN ('waiting', 'parked') AND lane IS NOT NULL")
_ENDED: Final = text("expires_at IS NOT NULL")
_FLOW: Final = text("flow_id IS NOT NULL")
Index("uq_jobs_jobs_id", jobs.c.id, unique=True)
for _name, _columns, _where in (
    ("ready", (jobs.c.queue, jobs.c.organization_id, jobs.c.priority, jobs.c.seq), _READY),
    ("running", (jobs.c.lease_until,), _RUNNING),
    ("due", (jobs.c.run_at,), _DUE),
    ("waiting", (jobs.c.lane, jobs.c.seq), _WAITING),
    ("ended", (jobs.c.expires_at,), _ENDED),
    ("flow", (jobs.c.flow_id,), _FLOW),
):
    Index(f"ix_jobs_jobs_{_name}", *_columns, sqlite_where=_where, postgresql_where=_where)

lanes = Table(
    "jobs_lanes",
    metadata,
    Column("key", Text, primary_key=True),
    Column("places", Integer, nullable=False),
    Column("taken", Integer, nullable=False),
)
"""One row a key in use: how many of its jobs may be let in at once, and how many are."""

uniques = Table(
    "jobs_uniques",
    metadata,
    Column("key", Text, primary_key=True),
    Column("job_id", Uuid, nullable=False),
    Column("until", Timestamp, nullable=True),
)
"""Unique keys that are taken: while the job lives, or `until` a moment if that is set."""

edges = Table(
    "jobs_edges",
    metadata,
    Column("parent_id", Uuid, primary_key=True),
    Column("child_id", Uuid, primary_key=True),
    Column("on_failure", Text, nullable=False),
    Index("ix_jobs_edges_child_id", "child_id"),
)

queues = Table(
    "jobs_queues",
    metadata,
    Column("queue", Text, primary_key=True),
    Column("paused", Boolean, nullable=False),
    Column("concurrency", Integer, nullable=True),
    Column("rate", Integer, nullable=True),
    Column("rate_seconds", Float, nullable=True),
)
"""Queues that are paused or limited; the others have no row."""

starts = Table(
    "jobs_starts",
    metadata,
    Column("key", Text, primary_key=True),
    Column("earliest", Timestamp, nullable=False),
)
"""When a rate key, or a limited queue, has its next free start: the theoretical arrival time of GCRA."""

steps = Table(
    "jobs_steps",
    metadata,
    Column("seq", _INTEGER_KEY, primary_key=True, autoincrement=True),
    Column("job_id", Uuid, nullable=False),
    Column("at", Timestamp, nullable=False),
    Column("state", Text, nullable=False),
    Column("attempt", Integer, nullable=False),
    Column("worker", Text, nullable=True),
    Column("error", Json, nullable=True),
    Column("note", Text, nullable=False),
    Index("ix_jobs_steps_job_id", "job_id", "seq"),
)
"""The steps that a job's own columns do not tell: failures, rescues, snoozes, cancels, replays."""

effects = Table(
    "jobs_effects",
    metadata,
    Column("job_id", Uuid, primary_key=True),
    Column("effect", Text, primary_key=True),
)
"""What a job's attempts have done once and must not do again."""

minutes = Table(
    "jobs_minutes",
    metadata,
    Column("minute", Timestamp, primary_key=True),
    Column("queue", Text, primary_key=True),
    Column("completed", Integer, nullable=False),
    Column("failed", Integer, nullable=False),
    Column("dead", Integer, nullable=False),
    Column("stale", Integer, nullable=False),
    Column("wait", Float, nullable=False),
    Column("run", Float, nullable=False),
)
"""What ended in each minute, a queue; workers add up and write about once a second."""

leases = Table("jobs_leases", metadata, Column("latest", _INTEGER_KEY, primary_key=True, autoincrement=False))
"""SQLite's one row that counts leases; PostgreSQL has the sequence `jobs_lease`, made by the migration."""

outgoing = Table(
    "jobs_outgoing",
    metadata,
    Column("position", _INTEGER_KEY, primary_key=True, autoincrement=True),
    Column("id", Uuid, nullable=False),
    Column("organization_id", Uuid, nullable=False),
    Column("unique_key", Text, nullable=True),
    Column("job", LargeBinary, nullable=False),
    UniqueConstraint("organization_id", "unique_key"),
    Index("uq_jobs_outgoing_id", "id", unique=True),
)
"""Jobs on their way to Redis, in the commit that wanted them. Empty when the relay is at rest.

The organization's column has no role: the relay and the schedulers serve all organizations.
"""
