"""Attachments and steps refer to their mail and its organization together.

A row of another organization's mail, which only a bug could have written, stops the run.
"""

from alembic import op

revision = "mail_0003"
down_revision = "mail_0002"


def upgrade() -> None:
    with op.batch_alter_table("mail_messages", schema=None) as batch_op:
        batch_op.create_index("uq_mail_messages_organization_id_id", ["organization_id", "id"], unique=True)
    with op.batch_alter_table("mail_attachments", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("fk_mail_attachments_mail_id"), type_="foreignkey")
        batch_op.create_foreign_key(
            batch_op.f("fk_mail_attachments_organization_id_mail_id"),
            "mail_messages",
            ["organization_id", "mail_id"],
            ["organization_id", "id"],
            ondelete="CASCADE",
        )
    with op.batch_alter_table("mail_steps", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("fk_mail_steps_mail_id"), type_="foreignkey")
        batch_op.create_foreign_key(
            batch_op.f("fk_mail_steps_organization_id_mail_id"),
            "mail_messages",
            ["organization_id", "mail_id"],
            ["organization_id", "id"],
            ondelete="CASCADE",
        )


def downgrade() -> None:
    with op.batch_alter_table("mail_steps", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("fk_mail_steps_organization_id_mail_id"), type_="foreignkey")
        batch_op.create_foreign_key(
            batch_op.f("fk_mail_steps_mail_id"), "mail_messages", ["mail_id"], ["id"], ondelete="CASCADE"
        )
    with op.batch_alter_table("mail_attachments", schema=None) as batch_op:
        batch_op.drop_constraint(
            batch_op.f("fk_mail_attachments_organization_id_mail_id"), type_="foreignkey"
        )
        batch_op.create_foreign_key(
            batch_op.f("fk_mail_attachments_mail_id"),
            "mail_messages",
            ["mail_id"],
            ["id"],
            ondelete="CASCADE",
        )
    with op.batch_alter_table("mail_messages", schema=None) as batch_op:
        batch_op.drop_index("uq_mail_messages_organization_id_id")
