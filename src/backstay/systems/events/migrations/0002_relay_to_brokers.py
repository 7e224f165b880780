"""Relay to brokers."""

import sqlalchemy as sa
from alembic import op

from backstay.kernel.database import Timestamp

revision = "events_0002"
down_revision = "events_0001"


def upgrade() -> None:
    op.create_table(
        "events_relay",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("token", sa.BigInteger(), nullable=False),
        sa.Column("leased_until", Timestamp(), nullable=False),
        sa.Column("refused", sa.BigInteger(), nullable=False),
        sa.Column("error", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_events_relay")),
    )


def downgrade() -> None:
    op.drop_table("events_relay")
