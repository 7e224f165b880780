"""Create coupons."""

import sqlalchemy as sa
from alembic import op

from backstay.kernel.database import Json, Timestamp, Uuid

revision = "coupons_0001"
down_revision = None
branch_labels = ("coupons",)


def upgrade() -> None:
    op.create_table(
        "coupons_coupons",
        sa.Column("id", Uuid(), nullable=False),
        sa.Column("organization_id", Uuid(), nullable=False),
        sa.Column("shop_id", Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("off", Json(), nullable=False),
        sa.Column("target", sa.Text(), nullable=False),
        sa.Column("goods", Json(), nullable=True),
        sa.Column("minimum", Json(), nullable=False),
        sa.Column("first_order", sa.Boolean(), nullable=False),
        sa.Column("customers", Json(), nullable=False),
        sa.Column("emails", Json(), nullable=False),
        sa.Column("starts_at", Timestamp(), nullable=True),
        sa.Column("redeem_by", Timestamp(), nullable=True),
        sa.Column("most", sa.BigInteger(), nullable=True),
        sa.Column("per_customer", sa.BigInteger(), nullable=True),
        sa.Column("stacking", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("automatic", sa.Boolean(), nullable=False),
        sa.Column("give_back", sa.Boolean(), nullable=False),
        sa.Column("paused", sa.Boolean(), nullable=False),
        sa.Column("taken", sa.BigInteger(), nullable=False),
        sa.Column("created_at", Timestamp(), nullable=False),
        sa.Column("created_by", Uuid(), nullable=False),
        sa.Column("updated_at", Timestamp(), nullable=False),
        sa.Column("updated_by", Uuid(), nullable=False),
        sa.Column("deleted_at", Timestamp(), nullable=True),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "taken >= 0 AND (most IS NULL OR taken <= most)", name=op.f("ck_coupons_coupons_within_the_limit")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_coupons_coupons")),
        sa.UniqueConstraint("organization_id", "id", name=op.f("uq_coupons_coupons_organization_id_id")),
    )
    with op.batch_alter_table("coupons_coupons", schema=None) as batch_op:
        batch_op.create_index(
            "ix_coupons_coupons_automatic",
            ["organization_id", "shop_id"],
            unique=False,
            sqlite_where=sa.text("automatic = 1 AND deleted_at IS NULL"),
            postgresql_where=sa.text("automatic AND deleted_at IS NULL"),
        )
        batch_op.create_index(
            "ix_coupons_coupons_shop_id", ["organization_id", "shop_id", "id"], unique=False
        )
    op.create_table(
        "coupons_claims",
        sa.Column("id", Uuid(), nullable=False),
        sa.Column("organization_id", Uuid(), nullable=False),
        sa.Column("shop_id", Uuid(), nullable=False),
        sa.Column("coupon_id", Uuid(), nullable=False),
        sa.Column("code_id", Uuid(), nullable=True),
        sa.Column("holder", Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=True),
        sa.Column("off", Json(), nullable=False),
        sa.Column("discount", Json(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("give_back", sa.Boolean(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("customer_id", Uuid(), nullable=True),
        sa.Column("email", sa.Text(), nullable=True),
        sa.Column("ordinal", sa.BigInteger(), nullable=True),
        sa.Column("counted", sa.Boolean(), nullable=False),
        sa.Column("claimed_at", Timestamp(), nullable=False),
        sa.Column("released_at", Timestamp(), nullable=True),
        sa.ForeignKeyConstraint(
            ["organization_id", "coupon_id"],
            ["coupons_coupons.organization_id", "coupons_coupons.id"],
            name=op.f("fk_coupons_claims_organization_id_coupon_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_coupons_claims")),
    )
    with op.batch_alter_table("coupons_claims", schema=None) as batch_op:
        batch_op.create_index("ix_coupons_claims_coupon_id", ["coupon_id", "id"], unique=False)
        batch_op.create_index(
            "uq_coupons_claims_customer_id",
            ["organization_id", "coupon_id", "customer_id", "ordinal"],
            unique=True,
            sqlite_where=sa.text("counted = 1"),
            postgresql_where=sa.text("counted"),
        )
        batch_op.create_index(
            "uq_coupons_claims_email",
            ["organization_id", "coupon_id", "email", "ordinal"],
            unique=True,
            sqlite_where=sa.text("counted = 1"),
            postgresql_where=sa.text("counted"),
        )
        batch_op.create_index(
            "uq_coupons_claims_holder",
            ["organization_id", "holder", "coupon_id"],
            unique=True,
            sqlite_where=sa.text("released_at IS NULL"),
            postgresql_where=sa.text("released_at IS NULL"),
        )
    op.create_table(
        "coupons_codes",
        sa.Column("id", Uuid(), nullable=False),
        sa.Column("organization_id", Uuid(), nullable=False),
        sa.Column("shop_id", Uuid(), nullable=False),
        sa.Column("coupon_id", Uuid(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("expires_at", Timestamp(), nullable=True),
        sa.Column("most", sa.BigInteger(), nullable=True),
        sa.Column("taken", sa.BigInteger(), nullable=False),
        sa.Column("created_at", Timestamp(), nullable=False),
        sa.Column("created_by", Uuid(), nullable=False),
        sa.CheckConstraint(
            "taken >= 0 AND (most IS NULL OR taken <= most)", name=op.f("ck_coupons_codes_within_the_limit")
        ),
        sa.ForeignKeyConstraint(
            ["organization_id", "coupon_id"],
            ["coupons_coupons.organization_id", "coupons_coupons.id"],
            name=op.f("fk_coupons_codes_organization_id_coupon_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_coupons_codes")),
    )
    with op.batch_alter_table("coupons_codes", schema=None) as batch_op:
        batch_op.create_index("ix_coupons_codes_coupon_id", ["coupon_id", "id"], unique=False)
        batch_op.create_index(
            "uq_coupons_codes_key",
            ["organization_id", "shop_id", "key"],
            unique=True,
            sqlite_where=sa.text("active = 1"),
            postgresql_where=sa.text("active"),
        )


def downgrade() -> None:
    with op.batch_alter_table("coupons_codes", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_coupons_codes_key", sqlite_where=sa.text("active = 1"), postgresql_where=sa.text("active")
        )
        batch_op.drop_index("ix_coupons_codes_coupon_id")
    op.drop_table("coupons_codes")
    with op.batch_alter_table("coupons_claims", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_coupons_claims_holder",
            sqlite_where=sa.text("released_at IS NULL"),
            postgresql_where=sa.text("released_at IS NULL"),
        )
        batch_op.drop_index(
            "uq_coupons_claims_email",
            sqlite_where=sa.text("counted = 1"),
            postgresql_where=sa.text("counted"),
        )
        batch_op.drop_index(
            "uq_coupons_claims_customer_id",
            sqlite_where=sa.text("counted = 1"),
            postgresql_where=sa.text("counted"),
        )
        batch_op.drop_index("ix_coupons_claims_coupon_id")
    op.drop_table("coupons_claims")
    with op.batch_alter_table("coupons_coupons", schema=None) as batch_op:
        batch_op.drop_index("ix_coupons_coupons_shop_id")
        batch_op.drop_index(
            "ix_coupons_coupons_automatic",
            sqlite_where=sa.text("automatic = 1 AND deleted_at IS NULL"),
            postgresql_where=sa.text("automatic AND deleted_at IS NULL"),
        )
    op.drop_table("coupons_coupons")
