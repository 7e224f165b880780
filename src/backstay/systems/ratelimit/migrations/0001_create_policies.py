"""Create changed policies, the minutes and the meters."""

import sqlalchemy as sa
from alembic import op

from backstay.kernel.database import Timestamp, Uuid

revision = "ratelimit_0001"
down_revision = None
branch_labels = ("ratelimit",)


def upgrade() -> None:
    op.create_table(
        "ratelimit_policies",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("changed", sa.Boolean(), nullable=False),
        sa.Column("quota", sa.Integer(), nullable=False),
        sa.Column("window", sa.Integer(), nullable=False),
        sa.Column("algorithm", sa.Text(), nullable=False),
        sa.Column("burst", sa.Integer(), nullable=True),
        sa.Column("when_down", sa.Text(), nullable=False),
        sa.Column("shadow", sa.Boolean(), nullable=False),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.Column("changed_at", Timestamp(), nullable=False),
        sa.Column("changed_by", Uuid(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_ratelimit_policies"),
    )
    op.create_table(
        "ratelimit_minutes",
        sa.Column("policy", sa.Text(), nullable=False),
        sa.Column("minute", sa.BigInteger(), nullable=False),
        sa.Column("admitted", sa.BigInteger(), nullable=False),
        sa.Column("refused", sa.BigInteger(), nullable=False),
        sa.Column("shadowed", sa.BigInteger(), nullable=False),
        sa.Column("estimated", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("policy", "minute", name="pk_ratelimit_minutes"),
    )
    op.create_index("ix_ratelimit_minutes_minute", "ratelimit_minutes", ["minute"])
    op.create_table(
        "ratelimit_meters",
        sa.Column("policy", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("remaining", sa.Integer(), nullable=False),
        sa.Column("capacity", sa.Integer(), nullable=False),
        sa.Column("refused", sa.BigInteger(), nullable=False),
        sa.Column("seen_at", Timestamp(), nullable=False),
        sa.PrimaryKeyConstraint("policy", "subject", name="pk_ratelimit_meters"),
    )
    op.create_index("ix_ratelimit_meters_seen_at", "ratelimit_meters", ["seen_at"])


def downgrade() -> None:
    op.drop_table("ratelimit_meters")
    op.drop_table("ratelimit_minutes")
    op.drop_table("ratelimit_policies")
