"""What the catalogue's tables have in common."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import Column, Text

from backstay.kernel.database import Uuid, module_tables

metadata = module_tables("catalog")

Key = Text().with_variant(Text(collation="C"), "postgresql")
"""Compared and sorted alike on both databases."""


def shop_column() -> Column[UUID]:
    """The shop a row belongs to."""
    return Column("shop_id", Uuid, nullable=False)
