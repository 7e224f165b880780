"""The tables of the cache: what was invalidated, what is being computed, and how each process does."""

from __future__ import annotations

from typing import Final

from sqlalchemy import BigInteger, Column, Index, Integer, LargeBinary, PrimaryKeyConstraint, Table, Text

from backstay.kernel.database import (
    ACROSS,
    DERIVED,
    Json,
    Timestamp,
    Uuid,
    module_tables,
    organization_column,
)

metadata = module_tables("cache")

SHARDS: Final = 16

heads: Final = Table(
    "cache_heads",
    metadata,
    Column("shard", Integer, primary_key=True, autoincrement=False),
    Column("value", BigInteger, nullable=False),
    info={DERIVED: "numbers alone; from one that is higher every process computes anew, once"},
)
"""The last invalidation's number, of each shard of the organizations.

Its row is locked until the commit, so a shard's numbers appear in their order.
"""

invalidations: Final = Table(
    "cache_invalidations",
    metadata,
    Column("shard", Integer, nullable=False),
    Column("revision", BigInteger, nullable=False),
    organization_column(),
    Column("tag", Text, nullable=False),
    Column("actor_id", Uuid, nullable=False),
    Column("at", Timestamp, nullable=False),
    PrimaryKeyConstraint("shard", "revision"),
    info={ACROSS: {"shard,revision": "numbers that nobody chooses, and that name nothing of anybody"}},
)
Index("ix_cache_invalidations_organization", invalidations.c.organization_id, invalidations.c.revision)
Index("ix_cache_invalidations_at", invalidations.c.at)

fills: Final = Table(
    "cache_fills",
    metadata,
    Column("key", Text, primary_key=True),
    Column("token", Text, nullable=False),
    Column("until", Timestamp, nullable=False),
    Column("entry", LargeBinary, nullable=True),
    Column("kept_until", Timestamp, nullable=False),
    Index("ix_cache_fills_kept", "kept_until"),
)
"""Who computes a value until when, and what the last one found, for the processes that keep their own.

`key` is a digest of the whole key, organization and principals included.
"""

tallies: Final = Table(
    "cache_tallies",
    metadata,
    Column("process", Uuid, nullable=False),
    Column("at", Timestamp, nullable=False),
    Column("told", Json, nullable=False),
    PrimaryKeyConstraint("process"),
)

probes: Final = Table(
    "cache_probes",
    metadata,
    organization_column(),
    Column("name", Text, nullable=False),
    Column("value", BigInteger, nullable=False),
    Column("fills", BigInteger, nullable=False),
    PrimaryKeyConstraint("organization_id", "name"),
)
"""Numbers to try the cache with, and how often each was computed anew."""
