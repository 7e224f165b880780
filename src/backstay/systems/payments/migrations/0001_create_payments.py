"""Create payments."""

import sqlalchemy as sa
from alembic import op

from backstay.kernel.database import Json, Timestamp, Uuid

revision = "payments_0001"
down_revision = None
branch_labels = ("payments",)


def upgrade() -> None:
    op.create_table(
        "payments_accounts",
        sa.Column("organization_id", Uuid(), nullable=False),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("balance", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("organization_id", "account", "currency", name=op.f("pk_payments_accounts")),
    )
    op.create_table(
        "payments_differences",
        sa.Column("organization_id", Uuid(), nullable=False),
        sa.Column("payment_id", Uuid(), nullable=False),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("ours", sa.Text(), nullable=False),
        sa.Column("theirs", sa.Text(), nullable=False),
        sa.Column("found_at", Timestamp(), nullable=False),
        sa.PrimaryKeyConstraint(
            "organization_id", "payment_id", "what", name=op.f("pk_payments_differences")
        ),
    )
    op.create_table(
        "payments_events",
        sa.Column("id", Uuid(), nullable=False),
        sa.Column("organization_id", Uuid(), nullable=False),
        sa.Column("provider", sa.Text(), nullable=False),
        sa.Column("event_id", sa.Text(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("payment_id", Uuid(), nullable=True),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("news", Json(), nullable=False),
        sa.Column("told_at", Timestamp(), nullable=False),
        sa.Column("next_try_at", Timestamp(), nullable=True),
        sa.Column("created_at", Timestamp(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payments_events")),
        sa.UniqueConstraint("provider", "event_id", name=op.f("uq_payments_events_provider_event_id")),
        info={
            "across_organizations": {
                "provider,event_id": "the provider's, which knows nothing of organizations"
            }
        },
    )
    with op.batch_alter_table("payments_events", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_payments_events_payment_id_id"), ["payment_id", "id"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_payments_events_status_next_try_at_id"),
            ["status", "next_try_at", "id"],
            unique=False,
        )
    op.create_table(
        "payments_payments",
        sa.Column("id", Uuid(), nullable=False),
        sa.Column("organization_id", Uuid(), nullable=False),
        sa.Column("subject_kind", sa.Text(), nullable=False),
        sa.Column("subject_id", sa.Text(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("capture", sa.Text(), nullable=False),
        sa.Column("provider", sa.Text(), nullable=False),
        sa.Column("session_url", sa.Text(), nullable=True),
        sa.Column("return_url", sa.Text(), nullable=False),
        sa.Column("customer_email", sa.Text(), nullable=True),
        sa.Column("metadata", Json(), nullable=False),
        sa.Column("captured", sa.BigInteger(), nullable=False),
        sa.Column("refunding", sa.BigInteger(), nullable=False),
        sa.Column("refunded", sa.BigInteger(), nullable=False),
        sa.Column("capture_requested", sa.BigInteger(), nullable=True),
        sa.Column("review_reason", sa.Text(), nullable=True),
        sa.Column("last_error", sa.Text(), nullable=True),
        sa.Column("expires_at", Timestamp(), nullable=False),
        sa.Column("settled_at", Timestamp(), nullable=True),
        sa.Column("created_at", Timestamp(), nullable=False),
        sa.Column("created_by", Uuid(), nullable=False),
        sa.Column("updated_at", Timestamp(), nullable=False),
        sa.Column("updated_by", Uuid(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "status <> 'succeeded' OR captured > 0", name=op.f("ck_payments_payments_succeeded_with_money")
        ),
        sa.CheckConstraint("amount > 0", name=op.f("ck_payments_payments_asks_for_something")),
        sa.CheckConstraint(
            "captured >= 0 AND refunding >= 0 AND refunded >= 0",
            name=op.f("ck_payments_payments_no_negative_money"),
        ),
        sa.CheckConstraint(
            "refunding + refunded <= captured", name=op.f("ck_payments_payments_refunds_within_captures")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payments_payments")),
        sa.UniqueConstraint("organization_id", "id", name=op.f("uq_payments_payments_organization_id_id")),
    )
    with op.batch_alter_table("payments_payments", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_payments_payments_organization_id_created_at_id"),
            ["organization_id", "created_at", "id"],
            unique=False,
        )
        batch_op.create_index(
            batch_op.f("ix_payments_payments_organization_id_subject_kind_subject_id"),
            ["organization_id", "subject_kind", "subject_id"],
            unique=False,
        )
        batch_op.create_index(
            batch_op.f("ix_payments_payments_status_expires_at_id"),
            ["status", "expires_at", "id"],
            unique=False,
        )
    op.create_table(
        "payments_attempts",
        sa.Column("id", Uuid(), nullable=False),
        sa.Column("organization_id", Uuid(), nullable=False),
        sa.Column("payment_id", Uuid(), nullable=False),
        sa.Column("provider", sa.Text(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=True),
        sa.Column("intent", sa.Text(), nullable=True),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("url", sa.Text(), nullable=True),
        sa.Column("captured", sa.BigInteger(), nullable=False),
        sa.Column("seen", sa.Integer(), nullable=False),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("expires_at", Timestamp(), nullable=False),
        sa.Column("created_at", Timestamp(), nullable=False),
        sa.CheckConstraint("captured >= 0", name=op.f("ck_payments_attempts_no_negative_money")),
        sa.ForeignKeyConstraint(
            ["organization_id", "payment_id"],
            ["payments_payments.organization_id", "payments_payments.id"],
            name=op.f("fk_payments_attempts_organization_id_payment_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payments_attempts")),
        sa.UniqueConstraint("provider", "reference", name=op.f("uq_payments_attempts_provider_reference")),
        info={
            "across_organizations": {
                "provider,reference": "the provider's, which knows nothing of organizations"
            }
        },
    )
    with op.batch_alter_table("payments_attempts", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_payments_attempts_payment_id_id"), ["payment_id", "id"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_payments_attempts_provider_intent"), ["provider", "intent"], unique=False
        )
    op.create_table(
        "payments_refunds",
        sa.Column("id", Uuid(), nullable=False),
        sa.Column("organization_id", Uuid(), nullable=False),
        sa.Column("payment_id", Uuid(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("settled_at", Timestamp(), nullable=True),
        sa.Column("created_at", Timestamp(), nullable=False),
        sa.Column("created_by", Uuid(), nullable=False),
        sa.Column("updated_at", Timestamp(), nullable=False),
        sa.Column("updated_by", Uuid(), nullable=False),
        sa.CheckConstraint("amount > 0", name=op.f("ck_payments_refunds_gives_something_back")),
        sa.ForeignKeyConstraint(
            ["organization_id", "payment_id"],
            ["payments_payments.organization_id", "payments_payments.id"],
            name=op.f("fk_payments_refunds_organization_id_payment_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payments_refunds")),
        sa.UniqueConstraint("organization_id", "id", name=op.f("uq_payments_refunds_organization_id_id")),
        sa.UniqueConstraint(
            "organization_id",
            "payment_id",
            "key",
            name=op.f("uq_payments_refunds_organization_id_payment_id_key"),
        ),
    )
    op.create_table(
        "payments_transactions",
        sa.Column("id", Uuid(), nullable=False),
        sa.Column("organization_id", Uuid(), nullable=False),
        sa.Column("payment_id", Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("fact", sa.Text(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("created_at", Timestamp(), nullable=False),
        sa.CheckConstraint("amount > 0", name=op.f("ck_payments_transactions_moves_something")),
        sa.ForeignKeyConstraint(
            ["organization_id", "payment_id"],
            ["payments_payments.organization_id", "payments_payments.id"],
            name=op.f("fk_payments_transactions_organization_id_payment_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payments_transactions")),
        sa.UniqueConstraint(
            "organization_id", "id", "amount", name=op.f("uq_payments_transactions_organization_id_id_amount")
        ),
        sa.UniqueConstraint(
            "organization_id",
            "payment_id",
            "kind",
            "fact",
            name=op.f("uq_payments_transactions_organization_id_payment_id_kind_fact"),
        ),
    )
    op.create_table(
        "payments_entries",
        sa.Column("organization_id", Uuid(), nullable=False),
        sa.Column("transaction_id", Uuid(), nullable=False),
        sa.Column("side", sa.Integer(), nullable=False),
        sa.Column("magnitude", sa.BigInteger(), nullable=False),
        sa.Column("account", sa.Text(), nullable=False),
        sa.CheckConstraint("side IN (-1, 1)", name=op.f("ck_payments_entries_debit_or_credit")),
        sa.ForeignKeyConstraint(
            ["organization_id", "transaction_id", "magnitude"],
            [
                "payments_transactions.organization_id",
                "payments_transactions.id",
                "payments_transactions.amount",
            ],
            name=op.f("fk_payments_entries_organization_id_transaction_id_magnitude"),
        ),
        sa.PrimaryKeyConstraint(
            "organization_id", "transaction_id", "side", name=op.f("pk_payments_entries")
        ),
    )


def downgrade() -> None:
    op.drop_table("payments_entries")
    op.drop_table("payments_transactions")
    op.drop_table("payments_refunds")
    with op.batch_alter_table("payments_attempts", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_payments_attempts_provider_intent"))
        batch_op.drop_index(batch_op.f("ix_payments_attempts_payment_id_id"))
    op.drop_table("payments_attempts")
    with op.batch_alter_table("payments_payments", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_payments_payments_status_expires_at_id"))
        batch_op.drop_index(batch_op.f("ix_payments_payments_organization_id_subject_kind_subject_id"))
        batch_op.drop_index(batch_op.f("ix_payments_payments_organization_id_created_at_id"))
    op.drop_table("payments_payments")
    with op.batch_alter_table("payments_events", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_payments_events_status_next_try_at_id"))
        batch_op.drop_index(batch_op.f("ix_payments_events_payment_id_id"))
    op.drop_table("payments_events")
    op.drop_table("payments_differences")
    op.drop_table("payments_accounts")
