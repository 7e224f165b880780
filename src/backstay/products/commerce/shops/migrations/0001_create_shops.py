"""Create shops."""

import sqlalchemy as sa
from alembic import op

from backstay.kernel.database import Json, Timestamp, Uuid

revision = "shops_0001"
down_revision = None
branch_labels = ("shops",)


def upgrade() -> None:
    op.create_table(
        "shops_shops",
        sa.Column("id", Uuid(), nullable=False),
        sa.Column("organization_id", Uuid(), nullable=False),
        sa.Column("slug", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("currencies", Json(), nullable=False),
        sa.Column("country", sa.Text(), nullable=False),
        sa.Column("prices", sa.Text(), nullable=False),
        sa.Column("rounded_per", sa.Text(), nullable=False),
        sa.Column("order_expiry", sa.Integer(), nullable=False),
        sa.Column("hold", sa.Integer(), nullable=False),
        sa.Column("merge", sa.Text(), nullable=False),
        sa.Column("exact_stock", sa.Boolean(), nullable=False),
        sa.Column("closed", sa.Boolean(), nullable=False),
        sa.Column("created_at", Timestamp(), nullable=False),
        sa.Column("created_by", Uuid(), nullable=False),
        sa.Column("updated_at", Timestamp(), nullable=False),
        sa.Column("updated_by", Uuid(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_shops_shops")),
        sa.UniqueConstraint("organization_id", "id", name=op.f("uq_shops_shops_organization_id_id")),
        sa.UniqueConstraint("slug", name=op.f("uq_shops_shops_slug")),
    )
    op.create_table(
        "shops_methods",
        sa.Column("id", Uuid(), nullable=False),
        sa.Column("organization_id", Uuid(), nullable=False),
        sa.Column("shop_id", Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("countries", Json(), nullable=True),
        sa.Column("free_from", sa.BigInteger(), nullable=True),
        sa.Column("max_weight", sa.BigInteger(), nullable=True),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.CheckConstraint("amount >= 0", name=op.f("ck_shops_methods_amount_range")),
        sa.ForeignKeyConstraint(
            ["organization_id", "shop_id"],
            ["shops_shops.organization_id", "shops_shops.id"],
            name=op.f("fk_shops_methods_organization_id_shop_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_shops_methods")),
    )
    with op.batch_alter_table("shops_methods", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_shops_methods_shop_id_position"), ["shop_id", "position"], unique=False
        )
    op.create_table(
        "shops_rates",
        sa.Column("organization_id", Uuid(), nullable=False),
        sa.Column("shop_id", Uuid(), nullable=False),
        sa.Column("country", sa.Text(), nullable=False),
        sa.Column("tax_class", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("ppm", sa.Integer(), nullable=False),
        sa.CheckConstraint("ppm BETWEEN 0 AND 10000000", name=op.f("ck_shops_rates_ppm_range")),
        sa.ForeignKeyConstraint(
            ["organization_id", "shop_id"],
            ["shops_shops.organization_id", "shops_shops.id"],
            name=op.f("fk_shops_rates_organization_id_shop_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("shop_id", "country", "tax_class", "name", name="pk_shops_rates"),
    )


def downgrade() -> None:
    op.drop_table("shops_rates")
    with op.batch_alter_table("shops_methods", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_shops_methods_shop_id_position"))
    op.drop_table("shops_methods")
    op.drop_table("shops_shops")
