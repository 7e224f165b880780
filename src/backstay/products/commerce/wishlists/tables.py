"""Wishlists. One row holds a list whole, as with carts: it is read whole, and one lock guards it."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Index, Integer, LargeBinary, Table, Text, UniqueConstraint, text

from backstay.kernel.database import (
    ACROSS,
    Json,
    Timestamp,
    Uuid,
    id_column,
    module_tables,
    organization_column,
    version_column,
)

metadata = module_tables("wishlists")

lists = Table(
    "wishlists_lists",
    metadata,
    id_column(),
    organization_column(),
    Column("shop_id", Uuid, nullable=False),
    Column("owner_id", Uuid, nullable=False),
    Column("name", Text, nullable=False),
    Column("name_key", Text, nullable=False),
    Column("default", Boolean, nullable=False),
    Column("items", Json, nullable=False),
    Column("units", Integer, nullable=False),
    Column("token_digest", LargeBinary, nullable=True),
    Column("created_at", Timestamp, nullable=False, info={"role": "created_at"}),
    Column("updated_at", Timestamp, nullable=False, info={"role": "updated_at"}),
    version_column(),
    UniqueConstraint("organization_id", "shop_id", "owner_id", "name_key"),
    UniqueConstraint("token_digest"),
    Index(
        "uq_wishlists_lists_default",
        "organization_id",
        "shop_id",
        "owner_id",
        unique=True,
        sqlite_where=text('"default" = 1'),
        postgresql_where=text('"default"'),
    ),
    Index("ix_wishlists_lists_owner_id", "owner_id"),
    info={ACROSS: {"token_digest": "of 256 random bits"}},
)
"""`name_key` is the name as it is compared; `token_digest` the SHA-256 of what a link carries, so that the
table gives no link away."""
