"""Create mails."""

import sqlalchemy as sa
from alembic import op

from backstay.kernel.database import Json, Timestamp, Uuid

revision = "mail_0001"
down_revision = None
branch_labels = ("mail",)


def upgrade() -> None:
    op.create_table(
        "mail_messages",
        sa.Column("id", Uuid(), nullable=False),
        sa.Column("organization_id", Uuid(), nullable=False),
        sa.Column("message_id", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=True),
        sa.Column("template", sa.Text(), nullable=False),
        sa.Column("category", sa.Text(), nullable=False),
        sa.Column("from_address", sa.Text(), nullable=False),
        sa.Column("from_name", sa.Text(), nullable=False),
        sa.Column("reply_to", sa.Text(), nullable=True),
        sa.Column("to_address", sa.Text(), nullable=False),
        sa.Column("to_name", sa.Text(), nullable=False),
        sa.Column("to_key", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("html", sa.Text(), nullable=False),
        sa.Column("headers", Json(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("provider", sa.Text(), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("job_id", Uuid(), nullable=True),
        sa.Column("created_at", Timestamp(), nullable=False),
        sa.Column("sent_at", Timestamp(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mail_messages")),
        sa.UniqueConstraint("message_id", name=op.f("uq_mail_messages_message_id")),
        sa.UniqueConstraint("organization_id", "key", name=op.f("uq_mail_messages_organization_id_key")),
    )
    with op.batch_alter_table("mail_messages", schema=None) as batch_op:
        batch_op.create_index("ix_mail_messages_age", ["created_at", "id"], unique=False)
        batch_op.create_index(
            "ix_mail_messages_created", ["organization_id", "created_at", "id"], unique=False
        )
        batch_op.create_index(
            "ix_mail_messages_state", ["organization_id", "state", "created_at", "id"], unique=False
        )
        batch_op.create_index(
            "ix_mail_messages_to", ["organization_id", "to_key", "created_at", "id"], unique=False
        )
    op.create_table(
        "mail_reports",
        sa.Column("id", Uuid(), nullable=False),
        sa.Column("organization_id", Uuid(), nullable=False),
        sa.Column("at", Timestamp(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("mail_id", Uuid(), nullable=True),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("diagnostic", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mail_reports")),
    )
    with op.batch_alter_table("mail_reports", schema=None) as batch_op:
        batch_op.create_index("ix_mail_reports_address", ["organization_id", "address", "at"], unique=False)
        batch_op.create_index("ix_mail_reports_age", ["at", "id"], unique=False)
    op.create_table(
        "mail_suppressions",
        sa.Column("id", Uuid(), nullable=False),
        sa.Column("organization_id", Uuid(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("category", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("created_at", Timestamp(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mail_suppressions")),
        sa.UniqueConstraint(
            "organization_id",
            "address",
            "category",
            name=op.f("uq_mail_suppressions_organization_id_address_category"),
        ),
    )
    with op.batch_alter_table("mail_suppressions", schema=None) as batch_op:
        batch_op.create_index(
            "ix_mail_suppressions_created", ["organization_id", "created_at", "id"], unique=False
        )
    op.create_table(
        "mail_attachments",
        sa.Column("organization_id", Uuid(), nullable=False),
        sa.Column("mail_id", Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("filename", sa.Text(), nullable=False),
        sa.Column("content_type", sa.Text(), nullable=False),
        sa.Column("content_id", sa.Text(), nullable=True),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["mail_id"], ["mail_messages.id"], name=op.f("fk_mail_attachments_mail_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("mail_id", "position", name=op.f("pk_mail_attachments")),
    )
    op.create_table(
        "mail_steps",
        sa.Column("id", Uuid(), nullable=False),
        sa.Column("organization_id", Uuid(), nullable=False),
        sa.Column("mail_id", Uuid(), nullable=False),
        sa.Column("at", Timestamp(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("provider", sa.Text(), nullable=True),
        sa.Column("code", sa.Integer(), nullable=True),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["mail_id"], ["mail_messages.id"], name=op.f("fk_mail_steps_mail_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mail_steps")),
    )
    with op.batch_alter_table("mail_steps", schema=None) as batch_op:
        batch_op.create_index("ix_mail_steps_mail", ["mail_id", "id"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("mail_steps", schema=None) as batch_op:
        batch_op.drop_index("ix_mail_steps_mail")
    op.drop_table("mail_steps")
    op.drop_table("mail_attachments")
    with op.batch_alter_table("mail_suppressions", schema=None) as batch_op:
        batch_op.drop_index("ix_mail_suppressions_created")
    op.drop_table("mail_suppressions")
    with op.batch_alter_table("mail_reports", schema=None) as batch_op:
        batch_op.drop_index("ix_mail_reports_age")
        batch_op.drop_index("ix_mail_reports_address")
    op.drop_table("mail_reports")
    with op.batch_alter_table("mail_messages", schema=None) as batch_op:
        batch_op.drop_index("ix_mail_messages_to")
        batch_op.drop_index("ix_mail_messages_state")
        batch_op.drop_index("ix_mail_messages_created")
        batch_op.drop_index("ix_mail_messages_age")
    op.drop_table("mail_messages")
