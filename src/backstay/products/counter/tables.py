"""The counter's tables: a counter has many moves, which go with it."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    ForeignKeyConstraint,
    Index,
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
    owner_column,
    stamps,
    version_column,
)
from backstay.products.counter.contracts import LARGEST

metadata = module_tables("counter")

counters = Table(
    "counter_counters",
    metadata,
    id_column(),
    organization_column(),
    owner_column(),  # a person, or the organization itself for a shared counter
    Column("name", Text, nullable=False),
    Column("value", BigInteger, nullable=False),
    *stamps(),
    version_column(),
    UniqueConstraint("organization_id", "owner_id", "name"),
    UniqueConstraint("organization_id", "id"),
    CheckConstraint(f"value BETWEEN -{LARGEST} AND {LARGEST}", name="value_range"),
)

moves = Table(
    "counter_moves",
    metadata,
    id_column(),
    organization_column(),
    Column("counter_id", Uuid, nullable=False),
    Column("amount", BigInteger, nullable=True),
    Column("value", BigInteger, nullable=False),
    Column("version", BigInteger, nullable=False),
    Column("created_at", Timestamp, nullable=False, info={"role": "created_at"}),
    Column("created_by", Uuid, nullable=False, info={"role": "created_by"}),
    ForeignKeyConstraint(
        ["organization_id", "counter_id"],
        ["counter_counters.organization_id", "counter_counters.id"],
        ondelete="CASCADE",
    ),
    Index(None, "counter_id", "created_at"),
)

days = Table(
    "counter_days",
    metadata,
    organization_column(),
    Column("name", Text, nullable=False),
    Column("day", Text, nullable=False),
    Column("up", BigInteger, nullable=False),
    Column("down", BigInteger, nullable=False),
    Column("moves", BigInteger, nullable=False),
    PrimaryKeyConstraint("organization_id", "name", "day", name="pk_counter_days"),
)
