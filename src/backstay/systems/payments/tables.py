"""The tables of payments: what we asked for, what providers told, and the money in two columns."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    ForeignKeyConstraint,
    Index,
    Integer,
    PrimaryKeyConstraint,
    Table,
    Text,
    UniqueConstraint,
)

from backstay.kernel.database import (
    ACROSS,
    Json,
    Timestamp,
    Uuid,
    id_column,
    module_tables,
    organization_column,
    stamps,
    version_column,
)

metadata = module_tables("payments")

payments = Table(
    "payments_payments",
    metadata,
    id_column(),
    organization_column(),
    Column("subject_kind", Text, nullable=False),
    Column("subject_id", Text, nullable=False),
    Column("amount", BigInteger, nullable=False),
    Column("currency", Text, nullable=False),
    Column("description", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("capture", Text, nullable=False),
    Column("provider", Text, nullable=False),
    Column("session_url", Text, nullable=True),
    Column("return_url", Text, nullable=False),
    Column("customer_email", Text, nullable=True),
    Column("metadata", Json, nullable=False),
    Column("discounts", Json, nullable=False, server_default="{}"),
    Column("captured", BigInteger, nullable=False),
    Column("refunding", BigInteger, nullable=False),
    Column("refunded", BigInteger, nullable=False),
    Column("capture_requested", BigInteger, nullable=True),
    Column("review_reason", Text, nullable=True),
    Column("last_error", Text, nullable=True),
    Column("expires_at", Timestamp, nullable=False),
    Column("settled_at", Timestamp, nullable=True),
    *stamps(),
    version_column(),
    UniqueConstraint("organization_id", "id"),
    CheckConstraint("amount > 0", name="asks_for_something"),
    CheckConstraint("captured >= 0 AND refunding >= 0 AND refunded >= 0", name="no_negative_money"),
    CheckConstraint("refunding + refunded <= captured", name="refunds_within_captures"),
    CheckConstraint("status <> 'succeeded' OR captured > 0", name="succeeded_with_money"),
    Index(None, "organization_id", "subject_kind", "subject_id"),
    Index(None, "organization_id", "created_at", "id"),
    Index(None, "status", "expires_at", "id"),
)

attempts = Table(
    "payments_attempts",
    metadata,
    id_column(),
    organization_column(),
    Column("payment_id", Uuid, nullable=False),
    Column("provider", Text, nullable=False),
    Column("reference", Text, nullable=True),
    Column("intent", Text, nullable=True),
    Column("status", Text, nullable=False),
    Column("url", Text, nullable=True),
    Column("captured", BigInteger, nullable=False),
    Column("seen", Integer, nullable=False),
    Column("error", Text, nullable=True),
    Column("expires_at", Timestamp, nullable=False),
    Column("created_at", Timestamp, nullable=False, info={"role": "created_at"}),
    UniqueConstraint("provider", "reference"),
    CheckConstraint("captured >= 0", name="no_negative_money"),
    ForeignKeyConstraint(
        ["organization_id", "payment_id"], ["payments_payments.organization_id", "payments_payments.id"]
    ),
    Index(None, "payment_id", "id"),
    Index(None, "provider", "intent"),
    info={ACROSS: {"provider,reference": "the provider's, which knows nothing of organizations"}},
)

refunds = Table(
    "payments_refunds",
    metadata,
    id_column(),
    organization_column(),
    Column("payment_id", Uuid, nullable=False),
    Column("amount", BigInteger, nullable=False),
    Column("reason", Text, nullable=False),
    Column("key", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("reference", Text, nullable=True),
    Column("error", Text, nullable=True),
    Column("settled_at", Timestamp, nullable=True),
    *stamps(),
    UniqueConstraint("organization_id", "payment_id", "key"),
    UniqueConstraint("organization_id", "id"),
    CheckConstraint("amount > 0", name="gives_something_back"),
    ForeignKeyConstraint(
        ["organization_id", "payment_id"], ["payments_payments.organization_id", "payments_payments.id"]
    ),
)

events = Table(
    "payments_events",
    metadata,
    id_column(),
    organization_column(),
    Column("provider", Text, nullable=False),
    Column("event_id", Text, nullable=False),
    Column("type", Text, nullable=False),
    Column("reference", Text, nullable=False),
    Column("payment_id", Uuid, nullable=True),
    Column("status", Text, nullable=False),
    Column("tries", Integer, nullable=False),
    Column("note", Text, nullable=False),
    # What it says in our words; the provider's own may hold the customer's address and more.
    Column("news", Json, nullable=False),
    Column("told_at", Timestamp, nullable=False),
    Column("next_try_at", Timestamp, nullable=True),
    Column("created_at", Timestamp, nullable=False, info={"role": "created_at"}),
    UniqueConstraint("provider", "event_id"),
    Index(None, "payment_id", "id"),
    Index(None, "status", "next_try_at", "id"),
    info={ACROSS: {"provider,event_id": "the provider's, which knows nothing of organizations"}},
)
"""An event of nobody's known payment belongs to the house itself until it finds its payment."""

accounts = Table(
    "payments_accounts",
    metadata,
    organization_column(),
    Column("account", Text, nullable=False),
    Column("currency", Text, nullable=False),
    Column("balance", BigInteger, nullable=False),
    PrimaryKeyConstraint("organization_id", "account", "currency"),
)

transactions = Table(
    "payments_transactions",
    metadata,
    id_column(),
    organization_column(),
    Column("payment_id", Uuid, nullable=False),
    Column("kind", Text, nullable=False),
    # What it books: an attempt with its total, or a refund. One fact is booked once.
    Column("fact", Text, nullable=False),
    Column("amount", BigInteger, nullable=False),
    Column("currency", Text, nullable=False),
    Column("created_at", Timestamp, nullable=False, info={"role": "created_at"}),
    UniqueConstraint("organization_id", "payment_id", "kind", "fact"),
    UniqueConstraint("organization_id", "id", "amount"),
    CheckConstraint("amount > 0", name="moves_something"),
    ForeignKeyConstraint(
        ["organization_id", "payment_id"], ["payments_payments.organization_id", "payments_payments.id"]
    ),
)

entries = Table(
    "payments_entries",
    metadata,
    organization_column(),
    Column("transaction_id", Uuid, nullable=False),
    Column("side", Integer, nullable=False),
    Column("magnitude", BigInteger, nullable=False),
    Column("account", Text, nullable=False),
    # A transaction has at most one debit and one credit, and both are of its amount: they add up to zero.
    PrimaryKeyConstraint("organization_id", "transaction_id", "side"),
    CheckConstraint("side IN (-1, 1)", name="debit_or_credit"),
    ForeignKeyConstraint(
        ["organization_id", "transaction_id", "magnitude"],
        [
            "payments_transactions.organization_id",
            "payments_transactions.id",
            "payments_transactions.amount",
        ],
    ),
)
"""`side` is 1 for a debit and -1 for a credit; an entry's amount is `side * magnitude`."""

differences = Table(
    "payments_differences",
    metadata,
    organization_column(),
    Column("payment_id", Uuid, nullable=False),
    Column("what", Text, nullable=False),
    Column("ours", Text, nullable=False),
    Column("theirs", Text, nullable=False),
    Column("found_at", Timestamp, nullable=False),
    PrimaryKeyConstraint("organization_id", "payment_id", "what"),
)

mock_sessions = Table(
    "payments_mock_sessions",
    metadata,
    Column("reference", Text, primary_key=True),
    organization_column(),
    Column("idempotency_key", Text, nullable=False),
    Column("payment_id", Uuid, nullable=False),
    Column("amount", BigInteger, nullable=False),
    Column("currency", Text, nullable=False),
    Column("description", Text, nullable=False),
    Column("discounts", Json, nullable=False, server_default="{}"),
    Column("return_url", Text, nullable=False),
    Column("manual", Integer, nullable=False),
    Column("status", Text, nullable=False),
    Column("captured", BigInteger, nullable=False),
    Column("error", Text, nullable=True),
    Column("expires_at", Timestamp, nullable=False),
    Column("step", Integer, nullable=False),
    Column("created_at", Timestamp, nullable=False, info={"role": "created_at"}),
    UniqueConstraint("organization_id", "idempotency_key"),
    info={ACROSS: {"reference": "random"}},
)
"""The mock provider's own books: what happened there, whether we were told or not."""

mock_refunds = Table(
    "payments_mock_refunds",
    metadata,
    Column("reference", Text, primary_key=True),
    organization_column(),
    Column("idempotency_key", Text, nullable=False),
    Column("session", Text, nullable=False),
    Column("amount", BigInteger, nullable=False),
    Column("status", Text, nullable=False),
    Column("error", Text, nullable=True),
    Column("created_at", Timestamp, nullable=False, info={"role": "created_at"}),
    UniqueConstraint("organization_id", "idempotency_key"),
    Index(None, "organization_id", "session"),
    info={ACROSS: {"reference": "random"}},
)
