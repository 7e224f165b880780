"""How far each file is, and what of it is no order: credit notes."""

from __future__ import annotations

from typing import Final

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    ForeignKeyConstraint,
    PrimaryKeyConstraint,
    Table,
    Text,
    UniqueConstraint,
)

from backstay.kernel.database import (
    Json,
    Timestamp,
    Uuid,
    id_column,
    module_tables,
    organization_column,
    stamps,
)

metadata = module_tables("replay")

runs: Final = Table(
    "replay_runs",
    metadata,
    id_column(),
    organization_column(),
    Column("shop_id", Uuid, nullable=False),
    Column("digest", Text, nullable=False),
    Column("location_id", Uuid, nullable=False),
    # Moves in the commit of the invoices that it counts, and in no other.
    Column("done", BigInteger, nullable=False),
    Column("delivered", BigInteger, nullable=False),
    *stamps(),
    UniqueConstraint("organization_id", "id"),
    UniqueConstraint("organization_id", "shop_id", "digest"),
    CheckConstraint("done >= 0 AND delivered >= 0", name="counts"),
)

notes: Final = Table(
    "replay_credits",
    metadata,
    organization_column(),
    Column("shop_id", Uuid, nullable=False),
    Column("invoice", Text, nullable=False),
    Column("run_id", Uuid, nullable=False),
    Column("at", Timestamp, nullable=False),
    Column("email", Text, nullable=False),
    Column("amount", BigInteger, nullable=False),
    Column("lines", Json, nullable=False),
    PrimaryKeyConstraint("organization_id", "shop_id", "invoice", name="pk_replay_credits"),
    ForeignKeyConstraint(
        ["organization_id", "run_id"],
        ["replay_runs.organization_id", "replay_runs.id"],
        ondelete="CASCADE",
    ),
    CheckConstraint("amount >= 0", name="amount_range"),
)
