"""The tables of events: the log, its streams, and where each reader of it stands."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Index,
    Integer,
    PrimaryKeyConstraint,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from backstay.kernel.database import ACROSS, Timestamp, Uuid, id_column, module_tables, organization_column

metadata = module_tables("events")

_Counted = BigInteger().with_variant(Integer(), "sqlite")
"""SQLite counts by itself only in a column declared INTEGER."""

# An event is written without a position, in its publisher's transaction. Positions are given
# afterwards, to committed events only, in the order of `seq`: whatever order transactions commit
# in, no reader of positions can pass one by. Within a stream the order of `seq` is the order of
# commits, because the stream's row stays locked from the one to the other.
log = Table(
    "events_log",
    metadata,
    Column("seq", _Counted, primary_key=True, autoincrement=True),
    Column("position", BigInteger, nullable=True),
    Column("id", Uuid, nullable=False),
    organization_column(),
    Column("source", Text, nullable=False),
    Column("type", Text, nullable=False),
    Column("subject", Text, nullable=True),
    Column("stream", Text, nullable=True),
    Column("version", BigInteger, nullable=True),
    Column("time", Timestamp, nullable=False),
    Column("actor_id", Uuid, nullable=False),
    Column("data", Text, nullable=False),
    Column("traceparent", Text, nullable=True),
    Column("request_id", Text, nullable=True),
    Column("received", Boolean, nullable=False),
    UniqueConstraint("source", "id", name="uq_events_log_source"),
    UniqueConstraint("position", name="uq_events_log_position"),
    UniqueConstraint("organization_id", "stream", "version", name="uq_events_log_stream"),
    Index(
        "ix_events_log_pending",
        "seq",
        postgresql_where=text("position IS NULL"),
        sqlite_where=text("position IS NULL"),
    ),
    Index("ix_events_log_organization", "organization_id", "position"),
    Index("ix_events_log_type", "type", "position"),
    sqlite_autoincrement=True,
    info={
        ACROSS: {
            "seq": "given by the database",
            "source,id": "both are random",
            "position": "the log's own numbers",
        }
    },
)

streams = Table(
    "events_streams",
    metadata,
    organization_column(),
    Column("stream", Text, nullable=False),
    Column("version", BigInteger, nullable=False),
    # Loaded as an aggregate: its events outlive the log's retention.
    Column("kept", Boolean, nullable=False),
    PrimaryKeyConstraint("organization_id", "stream", name="pk_events_streams"),
)

snapshots = Table(
    "events_snapshots",
    metadata,
    organization_column(),
    Column("stream", Text, nullable=False),
    Column("aggregate", Text, nullable=False),
    Column("shape", Text, nullable=False),
    Column("version", BigInteger, nullable=False),
    Column("state", Text, nullable=False),
    PrimaryKeyConstraint("organization_id", "stream", "aggregate", name="pk_events_snapshots"),
)

# One row: the last position given. Whoever gives positions holds it locked meanwhile.
sequencer = Table(
    "events_sequencer",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("position", BigInteger, nullable=False),
    Column("roster", Text, nullable=False),
    Column("generation", BigInteger, nullable=False),
)

# One row: how far the log has left for the broker, and who takes it there at present.
relay = Table(
    "events_relay",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("position", BigInteger, nullable=False),
    # Raised by whoever takes over: it fences off the one before.
    Column("token", BigInteger, nullable=False),
    Column("leased_until", Timestamp, nullable=False),
    Column("refused", BigInteger, nullable=False),
    Column("error", Text, nullable=True),
)

inbox = Table(
    "events_inbox",
    metadata,
    Column("subscription", Text, nullable=False),
    Column("run", BigInteger, nullable=False),
    Column("seq", BigInteger, nullable=False),
    PrimaryKeyConstraint("subscription", "run", "seq", name="pk_events_inbox"),
)

replays = Table(
    "events_replays",
    metadata,
    Column("id", _Counted, primary_key=True, autoincrement=True),
    organization_column(),
    Column("subscription", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("first", BigInteger, nullable=False),
    Column("last", BigInteger, nullable=False),
    Column("position", BigInteger, nullable=False),
    Column("events", BigInteger, nullable=False),
    Column("created_at", Timestamp, nullable=False),
    Column("created_by", Uuid, nullable=False),
    Index(
        "ix_events_replays_running",
        "id",
        postgresql_where=text("state = 'running'"),
        sqlite_where=text("state = 'running'"),
    ),
    sqlite_autoincrement=True,
    info={ACROSS: {"id": "given by the database"}},
)

probes = Table(
    "events_probes",
    metadata,
    id_column(),
    organization_column(),
    Column("name", Text, nullable=False),
    Column("applied", BigInteger, nullable=False),
    Column("disorders", BigInteger, nullable=False),
    Column("last", BigInteger, nullable=False),
    Column("created_at", Timestamp, nullable=False),
    UniqueConstraint("organization_id", "name", name="uq_events_probes_name"),
)

projections = Table(
    "events_projections",
    metadata,
    Column("name", Text, nullable=False),
    Column("generation", Integer, nullable=False),
    Column("version", Integer, nullable=False),
    Column("state", Text, nullable=False),
    Column("position", BigInteger, nullable=False),
    Column("error", Text, nullable=True),
    Column("updated_at", Timestamp, nullable=False),
    Column("filling_from", BigInteger, nullable=True),
    PrimaryKeyConstraint("name", "generation", name="pk_events_projections"),
)
