"""Count wrong guesses for organizations."""

import sqlalchemy as sa
from alembic import op

from backstay.kernel.database import Timestamp, Uuid

revision = "tenancy_0002"
down_revision = "tenancy_0001"


def upgrade() -> None:
    op.create_table(
        "tenancy_guesses",
        sa.Column("organization_id", Uuid(), nullable=False),
        sa.Column("started_at", Timestamp(), nullable=False),
        sa.Column("guesses", sa.Integer(), nullable=False),
        sa.Column("noticed_at", Timestamp(), nullable=True),
        sa.PrimaryKeyConstraint("organization_id", "started_at", name="pk_tenancy_guesses"),
    )
    op.create_index("ix_tenancy_guesses_started", "tenancy_guesses", ["started_at"])


def downgrade() -> None:
    op.drop_table("tenancy_guesses")
