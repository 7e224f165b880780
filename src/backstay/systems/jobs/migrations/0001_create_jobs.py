"""Create jobs."""

import sqlalchemy as sa
from alembic import op

from backstay.kernel.database import Json, Timestamp, Uuid

revision = "jobs_0001"
down_revision = None
branch_labels = ("jobs",)


def upgrade() -> None:
    op.create_table(
        "jobs_effects",
        sa.Column("job_id", Uuid(), nullable=False),
        sa.Column("effect", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("job_id", "effect", name=op.f("pk_jobs_effects")),
    )
    op.create_table(
        "jobs_edges",
        sa.Column("parent_id", Uuid(), nullable=False),
        sa.Column("child_id", Uuid(), nullable=False),
        sa.Column("on_failure", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("parent_id", "child_id", name=op.f("pk_jobs_edges")),
    )
    with op.batch_alter_table("jobs_edges", schema=None) as batch_op:
        batch_op.create_index("ix_jobs_edges_child_id", ["child_id"], unique=False)
    op.create_table(
        "jobs_jobs",
        sa.Column(
            "seq", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("id", Uuid(), nullable=False),
        sa.Column("organization_id", Uuid(), nullable=False),
        sa.Column("actor_id", Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("queue", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("run_at", Timestamp(), nullable=False),
        sa.Column("payload", sa.Text(), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("max_attempts", sa.Integer(), nullable=False),
        sa.Column("crashes", sa.Integer(), nullable=False),
        sa.Column("max_crashes", sa.Integer(), nullable=False),
        sa.Column("lease", sa.BigInteger(), nullable=True),
        sa.Column("lease_until", Timestamp(), nullable=True),
        sa.Column("worker", sa.Text(), nullable=True),
        sa.Column("started_at", Timestamp(), nullable=True),
        sa.Column("finished_at", Timestamp(), nullable=True),
        sa.Column("cancel_asked", sa.Boolean(), nullable=False),
        sa.Column("progress", sa.Float(), nullable=True),
        sa.Column("result", sa.Text(), nullable=True),
        sa.Column("error", Json(), nullable=True),
        sa.Column("lane", sa.Text(), nullable=True),
        sa.Column("lane_limit", sa.Integer(), nullable=True),
        sa.Column("lane_policy", sa.Text(), nullable=True),
        sa.Column("unique_key", sa.Text(), nullable=True),
        sa.Column("rate_key", sa.Text(), nullable=True),
        sa.Column("rate", Json(), nullable=True),
        sa.Column("pending", sa.Integer(), nullable=False),
        sa.Column("parent", sa.Boolean(), nullable=False),
        sa.Column("retain", sa.Float(), nullable=False),
        sa.Column("flow_id", Uuid(), nullable=True),
        sa.Column("schedule", sa.Text(), nullable=True),
        sa.Column("traceparent", sa.Text(), nullable=True),
        sa.Column("request_id", sa.Text(), nullable=True),
        sa.Column("created_at", Timestamp(), nullable=False),
        sa.Column("expires_at", Timestamp(), nullable=True),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_jobs_jobs")),
    )
    with op.batch_alter_table("jobs_jobs", schema=None) as batch_op:
        batch_op.create_index(
            "ix_jobs_jobs_due",
            ["run_at"],
            unique=False,
            sqlite_where=sa.text("state IN ('scheduled', 'failed')"),
            postgresql_where=sa.text("state IN ('scheduled', 'failed')"),
        )
        batch_op.create_index(
            "ix_jobs_jobs_ended",
            ["expires_at"],
            unique=False,
            sqlite_where=sa.text("expires_at IS NOT NULL"),
            postgresql_where=sa.text("expires_at IS NOT NULL"),
        )
        batch_op.create_index(
            "ix_jobs_jobs_flow",
            ["flow_id"],
            unique=False,
            sqlite_where=sa.text("flow_id IS NOT NULL"),
            postgresql_where=sa.text("flow_id IS NOT NULL"),
        )
        batch_op.create_index(
            "ix_jobs_jobs_ready",
            ["queue", "organization_id", "priority", "seq"],
            unique=False,
            sqlite_where=sa.text("state = 'ready'"),
            postgresql_where=sa.text("state = 'ready'"),
        )
        batch_op.create_index(
            "ix_jobs_jobs_running",
            ["lease_until"],
            unique=False,
            sqlite_where=sa.text("state = 'running'"),
            postgresql_where=sa.text("state = 'running'"),
        )
        batch_op.create_index(
            "ix_jobs_jobs_waiting",
            ["lane", "seq"],
            unique=False,
            sqlite_where=sa.text("state IN ('waiting', 'parked') AND lane IS NOT NULL"),
            postgresql_where=sa.text("state IN ('waiting', 'parked') AND lane IS NOT NULL"),
        )
        batch_op.create_index("uq_jobs_jobs_id", ["id"], unique=True)
    op.create_table(
        "jobs_lanes",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("places", sa.Integer(), nullable=False),
        sa.Column("taken", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_jobs_lanes")),
    )
    op.create_table(
        "jobs_leases",
        sa.Column(
            "latest",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=False,
            nullable=False,
        ),
        sa.PrimaryKeyConstraint("latest", name=op.f("pk_jobs_leases")),
    )
    op.create_table(
        "jobs_minutes",
        sa.Column("minute", Timestamp(), nullable=False),
        sa.Column("queue", sa.Text(), nullable=False),
        sa.Column("completed", sa.Integer(), nullable=False),
        sa.Column("failed", sa.Integer(), nullable=False),
        sa.Column("dead", sa.Integer(), nullable=False),
        sa.Column("stale", sa.Integer(), nullable=False),
        sa.Column("wait", sa.Float(), nullable=False),
        sa.Column("run", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("minute", "queue", name=op.f("pk_jobs_minutes")),
    )
    op.create_table(
        "jobs_queues",
        sa.Column("queue", sa.Text(), nullable=False),
        sa.Column("paused", sa.Boolean(), nullable=False),
        sa.Column("concurrency", sa.Integer(), nullable=True),
        sa.Column("rate", sa.Integer(), nullable=True),
        sa.Column("rate_seconds", sa.Float(), nullable=True),
        sa.PrimaryKeyConstraint("queue", name=op.f("pk_jobs_queues")),
    )
    op.create_table(
        "jobs_starts",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("earliest", Timestamp(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_jobs_starts")),
    )
    op.create_table(
        "jobs_steps",
        sa.Column(
            "seq", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("job_id", Uuid(), nullable=False),
        sa.Column("at", Timestamp(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("worker", sa.Text(), nullable=True),
        sa.Column("error", Json(), nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_jobs_steps")),
    )
    with op.batch_alter_table("jobs_steps", schema=None) as batch_op:
        batch_op.create_index("ix_jobs_steps_job_id", ["job_id", "seq"], unique=False)
    op.create_table(
        "jobs_uniques",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("job_id", Uuid(), nullable=False),
        sa.Column("until", Timestamp(), nullable=True),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_jobs_uniques")),
    )
    op.execute(sa.text("INSERT INTO jobs_leases (latest) VALUES (0)"))
    if op.get_bind().dialect.name == "postgresql":
        op.execute(sa.text("CREATE SEQUENCE jobs_lease AS bigint"))
        # The table of the living: rows change state in place a few times and go; vacuum must keep up.
        op.execute(
            sa.text(
                "ALTER TABLE jobs_jobs SET (fillfactor = 85, autovacuum_vacuum_scale_factor = 0.02, "
                "autovacuum_vacuum_threshold = 1000, autovacuum_vacuum_cost_delay = 0)"
            )
        )


def downgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute(sa.text("DROP SEQUENCE jobs_lease"))
    op.drop_table("jobs_uniques")
    with op.batch_alter_table("jobs_steps", schema=None) as batch_op:
        batch_op.drop_index("ix_jobs_steps_job_id")
    op.drop_table("jobs_steps")
    op.drop_table("jobs_starts")
    op.drop_table("jobs_queues")
    op.drop_table("jobs_minutes")
    op.drop_table("jobs_leases")
    op.drop_table("jobs_lanes")
    with op.batch_alter_table("jobs_jobs", schema=None) as batch_op:
        batch_op.drop_index("uq_jobs_jobs_id")
        batch_op.drop_index(
            "ix_jobs_jobs_waiting",
            sqlite_where=sa.text("state IN ('waiting', 'parked') AND lane IS NOT NULL"),
            postgresql_where=sa.text("state IN ('waiting', 'parked') AND lane IS NOT NULL"),
        )
        batch_op.drop_index(
            "ix_jobs_jobs_running",
            sqlite_where=sa.text("state = 'running'"),
            postgresql_where=sa.text("state = 'running'"),
        )
        batch_op.drop_index(
            "ix_jobs_jobs_ready",
            sqlite_where=sa.text("state = 'ready'"),
            postgresql_where=sa.text("state = 'ready'"),
        )
        batch_op.drop_index(
            "ix_jobs_jobs_flow",
            sqlite_where=sa.text("flow_id IS NOT NULL"),
            postgresql_where=sa.text("flow_id IS NOT NULL"),
        )
        batch_op.drop_index(
            "ix_jobs_jobs_ended",
            sqlite_where=sa.text("expires_at IS NOT NULL"),
            postgresql_where=sa.text("expires_at IS NOT NULL"),
        )
        batch_op.drop_index(
            "ix_jobs_jobs_due",
            sqlite_where=sa.text("state IN ('scheduled', 'failed')"),
            postgresql_where=sa.text("state IN ('scheduled', 'failed')"),
        )
    op.drop_table("jobs_jobs")
    with op.batch_alter_table("jobs_edges", schema=None) as batch_op:
        batch_op.drop_index("ix_jobs_edges_child_id")
    op.drop_table("jobs_edges")
    op.drop_table("jobs_effects")
