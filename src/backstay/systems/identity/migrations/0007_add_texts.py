"""Add codes by SMS."""

import sqlalchemy as sa
from alembic import op

from backstay.kernel.database import Timestamp, Uuid

revision = "identity_0007"
down_revision = "identity_0006"


def upgrade() -> None:
    with op.batch_alter_table("identity_factors", schema=None) as batch_op:
        batch_op.add_column(sa.Column("hint", sa.Text(), nullable=False, server_default=""))
    with op.batch_alter_table("identity_factors", schema=None) as batch_op:
        batch_op.alter_column("hint", server_default=None)
    op.create_table(
        "identity_codes",
        sa.Column("session_id", Uuid(), nullable=False),
        sa.Column("id", Uuid(), nullable=False),
        sa.Column("factor_id", Uuid(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=True),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("expires_at", Timestamp(), nullable=False),
        sa.ForeignKeyConstraint(
            ["factor_id"],
            ["identity_factors.id"],
            name=op.f("fk_identity_codes_factor_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("session_id", name=op.f("pk_identity_codes")),
    )
    with op.batch_alter_table("identity_codes", schema=None) as batch_op:
        batch_op.create_index("ix_identity_codes_age", ["expires_at"], unique=False)
        batch_op.create_index("ix_identity_codes_factor", ["factor_id"], unique=False)
    op.create_table(
        "identity_texts",
        sa.Column("id", Uuid(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("created_at", Timestamp(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_identity_texts")),
    )


def downgrade() -> None:
    op.drop_table("identity_texts")
    with op.batch_alter_table("identity_codes", schema=None) as batch_op:
        batch_op.drop_index("ix_identity_codes_factor")
        batch_op.drop_index("ix_identity_codes_age")
    op.drop_table("identity_codes")
    with op.batch_alter_table("identity_factors", schema=None) as batch_op:
        batch_op.drop_column("hint")
