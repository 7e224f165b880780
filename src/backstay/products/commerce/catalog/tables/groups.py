"""Groups of customers, and who is in them."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Column, ForeignKeyConstraint, Index, Table, Text, UniqueConstraint

from backstay.kernel.database import Timestamp, Uuid, id_column, organization_column, stamps, version_column
from backstay.products.commerce.catalog.tables.base import Key, metadata, shop_column

groups = Table(
    "catalog_customer_groups",
    metadata,
    id_column(),
    organization_column(),
    shop_column(),
    Column("code", Key, nullable=False),
    Column("name", Text, nullable=False),
    *stamps(),
    version_column(),
    UniqueConstraint("organization_id", "id"),
    UniqueConstraint("organization_id", "shop_id", "code"),
)
"""Price lists name a group by its `code`, which never changes."""

members = Table(
    "catalog_group_members",
    metadata,
    id_column(),
    organization_column(),
    Column("group_id", Uuid, nullable=False),
    Column("customer_id", Uuid, nullable=True),
    Column("mail_key", Text, nullable=True),
    Column("added_at", Timestamp, nullable=False),
    ForeignKeyConstraint(
        ["organization_id", "group_id"],
        ["catalog_customer_groups.organization_id", "catalog_customer_groups.id"],
        ondelete="CASCADE",
    ),
    UniqueConstraint("organization_id", "group_id", "customer_id"),
    UniqueConstraint("organization_id", "group_id", "mail_key"),
    CheckConstraint("(customer_id IS NULL) <> (mail_key IS NULL)", name="one_way"),
    Index("ix_catalog_group_members_customer_id", "customer_id"),
    Index("ix_catalog_group_members_mail_key", "mail_key"),
)
"""An account, or whoever shows that an address is theirs; the address is kept in lower case."""
