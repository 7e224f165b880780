"""The module's table."""

from __future__ import annotations

from sqlalchemy import Column, Index, Integer, Table, Text

from backstay import id_column, module_tables, organization_column, stamps, version_column

metadata = module_tables("items")

items = Table(
    "items_items",
    metadata,
    id_column(),
    organization_column(),
    Column("title", Text, nullable=False),
    Column("body", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("priority", Integer, nullable=False),
    *stamps(),
    version_column(),
    # What the list is read by: one status, newest first, within an organization.
    Index(None, "organization_id", "status", "created_at", "id"),
)
