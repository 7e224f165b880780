"""The jobs system's tables."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, Integer, LargeBinary, Table, Text, UniqueConstraint

from backstay.kernel.database import Uuid, module_tables

metadata = module_tables("jobs")

# Both databases count by themselves: SQLite only does so for a column of the type INTEGER.
Position = BigInteger().with_variant(Integer, "sqlite")

outgoing = Table(
    "jobs_outgoing",
    metadata,
    Column("position", Position, primary_key=True, autoincrement=True),
    Column("id", Uuid, nullable=False),
    Column("organization_id", Uuid, nullable=False),
    Column("unique_key", Text, nullable=True),
    Column("job", LargeBinary, nullable=False),
    UniqueConstraint("organization_id", "unique_key"),
    Index("ix_jobs_outgoing_id", "id", unique=True),
)
"""Jobs on their way to Redis, in the commit that wanted them. Empty when the relay is at rest.

The organization's column has no role: the relay and schedulers serve all organizations.
"""
