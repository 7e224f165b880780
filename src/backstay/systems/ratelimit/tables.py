"""Changed policies, and what the limits did: by the minute, and whose quotas are nearly used up.

All of it is the house's: a limit guards the house, whichever organization asks.
"""

from __future__ import annotations

from typing import Final

from sqlalchemy import BigInteger, Boolean, Column, Index, Integer, PrimaryKeyConstraint, Table, Text

from backstay.kernel.database import Timestamp, Uuid, module_tables, version_column

metadata = module_tables("ratelimit")
metadata.info["by_hand"] = ("ratelimit_limits", "ratelimit_places")  # what counts on PostgreSQL

policies: Final = Table(
    "ratelimit_policies",
    metadata,
    Column("name", Text, primary_key=True),
    Column("changed", Boolean, nullable=False),
    Column("quota", Integer, nullable=False),
    Column("window", Integer, nullable=False),
    Column("algorithm", Text, nullable=False),
    Column("burst", Integer, nullable=True),
    Column("when_down", Text, nullable=False),
    Column("shadow", Boolean, nullable=False),
    Column("enabled", Boolean, nullable=False),
    Column("changed_at", Timestamp, nullable=False),
    Column("changed_by", Uuid, nullable=False),
    version_column(),
)
"""A row for each policy that was ever changed; one that was reset stays, so that no version ever returns."""

minutes: Final = Table(
    "ratelimit_minutes",
    metadata,
    Column("policy", Text, nullable=False),
    Column("minute", BigInteger, nullable=False),
    Column("admitted", BigInteger, nullable=False),
    Column("refused", BigInteger, nullable=False),
    Column("shadowed", BigInteger, nullable=False),
    Column("estimated", BigInteger, nullable=False),
    PrimaryKeyConstraint("policy", "minute"),
    Index("ix_ratelimit_minutes_minute", "minute"),
)
"""`minute` counts from the Unix epoch; `estimated` are decisions without the store."""

meters: Final = Table(
    "ratelimit_meters",
    metadata,
    Column("policy", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("remaining", Integer, nullable=False),
    Column("capacity", Integer, nullable=False),
    Column("refused", BigInteger, nullable=False),
    Column("seen_at", Timestamp, nullable=False),
    PrimaryKeyConstraint("policy", "subject"),
    Index("ix_ratelimit_meters_seen_at", "seen_at"),
)
"""Who had used half of a quota or more, lately."""
