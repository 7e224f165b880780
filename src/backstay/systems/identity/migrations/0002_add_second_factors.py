"""Add second factors."""

import sqlalchemy as sa
from alembic import op

from backstay.kernel.database import Timestamp, Uuid

revision = "identity_0002"
down_revision = "identity_0001"


def upgrade() -> None:
    op.create_table(
        "identity_factors",
        sa.Column("id", Uuid(), nullable=False),
        sa.Column("user_id", Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("secret", sa.LargeBinary(), nullable=False),
        sa.Column("last_step", sa.BigInteger(), nullable=False),
        sa.Column("confirmed_at", Timestamp(), nullable=True),
        sa.Column("created_at", Timestamp(), nullable=False),
        sa.Column("used_at", Timestamp(), nullable=True),
        sa.ForeignKeyConstraint(
            ["user_id"], ["identity_users.id"], name=op.f("fk_identity_factors_user_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_identity_factors")),
    )
    with op.batch_alter_table("identity_factors", schema=None) as batch_op:
        batch_op.create_index("ix_identity_factors_user", ["user_id", "created_at", "id"], unique=False)
    op.create_table(
        "identity_recovery_codes",
        sa.Column("user_id", Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("code", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", Timestamp(), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["identity_users.id"],
            name=op.f("fk_identity_recovery_codes_user_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("user_id", "name", name=op.f("pk_identity_recovery_codes")),
    )


def downgrade() -> None:
    op.drop_table("identity_recovery_codes")
    with op.batch_alter_table("identity_factors", schema=None) as batch_op:
        batch_op.drop_index("ix_identity_factors_user")
    op.drop_table("identity_factors")
