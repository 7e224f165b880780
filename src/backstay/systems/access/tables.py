"""Roles, what they give, what they contain, and who has them.

Presets have no rows: their ids follow from their names, and what they give follows from the
composed modules. A trigger on `access_assignments` keeps the last owner (see the migration).
"""

from __future__ import annotations

from typing import Final

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKeyConstraint,
    Index,
    PrimaryKeyConstraint,
    Table,
    Text,
    UniqueConstraint,
)

from backstay.kernel.database import (
    Timestamp,
    Uuid,
    id_column,
    module_tables,
    organization_column,
    stamps,
    version_column,
)

metadata = module_tables("access")

organizations: Final = Table(
    "access_organizations",
    metadata,
    organization_column(),
    Column("epoch", BigInteger, nullable=False),
    Column("closed", Boolean, nullable=False),
    PrimaryKeyConstraint("organization_id"),
)
"""One row an organization: whoever changes roles holds it, and `epoch` grows with every change."""

roles: Final = Table(
    "access_roles",
    metadata,
    id_column(),
    organization_column(),
    Column("name", Text, nullable=False),
    Column("key", Text().with_variant(Text(collation="C"), "postgresql"), nullable=False),
    Column("description", Text, nullable=False),
    *stamps(),
    version_column(),
    UniqueConstraint("organization_id", "id"),
    UniqueConstraint("organization_id", "key"),
)
"""The organizations' own roles."""

role_permissions: Final = Table(
    "access_role_permissions",
    metadata,
    organization_column(),
    Column("role_id", Uuid, nullable=False),
    Column("permission", Text, nullable=False),
    PrimaryKeyConstraint("organization_id", "role_id", "permission"),
    # Composite, so that not even a bug could hang one organization's rows on another's role.
    ForeignKeyConstraint(
        ["organization_id", "role_id"],
        ["access_roles.organization_id", "access_roles.id"],
        ondelete="CASCADE",
    ),
)

role_parts: Final = Table(
    "access_role_parts",
    metadata,
    organization_column(),
    Column("role_id", Uuid, nullable=False),
    Column("part_id", Uuid, nullable=False),
    PrimaryKeyConstraint("organization_id", "role_id", "part_id"),
    ForeignKeyConstraint(
        ["organization_id", "role_id"],
        ["access_roles.organization_id", "access_roles.id"],
        ondelete="CASCADE",
    ),
)
"""`part_id` may be a preset, so it has no foreign key."""
Index("ix_access_role_parts_part", role_parts.c.organization_id, role_parts.c.part_id)

assignments: Final = Table(
    "access_assignments",
    metadata,
    organization_column(),
    Column("user_id", Uuid, nullable=False),
    Column("role_id", Uuid, nullable=False),
    Column("created_at", Timestamp, nullable=False),
    Column("created_by", Uuid, nullable=False),
    PrimaryKeyConstraint("organization_id", "user_id", "role_id"),
)
Index("ix_access_assignments_role", assignments.c.organization_id, assignments.c.role_id)

absences: Final = Table(
    "access_absences",
    metadata,
    Column("user_id", Uuid, primary_key=True),
    Column("regardless", Boolean, nullable=False),
    Column("created_at", Timestamp, nullable=False),
)
"""People who cannot act, in no organization: banned, or about to be erased. They own nothing meanwhile, so a
trigger lets a row in only where others own what they own, or with `regardless`."""
metadata.info["by_hand"] = ("access_keep_owner",)
