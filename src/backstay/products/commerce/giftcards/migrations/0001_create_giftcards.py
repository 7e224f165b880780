"""Create gift cards."""

import sqlalchemy as sa
from alembic import op

from backstay.kernel.database import Timestamp, Uuid

revision = "giftcards_0001"
down_revision = None
branch_labels = ("giftcards",)


def upgrade() -> None:
    op.create_table(
        "giftcards_cards",
        sa.Column("id", Uuid(), nullable=False),
        sa.Column("organization_id", Uuid(), nullable=False),
        sa.Column("shop_id", Uuid(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("last_four", sa.Text(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("initial", sa.BigInteger(), nullable=False),
        sa.Column("balance", sa.BigInteger(), nullable=False),
        sa.Column("spent", sa.BigInteger(), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("expires_at", Timestamp(), nullable=True),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("email", sa.Text(), nullable=True),
        sa.Column("created_at", Timestamp(), nullable=False),
        sa.Column("created_by", Uuid(), nullable=False),
        sa.Column("updated_at", Timestamp(), nullable=False),
        sa.Column("updated_by", Uuid(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("initial > 0", name=op.f("ck_giftcards_cards_holds_something")),
        sa.CheckConstraint(
            "balance >= 0 AND spent >= 0 AND balance + spent <= initial",
            name=op.f("ck_giftcards_cards_within_the_first"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_giftcards_cards")),
        sa.UniqueConstraint("organization_id", "id", name=op.f("uq_giftcards_cards_organization_id_id")),
        sa.UniqueConstraint(
            "organization_id",
            "shop_id",
            "digest",
            name=op.f("uq_giftcards_cards_organization_id_shop_id_digest"),
        ),
    )
    with op.batch_alter_table("giftcards_cards", schema=None) as batch_op:
        batch_op.create_index(
            "ix_giftcards_cards_shop_id", ["organization_id", "shop_id", "id"], unique=False
        )
    op.create_table(
        "giftcards_entries",
        sa.Column("organization_id", Uuid(), nullable=False),
        sa.Column("card_id", Uuid(), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("balance", sa.BigInteger(), nullable=False),
        sa.Column("payment_id", Uuid(), nullable=True),
        sa.Column("fact_id", Uuid(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("at", Timestamp(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id", "card_id"],
            ["giftcards_cards.organization_id", "giftcards_cards.id"],
            name=op.f("fk_giftcards_entries_organization_id_card_id"),
        ),
        sa.PrimaryKeyConstraint("organization_id", "card_id", "sequence", name=op.f("pk_giftcards_entries")),
        sa.UniqueConstraint(
            "organization_id", "fact_id", name=op.f("uq_giftcards_entries_organization_id_fact_id")
        ),
    )
    with op.batch_alter_table("giftcards_entries", schema=None) as batch_op:
        batch_op.create_index(
            "ix_giftcards_entries_payment_id", ["organization_id", "payment_id"], unique=False
        )


def downgrade() -> None:
    with op.batch_alter_table("giftcards_entries", schema=None) as batch_op:
        batch_op.drop_index("ix_giftcards_entries_payment_id")
    op.drop_table("giftcards_entries")
    with op.batch_alter_table("giftcards_cards", schema=None) as batch_op:
        batch_op.drop_index("ix_giftcards_cards_shop_id")
    op.drop_table("giftcards_cards")
