from __future__ import annotations

import pytest
from sqlalchemy import Boolean, Column, ForeignKey, Table, Text, UniqueConstraint

from backstay.kernel.database import (
    Database,
    Json,
    Uuid,
    id_column,
    module_tables,
    organization_column,
    soft_deletion,
    stamps,
    version_column,
)
from tests.tables import create_tables

metadata = module_tables("probe")
things = Table(
    "probe_things",
    metadata,
    id_column(),
    organization_column(),
    Column("title", Text, nullable=False),
    Column("rank", Text, nullable=True),
    Column("done", Boolean, nullable=False),
    Column("extra", Json, nullable=True),
    *stamps(),
    soft_deletion(),
    version_column(),
    UniqueConstraint("organization_id", "title"),
)
parts = Table(
    "probe_parts",
    metadata,
    id_column(),
    organization_column(),
    Column(
        "thing_id", Uuid, ForeignKey("probe_things.id", deferrable=True, initially="DEFERRED"), nullable=False
    ),
)


@pytest.fixture
async def tables(database: Database) -> None:
    await create_tables(database, metadata)
