"""Shops, and what each charges beside its goods."""

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
)

from backstay.kernel.database import (
    ACROSS,
    Json,
    Uuid,
    id_column,
    module_tables,
    organization_column,
    stamps,
    version_column,
)

metadata = module_tables("shops")

shops = Table(
    "shops_shops",
    metadata,
    id_column(),
    organization_column(),
    Column("slug", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("currency", Text, nullable=False),
    Column("currencies", Json, nullable=False),
    Column("country", Text, nullable=False),
    Column("prices", Text, nullable=False),
    Column("rounded_per", Text, nullable=False),
    Column("order_expiry", Integer, nullable=False),
    # Null where carts hold nothing.
    Column("cart_hold", Integer, nullable=True),
    Column("merge", Text, nullable=False),
    Column("time_zone", Text, nullable=False),
    Column("exact_stock", Boolean, nullable=False),
    Column("closed", Boolean, nullable=False),
    *stamps(),
    version_column(),
    UniqueConstraint("slug"),
    UniqueConstraint("organization_id", "id"),
    info={ACROSS: {"slug": "a name in public addresses, first come, first served"}},
)

rates = Table(
    "shops_rates",
    metadata,
    organization_column(),
    Column("shop_id", Uuid, nullable=False),
    Column("country", Text, nullable=False),
    Column("tax_class", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("ppm", Integer, nullable=False),
    PrimaryKeyConstraint("shop_id", "country", "tax_class", "name", name="pk_shops_rates"),
    ForeignKeyConstraint(
        ["organization_id", "shop_id"], ["shops_shops.organization_id", "shops_shops.id"], ondelete="CASCADE"
    ),
    CheckConstraint("ppm BETWEEN 0 AND 10000000", name="ppm_range"),
)

methods = Table(
    "shops_methods",
    metadata,
    id_column(),
    organization_column(),
    Column("shop_id", Uuid, nullable=False),
    Column("name", Text, nullable=False),
    Column("amount", BigInteger, nullable=False),
    Column("currency", Text, nullable=False),
    Column("countries", Json, nullable=True),
    Column("free_from", BigInteger, nullable=True),
    Column("max_weight", BigInteger, nullable=True),
    Column("position", Integer, nullable=False),
    ForeignKeyConstraint(
        ["organization_id", "shop_id"], ["shops_shops.organization_id", "shops_shops.id"], ondelete="CASCADE"
    ),
    Index(None, "shop_id", "position"),
    CheckConstraint("amount >= 0", name="amount_range"),
)
"""The order in which they are offered is `position`."""
