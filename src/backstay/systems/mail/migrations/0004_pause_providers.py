"""Pause providers."""

import sqlalchemy as sa
from alembic import op

from backstay.kernel.database import Timestamp

revision = "mail_0004"
down_revision = "mail_0003"


def upgrade() -> None:
    op.create_table(
        "mail_provider_pauses",
        sa.Column("provider", sa.Text(), nullable=False),
        sa.Column("paused_at", Timestamp(), nullable=False),
        sa.Column("until", Timestamp(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("code", sa.Integer(), nullable=True),
        sa.Column("why", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("provider", name=op.f("pk_mail_provider_pauses")),
    )


def downgrade() -> None:
    op.drop_table("mail_provider_pauses")
