"""What variants cost, and edits of many prices."""

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

from backstay.kernel.database import Timestamp, Uuid, id_column, organization_column, stamps, version_column
from backstay.products.commerce.catalog.tables.base import metadata, shop_column

prices = Table(
    "catalog_prices",
    metadata,
    organization_column(),
    Column("variant_id", Uuid, nullable=False),
    Column("currency", Text, nullable=False),
    Column("amount", BigInteger, nullable=False),
    Column("compare_at", BigInteger, nullable=True),
    PrimaryKeyConstraint("organization_id", "variant_id", "currency"),
    ForeignKeyConstraint(
        ["organization_id", "variant_id"],
        ["catalog_variants.organization_id", "catalog_variants.id"],
        ondelete="CASCADE",
    ),
    CheckConstraint("amount >= 0 AND (compare_at IS NULL OR compare_at > amount)", name="amounts"),
)

price_lists = Table(
    "catalog_price_lists",
    metadata,
    id_column(),
    organization_column(),
    shop_column(),
    Column("name", Text, nullable=False),
    Column("currency", Text, nullable=False),
    Column("customer_group", Text, nullable=True),
    Column("starts_at", Timestamp, nullable=True),
    Column("ends_at", Timestamp, nullable=True),
    *stamps(),
    version_column(),
    UniqueConstraint("organization_id", "id"),
    Index("ix_catalog_price_lists_shop", "organization_id", "shop_id", "created_at", "id"),
)

list_prices = Table(
    "catalog_list_prices",
    metadata,
    organization_column(),
    Column("variant_id", Uuid, nullable=False),
    Column("price_list_id", Uuid, nullable=False),
    Column("amount", BigInteger, nullable=False),
    PrimaryKeyConstraint("organization_id", "variant_id", "price_list_id"),
    ForeignKeyConstraint(
        ["organization_id", "variant_id"],
        ["catalog_variants.organization_id", "catalog_variants.id"],
        ondelete="CASCADE",
    ),
    ForeignKeyConstraint(
        ["organization_id", "price_list_id"],
        ["catalog_price_lists.organization_id", "catalog_price_lists.id"],
        ondelete="CASCADE",
    ),
    Index("ix_catalog_list_prices_list", "organization_id", "price_list_id", "variant_id"),
    CheckConstraint("amount >= 0", name="amount"),
)

price_edits = Table(
    "catalog_price_edits",
    metadata,
    id_column(),
    organization_column(),
    shop_column(),
    Column("currency", Text, nullable=False),
    Column("changed", Integer, nullable=False),
    Column("unchanged", Integer, nullable=False),
    Column("undone_at", Timestamp, nullable=True),
    *stamps(),
    UniqueConstraint("organization_id", "id"),
    Index("ix_catalog_price_edits_shop", "organization_id", "shop_id", "created_at", "id"),
)

edited_prices = Table(
    "catalog_edited_prices",
    metadata,
    organization_column(),
    Column("edit_id", Uuid, nullable=False),
    Column("variant_id", Uuid, nullable=False),
    Column("product_id", Uuid, nullable=False),
    Column("sku", Text, nullable=False),
    Column("currency", Text, nullable=False),
    Column("before", BigInteger, nullable=True),
    Column("before_compare_at", BigInteger, nullable=True),
    Column("after", BigInteger, nullable=True),
    Column("after_compare_at", BigInteger, nullable=True),
    PrimaryKeyConstraint("organization_id", "edit_id", "variant_id"),
    ForeignKeyConstraint(
        ["organization_id", "edit_id"],
        ["catalog_price_edits.organization_id", "catalog_price_edits.id"],
        ondelete="CASCADE",
    ),
)
