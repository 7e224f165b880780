"""Create jobs."""

import sqlalchemy as sa
from alembic import op

from backstay.kernel.database import Timestamp, Uuid

revision = "jobs_0001"
down_revision = None
branch_labels = ("jobs",)


def upgrade() -> None:
    if op.get_context().dialect.name == "postgresql":
        op.execute("CREATE SEQUENCE jobs_leases")
    op.create_table(
        "jobs_done",
        sa.Column("id", Uuid(), nullable=False),
        sa.Column("organization_id", Uuid(), nullable=False),
        sa.Column("actor_id", Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("queue", sa.Text(), nullable=False),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("payload", sa.Text(), nullable=False),
        sa.Column("run_at", sa.BigInteger(), nullable=False),
        sa.Column("due_at", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("started_at", sa.BigInteger(), nullable=True),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.Column("prune_at", sa.BigInteger(), nullable=True),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("max_attempts", sa.Integer(), nullable=False),
        sa.Column("crashes", sa.Integer(), nullable=False),
        sa.Column("max_crashes", sa.Integer(), nullable=False),
        sa.Column("lease", sa.BigInteger(), nullable=False),
        sa.Column("lease_until", sa.BigInteger(), nullable=True),
        sa.Column("worker", sa.Text(), nullable=True),
        sa.Column("stop", sa.Boolean(), nullable=False),
        sa.Column("unique_key", sa.Text(), nullable=True),
        sa.Column("unique_for", sa.Float(), nullable=True),
        sa.Column("order_key", sa.Text(), nullable=True),
        sa.Column("order_failure", sa.Text(), nullable=False),
        sa.Column("place", sa.BigInteger(), nullable=True),
        sa.Column("concurrency_key", sa.Text(), nullable=True),
        sa.Column("concurrency", sa.Integer(), nullable=True),
        sa.Column("rate_key", sa.Text(), nullable=True),
        sa.Column("rate_count", sa.Integer(), nullable=True),
        sa.Column("rate_seconds", sa.Float(), nullable=True),
        sa.Column("retain", sa.Float(), nullable=False),
        sa.Column("parents", sa.Integer(), nullable=False),
        sa.Column("on_parent_failure", sa.Text(), nullable=False),
        sa.Column("flow_id", Uuid(), nullable=True),
        sa.Column("schedule", sa.Text(), nullable=True),
        sa.Column("traceparent", sa.Text(), nullable=True),
        sa.Column("request_id", sa.Text(), nullable=True),
        sa.Column("progress", sa.Float(), nullable=True),
        sa.Column("result", sa.Text(), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("gated", sa.Boolean(), nullable=False),
        sa.Column("linked", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_jobs_done")),
    )
    with op.batch_alter_table("jobs_done", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_jobs_done_organization_id_id"), ["organization_id", "id"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_jobs_done_prune_at"), ["prune_at"], unique=False)
    op.create_table(
        "jobs_edges",
        sa.Column("child", Uuid(), nullable=False),
        sa.Column("parent", Uuid(), nullable=False),
        sa.Column("ended", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("child", "parent", name=op.f("pk_jobs_edges")),
    )
    with op.batch_alter_table("jobs_edges", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_jobs_edges_parent"), ["parent"], unique=False)
    op.create_table(
        "jobs_jobs",
        sa.Column("id", Uuid(), nullable=False),
        sa.Column("organization_id", Uuid(), nullable=False),
        sa.Column("actor_id", Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("queue", sa.Text(), nullable=False),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("payload", sa.Text(), nullable=False),
        sa.Column("run_at", sa.BigInteger(), nullable=False),
        sa.Column("due_at", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("started_at", sa.BigInteger(), nullable=True),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.Column("prune_at", sa.BigInteger(), nullable=True),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("max_attempts", sa.Integer(), nullable=False),
        sa.Column("crashes", sa.Integer(), nullable=False),
        sa.Column("max_crashes", sa.Integer(), nullable=False),
        sa.Column("lease", sa.BigInteger(), nullable=False),
        sa.Column("lease_until", sa.BigInteger(), nullable=True),
        sa.Column("worker", sa.Text(), nullable=True),
        sa.Column("stop", sa.Boolean(), nullable=False),
        sa.Column("unique_key", sa.Text(), nullable=True),
        sa.Column("unique_for", sa.Float(), nullable=True),
        sa.Column("order_key", sa.Text(), nullable=True),
        sa.Column("order_failure", sa.Text(), nullable=False),
        sa.Column("place", sa.BigInteger(), nullable=True),
        sa.Column("concurrency_key", sa.Text(), nullable=True),
        sa.Column("concurrency", sa.Integer(), nullable=True),
        sa.Column("rate_key", sa.Text(), nullable=True),
        sa.Column("rate_count", sa.Integer(), nullable=True),
        sa.Column("rate_seconds", sa.Float(), nullable=True),
        sa.Column("retain", sa.Float(), nullable=False),
        sa.Column("parents", sa.Integer(), nullable=False),
        sa.Column("on_parent_failure", sa.Text(), nullable=False),
        sa.Column("flow_id", Uuid(), nullable=True),
        sa.Column("schedule", sa.Text(), nullable=True),
        sa.Column("traceparent", sa.Text(), nullable=True),
        sa.Column("request_id", sa.Text(), nullable=True),
        sa.Column("progress", sa.Float(), nullable=True),
        sa.Column("result", sa.Text(), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("gated", sa.Boolean(), nullable=False),
        sa.Column("linked", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_jobs_jobs")),
    )
    with op.batch_alter_table("jobs_jobs", schema=None) as batch_op:
        batch_op.create_index(
            "ix_jobs_jobs_dead",
            ["prune_at"],
            unique=False,
            postgresql_where=sa.text("state = 'dead'"),
            sqlite_where=sa.text("state = 'dead'"),
        )
        batch_op.create_index(
            "ix_jobs_jobs_due",
            ["run_at"],
            unique=False,
            postgresql_where=sa.text("state IN ('scheduled', 'failed')"),
            sqlite_where=sa.text("state IN ('scheduled', 'failed')"),
        )
        batch_op.create_index(
            "ix_jobs_jobs_gated",
            ["queue", "priority", "id"],
            unique=False,
            postgresql_where=sa.text("state = 'ready' AND gated"),
            sqlite_where=sa.text("state = 'ready' AND gated"),
        )
        batch_op.create_index(
            "ix_jobs_jobs_head",
            ["organization_id", "order_key"],
            unique=False,
            postgresql_where=sa.text("order_key IS NOT NULL AND state NOT IN ('waiting', 'parked')"),
            sqlite_where=sa.text("order_key IS NOT NULL AND state NOT IN ('waiting', 'parked')"),
        )
        batch_op.create_index(
            "ix_jobs_jobs_lane",
            ["organization_id", "order_key", "place"],
            unique=False,
            postgresql_where=sa.text("order_key IS NOT NULL AND state IN ('waiting', 'parked')"),
            sqlite_where=sa.text("order_key IS NOT NULL AND state IN ('waiting', 'parked')"),
        )
        batch_op.create_index(
            batch_op.f("ix_jobs_jobs_organization_id_id"), ["organization_id", "id"], unique=False
        )
        batch_op.create_index(
            "ix_jobs_jobs_ready",
            ["queue", "priority", "organization_id", "id"],
            unique=False,
            postgresql_where=sa.text("state = 'ready' AND NOT gated"),
            sqlite_where=sa.text("state = 'ready' AND NOT gated"),
        )
        batch_op.create_index(
            "ix_jobs_jobs_running",
            ["lease_until"],
            unique=False,
            postgresql_where=sa.text("state = 'running'"),
            sqlite_where=sa.text("state = 'running'"),
        )
    op.create_table(
        "jobs_keys",
        sa.Column("organization_id", Uuid(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("job_id", Uuid(), nullable=False),
        sa.Column("live", sa.Boolean(), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("organization_id", "key", name=op.f("pk_jobs_keys")),
    )
    with op.batch_alter_table("jobs_keys", schema=None) as batch_op:
        batch_op.create_index(
            "ix_jobs_keys_until",
            ["until"],
            unique=False,
            postgresql_where=sa.text("NOT live"),
            sqlite_where=sa.text("NOT live"),
        )
    op.create_table(
        "jobs_minutes",
        sa.Column("minute", sa.BigInteger(), nullable=False),
        sa.Column("queue", sa.Text(), nullable=False),
        sa.Column("completed", sa.BigInteger(), nullable=False),
        sa.Column("failed", sa.BigInteger(), nullable=False),
        sa.Column("dead", sa.BigInteger(), nullable=False),
        sa.Column("stale", sa.BigInteger(), nullable=False),
        sa.Column("wait", sa.Float(), nullable=False),
        sa.Column("run", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("minute", "queue", name=op.f("pk_jobs_minutes")),
    )
    op.create_table(
        "jobs_numbers",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("last", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_jobs_numbers")),
    )
    op.create_table(
        "jobs_queues",
        sa.Column("queue", sa.Text(), nullable=False),
        sa.Column("paused", sa.Boolean(), nullable=False),
        sa.Column("rate_count", sa.Integer(), nullable=True),
        sa.Column("rate_seconds", sa.Float(), nullable=True),
        sa.Column("concurrency", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("queue", name=op.f("pk_jobs_queues")),
    )
    op.create_table(
        "jobs_starts",
        sa.Column("id", Uuid(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_jobs_starts")),
    )
    with op.batch_alter_table("jobs_starts", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_jobs_starts_key_at"), ["key", "at"], unique=False)
        batch_op.create_index(batch_op.f("ix_jobs_starts_until"), ["until"], unique=False)
    op.create_table(
        "jobs_effects",
        sa.Column("job_id", Uuid(), nullable=False),
        sa.Column("effect", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("job_id", "effect", name=op.f("pk_jobs_effects")),
    )
    op.create_table(
        "jobs_probes",
        sa.Column("id", Uuid(), nullable=False),
        sa.Column("organization_id", Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("effects", sa.Integer(), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=True),
        sa.Column("created_at", Timestamp(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_jobs_probes")),
        sa.UniqueConstraint("organization_id", "name", name=op.f("uq_jobs_probes_organization_id_name")),
    )
    op.create_table(
        "jobs_steps",
        sa.Column("id", Uuid(), nullable=False),
        sa.Column("job_id", Uuid(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("worker", sa.Text(), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_jobs_steps")),
    )
    with op.batch_alter_table("jobs_steps", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_jobs_steps_job_id_id"), ["job_id", "id"], unique=False)
    if op.get_context().dialect.name == "postgresql":
        # Every job's row is rewritten when it is claimed and gone when it ends: leave room for the
        # first on the page, and clean up by the thousand rather than by a share of the table.
        op.execute(
            "ALTER TABLE jobs_jobs SET (fillfactor = 85, autovacuum_vacuum_scale_factor = 0, "
            "autovacuum_vacuum_threshold = 2000, autovacuum_analyze_scale_factor = 0, "
            "autovacuum_analyze_threshold = 5000, autovacuum_vacuum_cost_delay = 0)"
        )


def downgrade() -> None:
    # Indexes go with their tables.
    op.drop_table("jobs_steps")
    op.drop_table("jobs_starts")
    op.drop_table("jobs_queues")
    op.drop_table("jobs_probes")
    op.drop_table("jobs_numbers")
    op.drop_table("jobs_minutes")
    op.drop_table("jobs_keys")
    op.drop_table("jobs_jobs")
    op.drop_table("jobs_effects")
    op.drop_table("jobs_edges")
    op.drop_table("jobs_done")
    if op.get_context().dialect.name == "postgresql":
        op.execute("DROP SEQUENCE jobs_leases")
