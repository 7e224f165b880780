"""Create events."""

import sqlalchemy as sa
from alembic import op

from backstay.kernel.database import Timestamp, Uuid

revision = "events_0001"
down_revision = None
branch_labels = ("events",)


def upgrade() -> None:
    op.create_table(
        "events_inbox",
        sa.Column("subscription", sa.Text(), nullable=False),
        sa.Column("run", sa.BigInteger(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("subscription", "run", "seq", name="pk_events_inbox"),
    )
    op.create_table(
        "events_log",
        sa.Column(
            "seq", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("position", sa.BigInteger(), nullable=True),
        sa.Column("id", Uuid(), nullable=False),
        sa.Column("organization_id", Uuid(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=True),
        sa.Column("stream", sa.Text(), nullable=True),
        sa.Column("version", sa.BigInteger(), nullable=True),
        sa.Column("time", Timestamp(), nullable=False),
        sa.Column("actor_id", Uuid(), nullable=False),
        sa.Column("data", sa.Text(), nullable=False),
        sa.Column("traceparent", sa.Text(), nullable=True),
        sa.Column("request_id", sa.Text(), nullable=True),
        sa.Column("received", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_events_log")),
        sa.UniqueConstraint("organization_id", "stream", "version", name="uq_events_log_stream"),
        sa.UniqueConstraint("position", name="uq_events_log_position"),
        sa.UniqueConstraint("source", "id", name="uq_events_log_source"),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("events_log", schema=None) as batch_op:
        batch_op.create_index("ix_events_log_organization", ["organization_id", "position"], unique=False)
        batch_op.create_index(
            "ix_events_log_pending",
            ["seq"],
            unique=False,
            postgresql_where=sa.text("position IS NULL"),
            sqlite_where=sa.text("position IS NULL"),
        )
        batch_op.create_index("ix_events_log_type", ["type", "position"], unique=False)
    op.create_table(
        "events_probes",
        sa.Column("id", Uuid(), nullable=False),
        sa.Column("organization_id", Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("applied", sa.BigInteger(), nullable=False),
        sa.Column("disorders", sa.BigInteger(), nullable=False),
        sa.Column("last", sa.BigInteger(), nullable=False),
        sa.Column("created_at", Timestamp(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_events_probes")),
        sa.UniqueConstraint("organization_id", "name", name="uq_events_probes_name"),
    )
    op.create_table(
        "events_projections",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("updated_at", Timestamp(), nullable=False),
        sa.PrimaryKeyConstraint("name", "generation", name="pk_events_projections"),
    )
    op.create_table(
        "events_replays",
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("organization_id", Uuid(), nullable=False),
        sa.Column("subscription", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("first", sa.BigInteger(), nullable=False),
        sa.Column("last", sa.BigInteger(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("events", sa.BigInteger(), nullable=False),
        sa.Column("created_at", Timestamp(), nullable=False),
        sa.Column("created_by", Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_events_replays")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("events_replays", schema=None) as batch_op:
        batch_op.create_index(
            "ix_events_replays_running",
            ["id"],
            unique=False,
            postgresql_where=sa.text("state = 'running'"),
            sqlite_where=sa.text("state = 'running'"),
        )
    op.create_table(
        "events_sequencer",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("roster", sa.Text(), nullable=False),
        sa.Column("generation", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_events_sequencer")),
    )
    op.create_table(
        "events_snapshots",
        sa.Column("organization_id", Uuid(), nullable=False),
        sa.Column("stream", sa.Text(), nullable=False),
        sa.Column("aggregate", sa.Text(), nullable=False),
        sa.Column("shape", sa.Text(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("organization_id", "stream", "aggregate", name="pk_events_snapshots"),
    )
    op.create_table(
        "events_streams",
        sa.Column("organization_id", Uuid(), nullable=False),
        sa.Column("stream", sa.Text(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("kept", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("organization_id", "stream", name="pk_events_streams"),
    )


def downgrade() -> None:
    op.drop_table("events_streams")
    op.drop_table("events_snapshots")
    op.drop_table("events_sequencer")
    with op.batch_alter_table("events_replays", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_events_replays_running",
            postgresql_where=sa.text("state = 'running'"),
            sqlite_where=sa.text("state = 'running'"),
        )
    op.drop_table("events_replays")
    op.drop_table("events_projections")
    op.drop_table("events_probes")
    with op.batch_alter_table("events_log", schema=None) as batch_op:
        batch_op.drop_index("ix_events_log_type")
        batch_op.drop_index(
            "ix_events_log_pending",
            postgresql_where=sa.text("position IS NULL"),
            sqlite_where=sa.text("position IS NULL"),
        )
        batch_op.drop_index("ix_events_log_organization")
    op.drop_table("events_log")
    op.drop_table("events_inbox")
