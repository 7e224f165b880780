"""Gift cards and their books."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    PrimaryKeyConstraint,
    Table,
    Text,
    UniqueConstraint,
)

from backstay.kernel.database import (
    Timestamp,
    Uuid,
    id_column,
    module_tables,
    organization_column,
    stamps,
    version_column,
)

metadata = module_tables("giftcards")

cards = Table(
    "giftcards_cards",
    metadata,
    id_column(),
    organization_column(),
    Column("shop_id", Uuid, nullable=False),
    Column("digest", LargeBinary, nullable=False),
    Column("last_four", Text, nullable=False),
    Column("currency", Text, nullable=False),
    Column("initial", BigInteger, nullable=False),
    Column("balance", BigInteger, nullable=False),
    Column("spent", BigInteger, nullable=False),
    Column("sequence", Integer, nullable=False),
    Column("expires_at", Timestamp, nullable=True),
    Column("active", Boolean, nullable=False),
    Column("note", Text, nullable=False),
    Column("email", Text, nullable=True),
    *stamps(),
    version_column(),
    UniqueConstraint("organization_id", "id"),
    UniqueConstraint("organization_id", "shop_id", "digest"),
    CheckConstraint("initial > 0", name="holds_something"),
    # What purchases hold can always come back.
    CheckConstraint("balance >= 0 AND spent >= 0 AND balance + spent <= initial", name="within_the_first"),
    Index("ix_giftcards_cards_shop_id", "organization_id", "shop_id", "id"),
)
"""`digest` is a MAC of the code under a key of the deployment's; the code itself is kept nowhere. `sequence`
is the number of the card's last entry."""

entries = Table(
    "giftcards_entries",
    metadata,
    organization_column(),
    Column("card_id", Uuid, nullable=False),
    Column("sequence", Integer, nullable=False),
    Column("kind", Text, nullable=False),
    Column("amount", BigInteger, nullable=False),
    Column("balance", BigInteger, nullable=False),
    Column("payment_id", Uuid, nullable=True),
    Column("fact_id", Uuid, nullable=True),
    Column("reason", Text, nullable=True),
    Column("at", Timestamp, nullable=False, info={"role": "created_at"}),
    PrimaryKeyConstraint("organization_id", "card_id", "sequence"),
    # A payment takes once, and a refund gives back once, whoever asks how often.
    UniqueConstraint("organization_id", "fact_id"),
    ForeignKeyConstraint(
        ["organization_id", "card_id"], ["giftcards_cards.organization_id", "giftcards_cards.id"]
    ),
    Index("ix_giftcards_entries_payment_id", "organization_id", "payment_id"),
)
"""`fact_id` is the attempt to pay, or the refund, as payments know it."""
