"""Organizations, members, open invitations, and organizations' own settings."""

from __future__ import annotations

from typing import Final

from sqlalchemy import (
    Column,
    Index,
    Integer,
    LargeBinary,
    PrimaryKeyConstraint,
    Table,
    Text,
    UniqueConstraint,
)

from backstay.kernel.database import (
    ACROSS,
    Json,
    Timestamp,
    Uuid,
    id_column,
    module_tables,
    organization_column,
    stamps,
    version_column,
)

metadata = module_tables("tenancy")

organizations: Final = Table(
    "tenancy_organizations",
    metadata,
    organization_column(),
    Column("name", Text, nullable=False),
    Column("closed_at", Timestamp, nullable=True),
    *stamps(),
    version_column(),
    PrimaryKeyConstraint("organization_id"),
)
"""A row belongs to the organization that it is."""

members: Final = Table(
    "tenancy_members",
    metadata,
    organization_column(),
    Column("user_id", Uuid, nullable=False),
    Column("name", Text, nullable=False),
    Column("joined_at", Timestamp, nullable=False),
    PrimaryKeyConstraint("organization_id", "user_id"),
)
Index("ix_tenancy_members_user", members.c.user_id)
Index("ix_tenancy_members_joined", members.c.organization_id, members.c.joined_at, members.c.user_id)

invitations: Final = Table(
    "tenancy_invitations",
    metadata,
    id_column(),
    organization_column(),
    Column("email", Text, nullable=False),
    Column("email_key", Text, nullable=False),
    Column("role_id", Uuid, nullable=False),
    Column("role_name", Text, nullable=False),
    Column("token_digest", LargeBinary, nullable=False),
    Column("created_at", Timestamp, nullable=False),
    Column("created_by", Uuid, nullable=False),
    Column("expires_at", Timestamp, nullable=False),
    UniqueConstraint("token_digest"),
    UniqueConstraint("organization_id", "email_key"),
    info={ACROSS: {"token_digest": "of 256 random bits"}},
)
"""One an address; `token_digest` is the SHA-256 of the token, so that the table gives no way in."""

settings: Final = Table(
    "tenancy_settings",
    metadata,
    organization_column(),
    Column("section", Text, nullable=False),
    Column("chosen", Json, nullable=False),
    PrimaryKeyConstraint("organization_id", "section"),
)
"""Only what an organization chose; everything else is the section's default."""

guesses: Final = Table(
    "tenancy_guesses",
    metadata,
    organization_column(),
    Column("started_at", Timestamp, nullable=False),
    Column("guesses", Integer, nullable=False),
    Column("noticed_at", Timestamp, nullable=True),
    PrimaryKeyConstraint("organization_id", "started_at"),
)
Index("ix_tenancy_guesses_started", guesses.c.started_at)
"""Wrong guesses at members' passwords and codes: a row for an hour of the clock that had any."""
