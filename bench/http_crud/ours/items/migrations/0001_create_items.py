"""Create items."""

import sqlalchemy as sa
from alembic import op

from backstay import Timestamp, Uuid

revision = "items_0001"
down_revision = None
branch_labels = ("items",)


def upgrade() -> None:
    op.create_table(
        "items_items",
        sa.Column("id", Uuid(), nullable=False),
        sa.Column("organization_id", Uuid(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("created_at", Timestamp(), nullable=False),
        sa.Column("created_by", Uuid(), nullable=False),
        sa.Column("updated_at", Timestamp(), nullable=False),
        sa.Column("updated_by", Uuid(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_items_items")),
    )
    with op.batch_alter_table("items_items", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_items_items_organization_id_status_created_at_id"),
            ["organization_id", "status", "created_at", "id"],
            unique=False,
        )


def downgrade() -> None:
    op.drop_table("items_items")
