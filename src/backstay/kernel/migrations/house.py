"""The two tables that no module's branch holds: where each branch stands, and who has sample data."""

from __future__ import annotations

from typing import Final

from sqlalchemy import BigInteger, Column, MetaData, String, Table, Text

from backstay.kernel.database import Timestamp
from backstay.kernel.migrations.branches import VERSION_TABLE

HOUSE_PREFIX: Final = "backstay_"
metadata = MetaData()

versions = Table(
    VERSION_TABLE,
    metadata,
    # Alembic would make it 32 characters wide; a module's name alone may be longer.
    Column("version_num", String(128), primary_key=True),
)

seeds = Table(
    "backstay_seeds",
    metadata,
    Column("module", Text, primary_key=True),
    Column("size", Text, nullable=False),
    Column("seed", BigInteger, nullable=False),
    # NULL while the seeding runs, and for ever when it was killed.
    Column("finished_at", Timestamp, nullable=True),
)
