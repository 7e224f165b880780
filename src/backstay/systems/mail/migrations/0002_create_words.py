"""Create words, and let mails on their way be found."""

import sqlalchemy as sa
from alembic import op

from backstay.kernel.database import Timestamp, Uuid

revision = "mail_0002"
down_revision = "mail_0001"
branch_labels = None


def upgrade() -> None:
    op.create_table(
        "mail_words",
        sa.Column("organization_id", Uuid(), nullable=False),
        sa.Column("template", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("mjml", sa.Text(), nullable=False),
        sa.Column("changed_at", Timestamp(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("organization_id", "template", name=op.f("pk_mail_words")),
    )
    with op.batch_alter_table("mail_messages", schema=None) as batch_op:
        batch_op.create_index(
            "ix_mail_messages_on_its_way",
            ["id"],
            unique=False,
            postgresql_where=sa.text("state IN ('queued', 'sending', 'deferred')"),
            sqlite_where=sa.text("state IN ('queued', 'sending', 'deferred')"),
        )


def downgrade() -> None:
    with op.batch_alter_table("mail_messages", schema=None) as batch_op:
        batch_op.drop_index("ix_mail_messages_on_its_way")
    op.drop_table("mail_words")
