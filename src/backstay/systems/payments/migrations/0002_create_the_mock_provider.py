"""Create the mock provider's books."""

import sqlalchemy as sa
from alembic import op

from backstay.kernel.database import Timestamp, Uuid

revision = "payments_0002"
down_revision = "payments_0001"


def upgrade() -> None:
    op.create_table(
        "payments_mock_refunds",
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("organization_id", Uuid(), nullable=False),
        sa.Column("idempotency_key", sa.Text(), nullable=False),
        sa.Column("session", sa.Text(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("created_at", Timestamp(), nullable=False),
        sa.PrimaryKeyConstraint("reference", name=op.f("pk_payments_mock_refunds")),
        sa.UniqueConstraint(
            "organization_id",
            "idempotency_key",
            name=op.f("uq_payments_mock_refunds_organization_id_idempotency_key"),
        ),
    )
    with op.batch_alter_table("payments_mock_refunds", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_payments_mock_refunds_organization_id_session"),
            ["organization_id", "session"],
            unique=False,
        )
    op.create_table(
        "payments_mock_sessions",
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("organization_id", Uuid(), nullable=False),
        sa.Column("idempotency_key", sa.Text(), nullable=False),
        sa.Column("payment_id", Uuid(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("return_url", sa.Text(), nullable=False),
        sa.Column("manual", sa.Integer(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("captured", sa.BigInteger(), nullable=False),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("expires_at", Timestamp(), nullable=False),
        sa.Column("step", sa.Integer(), nullable=False),
        sa.Column("created_at", Timestamp(), nullable=False),
        sa.PrimaryKeyConstraint("reference", name=op.f("pk_payments_mock_sessions")),
        sa.UniqueConstraint(
            "organization_id",
            "idempotency_key",
            name=op.f("uq_payments_mock_sessions_organization_id_idempotency_key"),
        ),
    )


def downgrade() -> None:
    op.drop_table("payments_mock_sessions")
    with op.batch_alter_table("payments_mock_refunds", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_payments_mock_refunds_organization_id_session"))
    op.drop_table("payments_mock_refunds")
