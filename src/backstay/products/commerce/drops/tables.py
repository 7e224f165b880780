"""Drops, what they gate, and the places in their queues."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    PrimaryKeyConstraint,
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
    stamps,
    version_column,
)

metadata = module_tables("drops")

drops = Table(
    "drops_drops",
    metadata,
    id_column(),
    organization_column(),
    Column("shop_id", Uuid, nullable=False),
    Column("name", Text, nullable=False),
    Column("variants", Json, nullable=False),
    Column("opens_at", Timestamp, nullable=False),
    Column("closes_at", Timestamp, nullable=True),
    Column("at_once", Integer, nullable=False),
    Column("seconds", Integer, nullable=False),
    Column("secret", LargeBinary, nullable=False),
    Column("opened", Boolean, nullable=False),
    Column("ended", Boolean, nullable=False),
    Column("joined", BigInteger, nullable=False),
    *stamps(),
    version_column(),
    UniqueConstraint("organization_id", "id"),
    Index("ix_drops_drops_shop_id", "organization_id", "shop_id", "id"),
    Index(
        "ix_drops_drops_running",
        "opens_at",
        sqlite_where=text("NOT ended"),
        postgresql_where=text("NOT ended"),
    ),
    CheckConstraint("closes_at IS NULL OR closes_at >= opens_at OR ended", name="order"),
)
"""`secret` draws the order of those who came before it opened. `opened`: somebody was let in, or joined
behind the drawn ones, so that nobody can be drawn any more, whatever a slow clock says. `ended`: what it
gated was given back. `joined` numbers those who come afterwards."""

gates = Table(
    "drops_gates",
    metadata,
    organization_column(),
    Column("variant_id", Uuid, nullable=False),
    Column("drop_id", Uuid, nullable=False),
    PrimaryKeyConstraint("organization_id", "variant_id"),
    ForeignKeyConstraint(
        ["organization_id", "drop_id"], ["drops_drops.organization_id", "drops_drops.id"], ondelete="CASCADE"
    ),
    Index("ix_drops_gates_drop_id", "organization_id", "drop_id"),
)
"""The one drop that a variant is sold in; no row once that is over."""

places = Table(
    "drops_places",
    metadata,
    id_column(),
    organization_column(),
    Column("drop_id", Uuid, nullable=False),
    Column("customer_id", Uuid, nullable=True),
    Column("position", BigInteger, nullable=False),
    Column("state", Text, nullable=False),
    Column("joined_at", Timestamp, nullable=False, info={"role": "created_at"}),
    Column("admitted_at", Timestamp, nullable=True),
    Column("until", Timestamp, nullable=True),
    Column("ended_at", Timestamp, nullable=True),
    Column("source_id", Uuid, nullable=True),
    UniqueConstraint("organization_id", "drop_id", "position"),
    ForeignKeyConstraint(
        ["organization_id", "drop_id"], ["drops_drops.organization_id", "drops_drops.id"], ondelete="CASCADE"
    ),
    Index("ix_drops_places_queue", "drop_id", "state", "position"),
    Index(
        "uq_drops_places_customer",
        "organization_id",
        "drop_id",
        "customer_id",
        unique=True,
        sqlite_where=text("state IN ('waiting', 'admitted', 'bought')"),
        postgresql_where=text("state IN ('waiting', 'admitted', 'bought')"),
    ),
    Index("ix_drops_places_customer_id", "customer_id"),
    CheckConstraint(
        "state IN ('waiting', 'admitted', 'bought', 'lapsed', 'left')",
        name="state",
    ),
)
"""`position` is one number, drawn or counted: who is ahead and who is next are a range of an index."""
