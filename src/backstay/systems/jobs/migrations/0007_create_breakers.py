"""Create breakers: kinds of jobs that wait because their retries ran away."""

import sqlalchemy as sa
from alembic import op

revision = "jobs_0007"
down_revision = "jobs_0006"
branch_labels = None


def upgrade() -> None:
    op.create_table(
        "jobs_breakers",
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("opened_at", sa.BigInteger(), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=False),
        sa.Column("probes", sa.Integer(), nullable=False),
        sa.Column("error", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("kind", name=op.f("pk_jobs_breakers")),
    )


def downgrade() -> None:
    op.drop_table("jobs_breakers")
