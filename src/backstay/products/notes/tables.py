"""Notes, tags, which note bears which tag, and links.

Full-text search stands beside them, made by the migration because each database has its
own: on SQLite the FTS5 table `notes_search`, kept by triggers; on PostgreSQL the generated
column `notes_notes.search` with a GIN index.
"""

from __future__ import annotations

from typing import Final

from sqlalchemy import Column, ForeignKeyConstraint, Index, LargeBinary, Table, Text, UniqueConstraint

from backstay.kernel.database import (
    ACROSS,
    Timestamp,
    Uuid,
    id_column,
    module_tables,
    organization_column,
    owner_column,
    soft_deletion,
    stamps,
    version_column,
)

metadata = module_tables("notes")
metadata.info["by_hand"] = (
    "notes_search",
    "notes_search_rows",
    "notes_search_text",
    "notes_notes.search",
    "ix_notes_notes_search",
)

# PostgreSQL would compare by the database's locale; the "C" collation makes the order of a list,
# and what a unique key takes for equal, the same on every deployment and on SQLite.
Key = Text().with_variant(Text(collation="C"), "postgresql")

notes = Table(
    "notes_notes",
    metadata,
    id_column(),
    organization_column(),
    owner_column(),
    Column("title", Text, nullable=False),
    Column("title_key", Key, nullable=False),
    Column("body", Text, nullable=False),
    Column("excerpt", Text, nullable=False),
    *stamps(),
    soft_deletion(),
    version_column(),
    # What belongs to a note refers to both, so that it belongs to the note's organization.
    Index("uq_notes_notes_organization_id_id", "organization_id", "id", unique=True),
)
"""`title_key` is the title as lists sort it; `excerpt` is drawn from the body when it is written."""

_SCOPE: Final = (notes.c.organization_id, notes.c.owner_id)
_LIVING: Final = notes.c.deleted_at.is_(None)
_DELETED: Final = notes.c.deleted_at.is_not(None)
for _name, _column in (
    ("updated", notes.c.updated_at),
    ("created", notes.c.created_at),
    ("title", notes.c.title_key),
):
    Index(
        f"ix_notes_notes_{_name}",
        *_SCOPE,
        _column,
        notes.c.id,
        sqlite_where=_LIVING,
        postgresql_where=_LIVING,
    )
Index(
    "ix_notes_notes_deleted",
    notes.c.deleted_at,
    notes.c.id,
    sqlite_where=_DELETED,
    postgresql_where=_DELETED,
)

tags = Table(
    "notes_tags",
    metadata,
    id_column(),
    organization_column(),
    owner_column(),
    Column("name", Text, nullable=False),
    Column("key", Key, nullable=False),
    UniqueConstraint("organization_id", "owner_id", "key"),
    Index("uq_notes_tags_organization_id_id", "organization_id", "id", unique=True),
)
"""`name` as it was first written; `key` as it is compared."""

note_tags = Table(
    "notes_note_tags",
    metadata,
    organization_column(),
    Column("note_id", Uuid, primary_key=True),
    Column("tag_id", Uuid, primary_key=True),
    Index("ix_notes_note_tags_tag_id", "tag_id", "note_id"),
    ForeignKeyConstraint(
        ["organization_id", "note_id"], ["notes_notes.organization_id", "notes_notes.id"], ondelete="CASCADE"
    ),
    ForeignKeyConstraint(
        ["organization_id", "tag_id"], ["notes_tags.organization_id", "notes_tags.id"], ondelete="CASCADE"
    ),
)

shares = Table(
    "notes_shares",
    metadata,
    organization_column(),
    Column("note_id", Uuid, primary_key=True),
    Column("token_digest", LargeBinary, nullable=False),
    Column("created_at", Timestamp, nullable=False),
    Column("expires_at", Timestamp, nullable=True),
    UniqueConstraint("token_digest"),
    ForeignKeyConstraint(
        ["organization_id", "note_id"], ["notes_notes.organization_id", "notes_notes.id"], ondelete="CASCADE"
    ),
    info={ACROSS: {"token_digest": "of 256 random bits"}},
)
"""One link a note; `token_digest` is the SHA-256 of the token, so that the table gives no link away."""
