"""Imports and exports."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKeyConstraint,
    Index,
    Integer,
    PrimaryKeyConstraint,
    Table,
    Text,
    UniqueConstraint,
)

from backstay.kernel.database import Json, Timestamp, Uuid, id_column, organization_column, stamps
from backstay.products.commerce.catalog.tables.base import metadata, shop_column

imports = Table(
    "catalog_imports",
    metadata,
    id_column(),
    organization_column(),
    shop_column(),
    Column("format", Text, nullable=False),
    Column("content", Text, nullable=False),
    Column("dry_run", Boolean, nullable=False),
    Column("make_terms", Boolean, nullable=False),
    Column("state", Text, nullable=False),
    Column("rows", Integer, nullable=True),
    Column("products", Integer, nullable=True),
    Column("done", Integer, nullable=False),
    Column("created", Integer, nullable=False),
    Column("changed", Integer, nullable=False),
    Column("unchanged", Integer, nullable=False),
    Column("refused", Integer, nullable=False),
    Column("faults", Integer, nullable=False),
    Column("kept", Integer, nullable=False),
    Column("finished_at", Timestamp, nullable=True),
    *stamps(),
    UniqueConstraint("organization_id", "id"),
    Index("ix_catalog_imports_shop", "organization_id", "shop_id", "created_at", "id"),
)

faults = Table(
    "catalog_faults",
    metadata,
    organization_column(),
    Column("import_id", Uuid, nullable=False),
    Column("number", Integer, nullable=False),
    Column("row", Integer, nullable=False),
    Column("field", Text, nullable=False),
    Column("code", Text, nullable=False),
    Column("message", Text, nullable=False),
    Column("product", Text, nullable=False),
    PrimaryKeyConstraint("organization_id", "import_id", "number"),
    ForeignKeyConstraint(
        ["organization_id", "import_id"],
        ["catalog_imports.organization_id", "catalog_imports.id"],
        ondelete="CASCADE",
    ),
)

touched = Table(
    "catalog_touched",
    metadata,
    organization_column(),
    Column("import_id", Uuid, nullable=False),
    Column("product_id", Uuid, nullable=False),
    Column("number", Integer, nullable=False),
    Column("before", Json, nullable=True),
    Column("version", BigInteger, nullable=False),
    PrimaryKeyConstraint("organization_id", "import_id", "product_id"),
    Index("ix_catalog_touched_number", "organization_id", "import_id", "number"),
    ForeignKeyConstraint(
        ["organization_id", "import_id"],
        ["catalog_imports.organization_id", "catalog_imports.id"],
        ondelete="CASCADE",
    ),
)
"""What an import changed, as it was before."""

exports = Table(
    "catalog_exports",
    metadata,
    id_column(),
    organization_column(),
    shop_column(),
    Column("format", Text, nullable=False),
    Column("products", Integer, nullable=True),
    Column("content", Text, nullable=True),
    Column("finished_at", Timestamp, nullable=True),
    *stamps(),
    UniqueConstraint("organization_id", "id"),
)
