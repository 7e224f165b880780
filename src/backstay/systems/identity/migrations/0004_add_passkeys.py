"""Add passkeys."""

import sqlalchemy as sa
from alembic import op

from backstay.kernel.database import Json, Timestamp, Uuid

revision = "identity_0004"
down_revision = "identity_0003"


def upgrade() -> None:
    op.create_table(
        "identity_passkeys",
        sa.Column("id", Uuid(), nullable=False),
        sa.Column("user_id", Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("credential_id", sa.LargeBinary(), nullable=False),
        sa.Column("public_key", sa.LargeBinary(), nullable=False),
        sa.Column("sign_count", sa.BigInteger(), nullable=False),
        sa.Column("transports", Json(), nullable=False),
        sa.Column("verified", sa.Boolean(), nullable=False),
        sa.Column("backup_eligible", sa.Boolean(), nullable=False),
        sa.Column("backed_up", sa.Boolean(), nullable=False),
        sa.Column("created_at", Timestamp(), nullable=False),
        sa.Column("used_at", Timestamp(), nullable=True),
        sa.Column("doubted_at", Timestamp(), nullable=True),
        sa.ForeignKeyConstraint(
            ["user_id"], ["identity_users.id"], name=op.f("fk_identity_passkeys_user_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_identity_passkeys")),
        sa.UniqueConstraint("credential_id", name=op.f("uq_identity_passkeys_credential_id")),
    )
    with op.batch_alter_table("identity_passkeys", schema=None) as batch_op:
        batch_op.create_index("ix_identity_passkeys_user", ["user_id", "created_at", "id"], unique=False)
    op.create_table(
        "identity_ceremonies",
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("user_id", Uuid(), nullable=True),
        sa.Column("session_id", Uuid(), nullable=True),
        sa.Column("expires_at", Timestamp(), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["identity_users.id"],
            name=op.f("fk_identity_ceremonies_user_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_identity_ceremonies")),
    )
    with op.batch_alter_table("identity_ceremonies", schema=None) as batch_op:
        batch_op.create_index("ix_identity_ceremonies_age", ["expires_at"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("identity_ceremonies", schema=None) as batch_op:
        batch_op.drop_index("ix_identity_ceremonies_age")
    op.drop_table("identity_ceremonies")
    with op.batch_alter_table("identity_passkeys", schema=None) as batch_op:
        batch_op.drop_index("ix_identity_passkeys_user")
    op.drop_table("identity_passkeys")
