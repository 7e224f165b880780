"""Locations, the levels kept in them, the ledger of every movement, and who holds what.

The ledger is the truth and the levels are its sums, kept so that a sale looks at one row. What a holder
has is the sum of its movements: `reservations` says only until when.
"""

from __future__ import annotations

from typing import Final

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
    Timestamp,
    Uuid,
    id_column,
    module_tables,
    organization_column,
    version_column,
)
from backstay.products.commerce.inventory.contracts import LARGEST

metadata = module_tables("inventory")

locations: Final = Table(
    "inventory_locations",
    metadata,
    id_column(),
    organization_column(),
    Column("shop_id", Uuid, nullable=False),
    Column("name", Text, nullable=False),
    Column("priority", Integer, nullable=False),
    Column("active", Boolean, nullable=False),
    Column("created_at", Timestamp, nullable=False, info={"role": "created_at"}),
    Column("updated_at", Timestamp, nullable=False, info={"role": "updated_at"}),
    version_column(),
    UniqueConstraint("organization_id", "shop_id", "name"),
    UniqueConstraint("organization_id", "id"),
)

levels: Final = Table(
    "inventory_levels",
    metadata,
    id_column(),
    organization_column(),
    Column("shop_id", Uuid, nullable=False),
    Column("variant_id", Uuid, nullable=False),
    Column("location_id", Uuid, nullable=False),
    Column("on_hand", BigInteger, nullable=False),
    Column("reserved", BigInteger, nullable=False),
    Column("backorder_limit", BigInteger, nullable=False),
    Column("low_stock_at", BigInteger, nullable=True),
    Column("movements", BigInteger, nullable=False),
    Column("updated_at", Timestamp, nullable=False, info={"role": "updated_at"}),
    version_column(),
    UniqueConstraint("organization_id", "location_id", "variant_id"),
    UniqueConstraint("organization_id", "id"),
    CheckConstraint(f"on_hand BETWEEN 0 AND {LARGEST}", name="on_hand_range"),
    CheckConstraint("reserved BETWEEN 0 AND on_hand + backorder_limit", name="never_oversold"),
    ForeignKeyConstraint(
        ["organization_id", "location_id"],
        ["inventory_locations.organization_id", "inventory_locations.id"],
    ),
)
Index("ix_inventory_levels_variant_id", levels.c.organization_id, levels.c.shop_id, levels.c.variant_id)

movements: Final = Table(
    "inventory_movements",
    metadata,
    id_column(),
    organization_column(),
    Column("shop_id", Uuid, nullable=False),
    Column("level_id", Uuid, nullable=False),
    Column("variant_id", Uuid, nullable=False),
    Column("location_id", Uuid, nullable=False),
    Column("kind", Text, nullable=False),
    Column("on_hand_change", BigInteger, nullable=False),
    Column("reserved_change", BigInteger, nullable=False),
    Column("on_hand", BigInteger, nullable=False),
    Column("reserved", BigInteger, nullable=False),
    Column("sequence", BigInteger, nullable=False),
    Column("holder_id", Uuid, nullable=True),
    Column("reason", Text, nullable=True),
    Column("created_at", Timestamp, nullable=False, info={"role": "created_at"}),
    Column("created_by", Uuid, nullable=False, info={"role": "created_by"}),
    # Two that moved a level without seeing each other would give the same number.
    UniqueConstraint("organization_id", "level_id", "sequence"),
    ForeignKeyConstraint(
        ["organization_id", "level_id"], ["inventory_levels.organization_id", "inventory_levels.id"]
    ),
)
Index(
    "ix_inventory_movements_holder_id",
    movements.c.organization_id,
    movements.c.holder_id,
    sqlite_where=movements.c.holder_id.is_not(None),
    postgresql_where=movements.c.holder_id.is_not(None),
)
Index("ix_inventory_movements_shop", movements.c.organization_id, movements.c.shop_id, movements.c.created_at)
Index(
    "ix_inventory_movements_variant",
    movements.c.organization_id,
    movements.c.shop_id,
    movements.c.variant_id,
    movements.c.created_at,
)

reservations: Final = Table(
    "inventory_reservations",
    metadata,
    organization_column(),
    Column("shop_id", Uuid, nullable=False),
    Column("holder_id", Uuid, nullable=False),
    Column("units", BigInteger, nullable=False),
    Column("by_hand", Boolean, nullable=False),
    Column("reason", Text, nullable=True),
    Column("expires_at", Timestamp, nullable=True),
    Column("created_at", Timestamp, nullable=False, info={"role": "created_at"}),
    version_column(),
    PrimaryKeyConstraint("organization_id", "holder_id", name="pk_inventory_reservations"),
)
Index(
    "ix_inventory_reservations_expires_at",
    reservations.c.expires_at,
    sqlite_where=reservations.c.expires_at.is_not(None),
    postgresql_where=reservations.c.expires_at.is_not(None),
)
Index(
    "ix_inventory_reservations_shop",
    reservations.c.organization_id,
    reservations.c.shop_id,
    reservations.c.created_at,
)
