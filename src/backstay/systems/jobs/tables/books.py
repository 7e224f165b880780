"""The books that the house keeps in its database, also when the jobs themselves are on Redis."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Integer,
    PrimaryKeyConstraint,
    Table,
    Text,
    UniqueConstraint,
)

from backstay.kernel.database import Timestamp, Uuid, id_column, organization_column
from backstay.systems.jobs.tables.engine import metadata

# Jobs that do nothing but leave a mark: what the guarantees, and people trying the system out, enqueue.
probes = Table(
    "jobs_probes",
    metadata,
    id_column(),
    organization_column(),
    Column("name", Text, nullable=False),
    Column("effects", Integer, nullable=False),
    Column("attempt", Integer, nullable=True),
    Column("began_at", Timestamp, nullable=True),
    Column("ended_at", Timestamp, nullable=True),
    Column("created_at", Timestamp, nullable=False),
    UniqueConstraint("organization_id", "name"),
)

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

workers = Table(
    "jobs_workers",
    metadata,
    Column("name", Text, primary_key=True),
    # The queues that it serves, as JSON.
    Column("queues", Text, nullable=False),
    Column("places", Integer, nullable=False),
    Column("running", Integer, nullable=False),
    Column("started_at", BigInteger, nullable=False),
    Column("seen_at", BigInteger, nullable=False),
    # When it counts as dead if nothing is heard of it again.
    Column("until", BigInteger, nullable=False),
    # The most bytes of memory that it had held when it was last heard of.
    Column("memory", BigInteger, nullable=True),
    # How its process ended, as its supervisor saw it.
    Column("ended", Text, nullable=True),
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

breakers = Table(
    "jobs_breakers",
    metadata,
    Column("kind", Text, primary_key=True),
    Column("opened_at", BigInteger, nullable=False),
    # No job of the kind is tried before this moment, and then one.
    Column("until", BigInteger, nullable=False),
    Column("probes", Integer, nullable=False),
    Column("error", Text, nullable=False),
)
