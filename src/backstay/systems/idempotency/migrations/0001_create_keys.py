"""Create idempotency keys."""

import sqlalchemy as sa
from alembic import op

from backstay.kernel.database import Timestamp, Uuid

revision = "idempotency_0001"
down_revision = None
branch_labels = ("idempotency",)


def upgrade() -> None:
    op.create_table(
        "idempotency_keys",
        sa.Column("id", Uuid(), nullable=False),
        sa.Column("organization_id", Uuid(), nullable=False),
        sa.Column("actor_id", Uuid(), nullable=False),
        sa.Column("credential_id", Uuid(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("fingerprint", sa.LargeBinary(), nullable=False),
        sa.Column("route", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("claim_id", Uuid(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("replays", sa.BigInteger(), nullable=False),
        sa.Column("request_id", sa.Text(), nullable=False),
        sa.Column("status", sa.Integer(), nullable=True),
        sa.Column("answer", sa.LargeBinary(), nullable=True),
        sa.Column("lease_until", sa.BigInteger(), nullable=False),
        sa.Column("answer_until", sa.BigInteger(), nullable=True),
        sa.Column("prune_at", sa.BigInteger(), nullable=False),
        sa.Column("created_at", Timestamp(), nullable=False),
        sa.Column("completed_at", Timestamp(), nullable=True),
        sa.Column("replayed_at", Timestamp(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_idempotency_keys"),
        sa.UniqueConstraint(
            "actor_id",
            "organization_id",
            "credential_id",
            "key",
            name="uq_idempotency_keys_actor_id_organization_id_credential_id_key",
        ),
        sa.CheckConstraint(
            "(state = 'done') = (status IS NOT NULL)", name="ck_idempotency_keys_done_is_answered"
        ),
    )
    op.create_index("ix_idempotency_keys_created_at", "idempotency_keys", ["organization_id", "created_at"])
    op.create_index("ix_idempotency_keys_prune_at", "idempotency_keys", ["prune_at"])
    op.create_index(
        "ix_idempotency_keys_answer_until",
        "idempotency_keys",
        ["answer_until"],
        sqlite_where=sa.text("answer_until IS NOT NULL"),
        postgresql_where=sa.text("answer_until IS NOT NULL"),
    )


def downgrade() -> None:
    op.drop_table("idempotency_keys")
