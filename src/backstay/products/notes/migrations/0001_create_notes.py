"""Create notes, tags and links, with full-text search as each database does it best.

SQLite: `notes_search` is an FTS5 index without a copy of the text. Its rows are numbered by
`notes_search_rows`, because a note's own rowid may change with VACUUM; `notes_search_text`
is where FTS5 reads a text back; triggers keep the three in step. The owner's id is a word of
the index, so that a search meets one person's notes alone.

PostgreSQL: `notes_notes.search` is a generated column under a GIN index. Accents are taken
off and signs made spaces before `to_tsvector`, so that its parser sees words alone and both
databases find the same.

A later migration that rebuilds `notes_notes` on SQLite must make the triggers again.
"""

import sqlalchemy as sa
from alembic import op

from backstay.kernel.database import Timestamp, Uuid

revision = "notes_0001"
down_revision = None
branch_labels = ("notes",)

_KEY = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
_LIVING = sa.text("deleted_at IS NULL")
_DELETED = sa.text("deleted_at IS NOT NULL")

# Lower case, accents off, signs made spaces: `{0}` is a column.
_WORDS = r"""regexp_replace(
    normalize(regexp_replace(normalize(lower({0}), NFD), '[\u0300-\u036f]', '', 'g'), NFC),
    '[\u0001-\u002f\u003a-\u0040\u005b-\u0060\u007b-\u00a9\u00ab-\u00b1\u00b4\u00b6-\u00b8\u00bb'
    '\u00bf\u2000-\u206f\u3000-\u3003\u3008-\u3020]+', ' ', 'g')"""
_COLUMN = f"""
ALTER TABLE notes_notes ADD COLUMN search tsvector GENERATED ALWAYS AS (
    setweight(to_tsvector('simple'::regconfig, {_WORDS.format("title")}), 'A')
    || setweight(to_tsvector('simple'::regconfig, {_WORDS.format("body")}), 'B')
) STORED"""

_ROWS = "CREATE TABLE notes_search_rows (number INTEGER PRIMARY KEY, note_id TEXT NOT NULL UNIQUE)"
_TEXT = """
CREATE VIEW notes_search_text AS
SELECT r.number, replace(n.owner_id, '-', '') AS owner, n.title, n.body
FROM notes_search_rows AS r JOIN notes_notes AS n ON n.id = r.note_id"""
_INDEX = """
CREATE VIRTUAL TABLE notes_search USING fts5(
    owner, title, body, content='notes_search_text', content_rowid='number',
    tokenize='unicode61 remove_diacritics 2', prefix='2 3'
)"""
_AFTER_INSERT = """
CREATE TRIGGER notes_search_after_insert AFTER INSERT ON notes_notes
BEGIN
    INSERT INTO notes_search_rows (note_id) VALUES (new.id);
    INSERT INTO notes_search (rowid, owner, title, body)
    SELECT number, replace(new.owner_id, '-', ''), new.title, new.body
    FROM notes_search_rows WHERE note_id = new.id;
END"""
_AFTER_UPDATE = """
CREATE TRIGGER notes_search_after_update AFTER UPDATE OF title, body, owner_id ON notes_notes
WHEN old.title IS NOT new.title OR old.body IS NOT new.body OR old.owner_id IS NOT new.owner_id
BEGIN
    INSERT INTO notes_search (notes_search, rowid, owner, title, body)
    SELECT 'delete', number, replace(old.owner_id, '-', ''), old.title, old.body
    FROM notes_search_rows WHERE note_id = old.id;
    INSERT INTO notes_search (rowid, owner, title, body)
    SELECT number, replace(new.owner_id, '-', ''), new.title, new.body
    FROM notes_search_rows WHERE note_id = new.id;
END"""
_BEFORE_DELETE = """
CREATE TRIGGER notes_search_before_delete BEFORE DELETE ON notes_notes
BEGIN
    INSERT INTO notes_search (notes_search, rowid, owner, title, body)
    SELECT 'delete', number, replace(old.owner_id, '-', ''), old.title, old.body
    FROM notes_search_rows WHERE note_id = old.id;
    DELETE FROM notes_search_rows WHERE note_id = old.id;
END"""


def upgrade() -> None:
    op.create_table(
        "notes_notes",
        sa.Column("id", Uuid(), nullable=False),
        sa.Column("organization_id", Uuid(), nullable=False),
        sa.Column("owner_id", Uuid(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("title_key", _KEY, nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("excerpt", sa.Text(), nullable=False),
        sa.Column("created_at", Timestamp(), nullable=False),
        sa.Column("created_by", Uuid(), nullable=False),
        sa.Column("updated_at", Timestamp(), nullable=False),
        sa.Column("updated_by", Uuid(), nullable=False),
        sa.Column("deleted_at", Timestamp(), nullable=True),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_notes_notes"),
    )
    for name, column in (("updated", "updated_at"), ("created", "created_at"), ("title", "title_key")):
        op.create_index(
            f"ix_notes_notes_{name}",
            "notes_notes",
            ["organization_id", "owner_id", column, "id"],
            sqlite_where=_LIVING,
            postgresql_where=_LIVING,
        )
    op.create_index(
        "ix_notes_notes_deleted",
        "notes_notes",
        ["deleted_at", "id"],
        sqlite_where=_DELETED,
        postgresql_where=_DELETED,
    )
    op.create_table(
        "notes_tags",
        sa.Column("id", Uuid(), nullable=False),
        sa.Column("organization_id", Uuid(), nullable=False),
        sa.Column("owner_id", Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("key", _KEY, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_notes_tags"),
        sa.UniqueConstraint(
            "organization_id", "owner_id", "key", name="uq_notes_tags_organization_id_owner_id_key"
        ),
    )
    op.create_table(
        "notes_note_tags",
        sa.Column("organization_id", Uuid(), nullable=False),
        sa.Column("note_id", Uuid(), nullable=False),
        sa.Column("tag_id", Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("note_id", "tag_id", name="pk_notes_note_tags"),
        sa.ForeignKeyConstraint(
            ["note_id"], ["notes_notes.id"], name="fk_notes_note_tags_note_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["tag_id"], ["notes_tags.id"], name="fk_notes_note_tags_tag_id", ondelete="CASCADE"
        ),
    )
    op.create_index("ix_notes_note_tags_tag_id", "notes_note_tags", ["tag_id", "note_id"])
    op.create_table(
        "notes_shares",
        sa.Column("organization_id", Uuid(), nullable=False),
        sa.Column("note_id", Uuid(), nullable=False),
        sa.Column("token_digest", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", Timestamp(), nullable=False),
        sa.Column("expires_at", Timestamp(), nullable=True),
        sa.PrimaryKeyConstraint("note_id", name="pk_notes_shares"),
        sa.ForeignKeyConstraint(
            ["note_id"], ["notes_notes.id"], name="fk_notes_shares_note_id", ondelete="CASCADE"
        ),
        sa.UniqueConstraint("token_digest", name="uq_notes_shares_token_digest"),
    )
    if op.get_bind().dialect.name == "sqlite":
        for text in (_ROWS, _TEXT, _INDEX, _AFTER_INSERT, _AFTER_UPDATE, _BEFORE_DELETE):
            op.execute(sa.text(text))
    else:
        op.execute(sa.text(_COLUMN))
        op.create_index("ix_notes_notes_search", "notes_notes", ["search"], postgresql_using="gin")


def downgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        op.execute(sa.text("DROP TABLE notes_search"))
        op.execute(sa.text("DROP VIEW notes_search_text"))
        op.execute(sa.text("DROP TABLE notes_search_rows"))
    for table in ("notes_shares", "notes_note_tags", "notes_tags", "notes_notes"):
        op.drop_table(table)
