"""Create schedules."""

import sqlalchemy as sa
from alembic import op

from backstay.kernel.database import Uuid

revision = "jobs_0003"
down_revision = "jobs_0002"
branch_labels = None


def upgrade() -> None:
    op.create_table(
        "jobs_schedules",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("paused", sa.Boolean(), nullable=False),
        sa.Column("floor", sa.BigInteger(), nullable=False),
        sa.Column("holder", sa.Text(), nullable=True),
        sa.Column("held_until", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_jobs_schedules")),
    )
    op.create_table(
        "jobs_ticks",
        sa.Column("schedule", sa.Text(), nullable=False),
        sa.Column("tick", sa.BigInteger(), nullable=False),
        sa.Column("fired_at", sa.BigInteger(), nullable=False),
        sa.Column("job_id", Uuid(), nullable=True),
        sa.Column("skipped", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("schedule", "tick", name=op.f("pk_jobs_ticks")),
    )


def downgrade() -> None:
    op.drop_table("jobs_ticks")
    op.drop_table("jobs_schedules")
