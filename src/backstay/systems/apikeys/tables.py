"""API keys; of what proves one there is only the SHA-256."""

from __future__ import annotations

from typing import Final

from sqlalchemy import Column, Index, LargeBinary, Table, Text

from backstay.kernel.database import Json, Timestamp, Uuid, id_column, module_tables, organization_column

metadata = module_tables("apikeys")

keys: Final = Table(
    "apikeys_keys",
    metadata,
    id_column(),
    organization_column(),
    Column("user_id", Uuid, nullable=False),
    Column("name", Text, nullable=False),
    Column("hint", Text, nullable=False),
    Column("scopes", Json, nullable=False),
    Column("digest", LargeBinary, nullable=False),
    Column("created_at", Timestamp, nullable=False),
    Column("expires_at", Timestamp, nullable=True),
    Column("revoked_at", Timestamp, nullable=True),
    Column("last_used_at", Timestamp, nullable=True),
    Column("replaced_by", Uuid, nullable=True),
)
Index("ix_apikeys_keys_user", keys.c.organization_id, keys.c.user_id, keys.c.id)
