"""Create accounts."""

import sqlalchemy as sa
from alembic import op

from backstay.kernel.database import Json, Timestamp, Uuid

revision = "identity_0001"
down_revision = None
branch_labels = ("identity",)


def upgrade() -> None:
    op.create_table(
        "identity_attempts",
        sa.Column("key", sa.LargeBinary(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("last_at", Timestamp(), nullable=False),
        sa.Column("next_at", Timestamp(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_identity_attempts")),
    )
    with op.batch_alter_table("identity_attempts", schema=None) as batch_op:
        batch_op.create_index("ix_identity_attempts_last", ["last_at"], unique=False)
    op.create_table(
        "identity_changes",
        sa.Column("revision", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("user_id", Uuid(), nullable=True),
        sa.Column("session_id", Uuid(), nullable=True),
        sa.Column("at", Timestamp(), nullable=False),
        sa.PrimaryKeyConstraint("revision", name=op.f("pk_identity_changes")),
    )
    with op.batch_alter_table("identity_changes", schema=None) as batch_op:
        batch_op.create_index("ix_identity_changes_at", ["at"], unique=False)
    op.create_table(
        "identity_revisions",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("value", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_identity_revisions")),
    )
    op.create_table(
        "identity_signing_keys",
        sa.Column("kid", sa.Text(), nullable=False),
        sa.Column("algorithm", sa.Text(), nullable=False),
        sa.Column("public", Json(), nullable=False),
        sa.Column("private", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", Timestamp(), nullable=False),
        sa.Column("active_at", Timestamp(), nullable=False),
        sa.PrimaryKeyConstraint("kid", name=op.f("pk_identity_signing_keys")),
    )
    op.create_table(
        "identity_users",
        sa.Column("id", Uuid(), nullable=False),
        sa.Column("mail", sa.Text(), nullable=False),
        sa.Column("mail_key", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("locale", sa.Text(), nullable=False),
        sa.Column("home_id", Uuid(), nullable=False),
        sa.Column("verified_at", Timestamp(), nullable=True),
        sa.Column("password", sa.LargeBinary(), nullable=True),
        sa.Column("password_changed_at", Timestamp(), nullable=True),
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.Column("banned_at", Timestamp(), nullable=True),
        sa.Column("banned_until", Timestamp(), nullable=True),
        sa.Column("ban_reason", sa.Text(), nullable=False),
        sa.Column("created_at", Timestamp(), nullable=False),
        sa.Column("updated_at", Timestamp(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_identity_users")),
        sa.UniqueConstraint("mail_key", name=op.f("uq_identity_users_mail_key")),
    )
    with op.batch_alter_table("identity_users", schema=None) as batch_op:
        batch_op.create_index("ix_identity_users_banned_until", ["banned_until"], unique=False)
        batch_op.create_index("ix_identity_users_created", ["created_at", "id"], unique=False)
    op.create_table(
        "identity_mail_tokens",
        sa.Column("user_id", Uuid(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("mail", sa.Text(), nullable=False),
        sa.Column("created_at", Timestamp(), nullable=False),
        sa.Column("expires_at", Timestamp(), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["identity_users.id"],
            name=op.f("fk_identity_mail_tokens_user_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("user_id", "purpose", name=op.f("pk_identity_mail_tokens")),
        sa.UniqueConstraint("digest", name=op.f("uq_identity_mail_tokens_digest")),
    )
    op.create_table(
        "identity_sessions",
        sa.Column("id", Uuid(), nullable=False),
        sa.Column("user_id", Uuid(), nullable=False),
        sa.Column("organization_id", Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("counter", sa.BigInteger(), nullable=False),
        sa.Column("confirmed", sa.BigInteger(), nullable=False),
        sa.Column("rotated_at", Timestamp(), nullable=False),
        sa.Column("device", sa.Text(), nullable=False),
        sa.Column("network", sa.Text(), nullable=False),
        sa.Column("assurance", sa.Integer(), nullable=False),
        sa.Column("assured_at", Timestamp(), nullable=False),
        sa.Column("method", sa.Text(), nullable=False),
        sa.Column("impersonator_id", Uuid(), nullable=True),
        sa.Column("created_at", Timestamp(), nullable=False),
        sa.Column("seen_at", Timestamp(), nullable=False),
        sa.Column("expires_at", Timestamp(), nullable=False),
        sa.Column("ended_at", Timestamp(), nullable=True),
        sa.Column("ended_because", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["identity_users.id"], name=op.f("fk_identity_sessions_user_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_identity_sessions")),
    )
    with op.batch_alter_table("identity_sessions", schema=None) as batch_op:
        batch_op.create_index("ix_identity_sessions_age", ["expires_at"], unique=False)
        batch_op.create_index("ix_identity_sessions_user", ["user_id", "created_at", "id"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("identity_sessions", schema=None) as batch_op:
        batch_op.drop_index("ix_identity_sessions_user")
        batch_op.drop_index("ix_identity_sessions_age")
    op.drop_table("identity_sessions")
    op.drop_table("identity_mail_tokens")
    with op.batch_alter_table("identity_users", schema=None) as batch_op:
        batch_op.drop_index("ix_identity_users_created")
        batch_op.drop_index("ix_identity_users_banned_until")
    op.drop_table("identity_users")
    op.drop_table("identity_signing_keys")
    op.drop_table("identity_revisions")
    with op.batch_alter_table("identity_changes", schema=None) as batch_op:
        batch_op.drop_index("ix_identity_changes_at")
    op.drop_table("identity_changes")
    with op.batch_alter_table("identity_attempts", schema=None) as batch_op:
        batch_op.drop_index("ix_identity_attempts_last")
    op.drop_table("identity_attempts")
