"""Products and their variants, what they are found by, and how lists have them."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    ForeignKeyConstraint,
    Index,
    Integer,
    PrimaryKeyConstraint,
    Table,
    Text,
    UniqueConstraint,
    false,
    text,
)

from backstay.kernel.database import (
    Json,
    Timestamp,
    Uuid,
    id_column,
    organization_column,
    soft_deletion,
    stamps,
    version_column,
)
from backstay.products.commerce.catalog.tables.base import Key, metadata, shop_column

windows = Table(
    "catalog_windows",
    metadata,
    organization_column(),
    shop_column(),
    Column("revision", BigInteger, nullable=False),
    Column("terms_revision", BigInteger, nullable=False),
    PrimaryKeyConstraint("organization_id", "shop_id"),
)
"""`terms_revision`: the revision at which a category, brand or collection last changed."""

terms = Table(
    "catalog_terms",
    metadata,
    id_column(),
    organization_column(),
    shop_column(),
    Column("kind", Text, nullable=False),
    Column("slug", Key, nullable=False),
    Column("name", Text, nullable=False),
    Column("description", Text, nullable=False),
    Column("image", Text, nullable=True),
    Column("position", Integer, nullable=False),
    Column("parent_id", Uuid, nullable=True),
    *stamps(),
    version_column(),
    UniqueConstraint("organization_id", "id"),
    UniqueConstraint("organization_id", "shop_id", "kind", "slug"),
    CheckConstraint("kind IN ('category', 'brand', 'collection')", name="kind"),
    CheckConstraint("parent_id IS NULL OR (kind = 'category' AND parent_id <> id)", name="parent"),
)

products = Table(
    "catalog_products",
    metadata,
    id_column(),
    organization_column(),
    shop_column(),
    Column("slug", Key, nullable=False),
    Column("title", Text, nullable=False),
    Column("title_key", Key, nullable=False),
    Column("description", Text, nullable=False),
    Column("brand_id", Uuid, nullable=True),
    Column("tax_class", Text, nullable=False),
    Column("discountable", Boolean, nullable=False),
    Column("options", Json, nullable=False),
    Column("media", Json, nullable=False),
    Column("published_from", Timestamp, nullable=True),
    Column("published_until", Timestamp, nullable=True),
    *stamps(),
    soft_deletion(),
    version_column(),
    UniqueConstraint("organization_id", "id"),
    Index("ix_catalog_products_title", "organization_id", "shop_id", "title_key", "id"),
    Index("ix_catalog_products_updated", "organization_id", "shop_id", "updated_at", "id"),
    Index("ix_catalog_products_brand", "organization_id", "brand_id"),
)

slugs = Table(
    "catalog_slugs",
    metadata,
    organization_column(),
    shop_column(),
    Column("slug", Key, nullable=False),
    Column("product_id", Uuid, nullable=False),
    PrimaryKeyConstraint("organization_id", "shop_id", "slug"),
    Index("ix_catalog_slugs_product", "organization_id", "product_id"),
)
"""Every slug that a product ever had leads to it, until another takes it."""

variants = Table(
    "catalog_variants",
    metadata,
    id_column(),
    organization_column(),
    shop_column(),
    Column("product_id", Uuid, nullable=False),
    Column("sku", Key, nullable=False),
    Column("options", Json, nullable=False),
    Column("barcode", Text, nullable=False),
    Column("weight", BigInteger, nullable=False),
    Column("image", Text, nullable=True),
    Column("position", Integer, nullable=False),
    Column("in_stock", Boolean, nullable=False),
    Column("dropped", Boolean, nullable=False),
    Column("gone", Boolean, nullable=False),
    Column("gated", Boolean, nullable=False, server_default=false()),
    UniqueConstraint("organization_id", "id"),
    ForeignKeyConstraint(
        ["organization_id", "product_id"],
        ["catalog_products.organization_id", "catalog_products.id"],
        ondelete="CASCADE",
    ),
    Index("ix_catalog_variants_product", "organization_id", "product_id"),
    Index(
        "uq_catalog_variants_sku",
        "organization_id",
        "shop_id",
        "sku",
        unique=True,
        sqlite_where=text("NOT gone"),
        postgresql_where=text("NOT gone"),
    ),
)
"""`dropped`: its product has it no more; `gone`: that, or its product is deleted. Past orders know its id.

`gated`: another module told that not everybody may buy it."""

placements = Table(
    "catalog_placements",
    metadata,
    organization_column(),
    Column("product_id", Uuid, nullable=False),
    Column("term_id", Uuid, nullable=False),
    Column("position", Integer, nullable=False),
    PrimaryKeyConstraint("organization_id", "product_id", "term_id"),
    ForeignKeyConstraint(
        ["organization_id", "product_id"],
        ["catalog_products.organization_id", "catalog_products.id"],
        ondelete="CASCADE",
    ),
    ForeignKeyConstraint(
        ["organization_id", "term_id"],
        ["catalog_terms.organization_id", "catalog_terms.id"],
        ondelete="CASCADE",
    ),
    Index("ix_catalog_placements_term", "organization_id", "term_id", "product_id"),
)
"""The categories and collections that a product is in."""

listings = Table(
    "catalog_listings",
    metadata,
    organization_column(),
    Column("product_id", Uuid, nullable=False),
    shop_column(),
    Column("revision", BigInteger, nullable=False),
    Column("doc", Json, nullable=True),
    Column("category_ids", Json, nullable=False),
    Column("collection_ids", Json, nullable=False),
    Column("in_stock", Boolean, nullable=False),
    Column("rating", Integer, nullable=True),
    Column("rating_count", Integer, nullable=False),
    Column("sold", BigInteger, nullable=False),
    PrimaryKeyConstraint("organization_id", "product_id"),
    ForeignKeyConstraint(
        ["organization_id", "product_id"],
        ["catalog_products.organization_id", "catalog_products.id"],
        ondelete="CASCADE",
    ),
    Index(
        "uq_catalog_listings_revision", "organization_id", "shop_id", "revision", "product_id", unique=True
    ),
)
"""A product as lists need it, `doc` NULL while it is deleted; and what other modules tell of it.

`category_ids` are those that it is in, with those above them."""
