"""Coupons, the codes that lead to them, and who used them for what."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    ForeignKeyConstraint,
    Index,
    Integer,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from backstay.kernel.database import (
    Json,
    Timestamp,
    Uuid,
    id_column,
    module_tables,
    organization_column,
    soft_deletion,
    stamps,
    version_column,
)

metadata = module_tables("coupons")

coupons = Table(
    "coupons_coupons",
    metadata,
    id_column(),
    organization_column(),
    Column("shop_id", Uuid, nullable=False),
    Column("name", Text, nullable=False),
    Column("off", Json, nullable=False),
    Column("target", Text, nullable=False),
    Column("goods", Json, nullable=True),
    Column("minimum", Json, nullable=False),
    Column("first_order", Boolean, nullable=False),
    Column("customers", Json, nullable=False),
    Column("emails", Json, nullable=False),
    Column("starts_at", Timestamp, nullable=True),
    Column("redeem_by", Timestamp, nullable=True),
    Column("most", BigInteger, nullable=True),
    Column("per_customer", BigInteger, nullable=True),
    Column("stacking", Text, nullable=False),
    Column("position", Integer, nullable=False),
    Column("automatic", Boolean, nullable=False),
    Column("give_back", Boolean, nullable=False),
    Column("paused", Boolean, nullable=False),
    Column("taken", BigInteger, nullable=False),
    *stamps(),
    soft_deletion(),
    version_column(),
    UniqueConstraint("organization_id", "id"),
    Index("ix_coupons_coupons_shop_id", "organization_id", "shop_id", "id"),
    Index(
        "ix_coupons_coupons_automatic",
        "organization_id",
        "shop_id",
        sqlite_where=text("automatic = 1 AND deleted_at IS NULL"),
        postgresql_where=text("automatic AND deleted_at IS NULL"),
    ),
    CheckConstraint("taken >= 0 AND (most IS NULL OR taken <= most)", name="within_the_limit"),
)
"""`taken` is kept only where `most` limits it: counting the uses of an unlimited coupon would let every
checkout of the shop wait for the one before. The CHECK stands behind the statement that counts."""

codes = Table(
    "coupons_codes",
    metadata,
    id_column(),
    organization_column(),
    Column("shop_id", Uuid, nullable=False),
    Column("coupon_id", Uuid, nullable=False),
    Column("code", Text, nullable=False),
    Column("key", Text, nullable=False),
    Column("active", Boolean, nullable=False),
    Column("expires_at", Timestamp, nullable=True),
    Column("most", BigInteger, nullable=True),
    Column("taken", BigInteger, nullable=False),
    Column("created_at", Timestamp, nullable=False, info={"role": "created_at"}),
    Column("created_by", Uuid, nullable=False, info={"role": "created_by"}),
    ForeignKeyConstraint(
        ["organization_id", "coupon_id"], ["coupons_coupons.organization_id", "coupons_coupons.id"]
    ),
    Index(
        "uq_coupons_codes_key",
        "organization_id",
        "shop_id",
        "key",
        unique=True,
        sqlite_where=text("active = 1"),
        postgresql_where=text("active"),
    ),
    Index("ix_coupons_codes_coupon_id", "coupon_id", "id"),
    CheckConstraint("taken >= 0 AND (most IS NULL OR taken <= most)", name="within_the_limit"),
)
"""`key` is the code as it is compared, in capitals."""

claims = Table(
    "coupons_claims",
    metadata,
    id_column(),
    organization_column(),
    Column("shop_id", Uuid, nullable=False),
    Column("coupon_id", Uuid, nullable=False),
    Column("code_id", Uuid, nullable=True),
    Column("holder", Uuid, nullable=False),
    Column("name", Text, nullable=False),
    Column("code", Text, nullable=True),
    Column("off", Json, nullable=False),
    Column("discount", Json, nullable=False),
    Column("position", Integer, nullable=False),
    Column("give_back", Boolean, nullable=False),
    Column("currency", Text, nullable=False),
    Column("customer_id", Uuid, nullable=True),
    Column("email", Text, nullable=True),
    Column("ordinal", BigInteger, nullable=True),
    Column("counted", Boolean, nullable=False),
    Column("claimed_at", Timestamp, nullable=False, info={"role": "created_at"}),
    Column("released_at", Timestamp, nullable=True),
    ForeignKeyConstraint(
        ["organization_id", "coupon_id"], ["coupons_coupons.organization_id", "coupons_coupons.id"]
    ),
    Index(
        "uq_coupons_claims_holder",
        "organization_id",
        "holder",
        "coupon_id",
        unique=True,
        sqlite_where=text("released_at IS NULL"),
        postgresql_where=text("released_at IS NULL"),
    ),
    Index("ix_coupons_claims_coupon_id", "coupon_id", "id"),
    *(
        Index(
            f"uq_coupons_claims_{identity}",
            "organization_id",
            "coupon_id",
            identity,
            "ordinal",
            unique=True,
            sqlite_where=text("counted = 1"),
            postgresql_where=text("counted"),
        )
        for identity in ("customer_id", "email")
    ),
)
"""A use. `ordinal` is its number among the customer's own uses that count: two purchases of one customer
that come at once want the same number, and the unique keys let one of them have it."""
