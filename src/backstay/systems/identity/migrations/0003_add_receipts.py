"""Add receipts."""

import sqlalchemy as sa
from alembic import op

from backstay.kernel.database import Json, Timestamp, Uuid

revision = "identity_0003"
down_revision = "identity_0002"


def upgrade() -> None:
    op.create_table(
        "identity_receipts",
        sa.Column("id", Uuid(), nullable=False),
        sa.Column("user_id", Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("requested_at", Timestamp(), nullable=False),
        sa.Column("done_at", Timestamp(), nullable=True),
        sa.Column("details", Json(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_identity_receipts")),
        sa.UniqueConstraint("digest", name=op.f("uq_identity_receipts_digest")),
    )
    with op.batch_alter_table("identity_receipts", schema=None) as batch_op:
        batch_op.create_index("ix_identity_receipts_requested", ["requested_at"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("identity_receipts", schema=None) as batch_op:
        batch_op.drop_index("ix_identity_receipts_requested")
    op.drop_table("identity_receipts")
