"""Write days."""

import sqlalchemy as sa
from alembic import op

from backstay.kernel.database import Uuid

revision = "counter_0002"
down_revision = "counter_0001"


def upgrade() -> None:
    op.create_table(
        "counter_days",
        sa.Column("organization_id", Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("day", sa.Text(), nullable=False),
        sa.Column("up", sa.BigInteger(), nullable=False),
        sa.Column("down", sa.BigInteger(), nullable=False),
        sa.Column("moves", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("organization_id", "name", "day", name="pk_counter_days"),
    )


def downgrade() -> None:
    op.drop_table("counter_days")
