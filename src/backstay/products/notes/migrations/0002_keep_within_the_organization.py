"""Tags and links refer to their note and its organization together.

A row of another organization's note, which only a bug could have written, stops the run.
"""

from alembic import op

revision = "notes_0002"
down_revision = "notes_0001"


def upgrade() -> None:
    with op.batch_alter_table("notes_notes", schema=None) as batch_op:
        batch_op.create_index("uq_notes_notes_organization_id_id", ["organization_id", "id"], unique=True)
    with op.batch_alter_table("notes_tags", schema=None) as batch_op:
        batch_op.create_index("uq_notes_tags_organization_id_id", ["organization_id", "id"], unique=True)
    with op.batch_alter_table("notes_note_tags", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("fk_notes_note_tags_tag_id"), type_="foreignkey")
        batch_op.drop_constraint(batch_op.f("fk_notes_note_tags_note_id"), type_="foreignkey")
        batch_op.create_foreign_key(
            batch_op.f("fk_notes_note_tags_organization_id_tag_id"),
            "notes_tags",
            ["organization_id", "tag_id"],
            ["organization_id", "id"],
            ondelete="CASCADE",
        )
        batch_op.create_foreign_key(
            batch_op.f("fk_notes_note_tags_organization_id_note_id"),
            "notes_notes",
            ["organization_id", "note_id"],
            ["organization_id", "id"],
            ondelete="CASCADE",
        )
    with op.batch_alter_table("notes_shares", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("fk_notes_shares_note_id"), type_="foreignkey")
        batch_op.create_foreign_key(
            batch_op.f("fk_notes_shares_organization_id_note_id"),
            "notes_notes",
            ["organization_id", "note_id"],
            ["organization_id", "id"],
            ondelete="CASCADE",
        )


def downgrade() -> None:
    with op.batch_alter_table("notes_shares", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("fk_notes_shares_organization_id_note_id"), type_="foreignkey")
        batch_op.create_foreign_key(
            batch_op.f("fk_notes_shares_note_id"), "notes_notes", ["note_id"], ["id"], ondelete="CASCADE"
        )
    with op.batch_alter_table("notes_note_tags", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("fk_notes_note_tags_organization_id_note_id"), type_="foreignkey")
        batch_op.drop_constraint(batch_op.f("fk_notes_note_tags_organization_id_tag_id"), type_="foreignkey")
        batch_op.create_foreign_key(
            batch_op.f("fk_notes_note_tags_note_id"), "notes_notes", ["note_id"], ["id"], ondelete="CASCADE"
        )
        batch_op.create_foreign_key(
            batch_op.f("fk_notes_note_tags_tag_id"), "notes_tags", ["tag_id"], ["id"], ondelete="CASCADE"
        )
    with op.batch_alter_table("notes_notes", schema=None) as batch_op:
        batch_op.drop_index("uq_notes_notes_organization_id_id")
    with op.batch_alter_table("notes_tags", schema=None) as batch_op:
        batch_op.drop_index("uq_notes_tags_organization_id_id")
