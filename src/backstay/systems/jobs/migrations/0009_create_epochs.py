"""Create epochs, so that claims never meet the index entries of jobs that were claimed long ago.

A job becomes ready in the newest epoch, and claims look into the epochs that are in use. Only
PostgreSQL begins new ones: the sequence tells which is the newest, outside of every snapshot.
"""

import sqlalchemy as sa
from alembic import op

revision = "jobs_0009"
down_revision = "jobs_0008"
branch_labels = None

_READY = sa.text("state = 'ready' AND NOT gated")


def upgrade() -> None:
    op.create_table(
        "jobs_epochs",
        sa.Column("epoch", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("dead", sa.BigInteger(), nullable=False),
        sa.Column("opened_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("epoch", name=op.f("pk_jobs_epochs")),
    )
    op.execute("INSERT INTO jobs_epochs (epoch, dead, opened_at) VALUES (0, 0, 0)")
    with op.batch_alter_table("jobs_jobs", schema=None) as batch_op:
        batch_op.add_column(sa.Column("epoch", sa.BigInteger(), nullable=False, server_default="0"))
        batch_op.drop_index("ix_jobs_jobs_ready")
        batch_op.create_index(
            "ix_jobs_jobs_ready",
            ["epoch", "queue", "priority", "organization_id", "id"],
            unique=False,
            postgresql_where=_READY,
            sqlite_where=_READY,
        )
    if op.get_context().dialect.name == "postgresql":
        op.execute("CREATE SEQUENCE jobs_newest_epoch")


def downgrade() -> None:
    with op.batch_alter_table("jobs_jobs", schema=None) as batch_op:
        batch_op.drop_index("ix_jobs_jobs_ready")
        batch_op.drop_column("epoch")
        batch_op.create_index(
            "ix_jobs_jobs_ready",
            ["queue", "priority", "organization_id", "id"],
            unique=False,
            postgresql_where=_READY,
            sqlite_where=_READY,
        )
    if op.get_context().dialect.name == "postgresql":
        op.execute("DROP SEQUENCE jobs_newest_epoch")
    op.drop_table("jobs_epochs")
