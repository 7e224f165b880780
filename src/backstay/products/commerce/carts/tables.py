"""Carts. One row holds a cart whole: it is read whole, changed whole, and one lock guards it."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Column, Index, Integer, LargeBinary, Table, Text, text

from backstay.kernel.database import (
    Json,
    Timestamp,
    Uuid,
    id_column,
    module_tables,
    organization_column,
    version_column,
)

metadata = module_tables("carts")

carts = Table(
    "carts_carts",
    metadata,
    id_column(),
    organization_column(),
    Column("shop_id", Uuid, nullable=False),
    Column("state", Text, nullable=False),
    Column("customer_id", Uuid, nullable=True),
    Column("token_digest", LargeBinary, nullable=True),
    Column("currency", Text, nullable=False),
    Column("country", Text, nullable=False),
    Column("email", Text, nullable=True),
    Column("note", Text, nullable=True),
    Column("shipping_address", Json, nullable=True),
    Column("billing_address", Json, nullable=True),
    Column("shipping_method", Uuid, nullable=True),
    Column("codes", Json, nullable=False),
    Column("gift_cards", Json, nullable=False, server_default="[]"),
    Column("lines", Json, nullable=False),
    Column("changes", Json, nullable=False),
    Column("units", Integer, nullable=False),
    Column("order_id", Uuid, nullable=True),
    Column("merged_into", Uuid, nullable=True),
    Column("held_until", Timestamp, nullable=True),
    Column("expires_at", Timestamp, nullable=False),
    Column("created_at", Timestamp, nullable=False, info={"role": "created_at"}),
    Column("updated_at", Timestamp, nullable=False, info={"role": "updated_at"}),
    version_column(),
    Index(
        "uq_carts_carts_customer_id",
        "organization_id",
        "shop_id",
        "customer_id",
        unique=True,
        sqlite_where=text("state = 'open'"),
        postgresql_where=text("state = 'open'"),
    ),
    Index("ix_carts_carts_updated_at", "organization_id", "shop_id", "updated_at"),
    Index("ix_carts_carts_expires_at", "expires_at"),
    CheckConstraint("(customer_id IS NULL) = (token_digest IS NOT NULL)", name="somebodys"),
)
"""A guest's cart is proven by a token, of which only the SHA-256 is kept; an account has one open cart a
shop, and no token leads to it. `lines` and `changes` are lists of `CartLine` and `LineChange`."""
