"""Create carts."""

import sqlalchemy as sa
from alembic import op

from backstay.kernel.database import Json, Timestamp, Uuid

revision = "carts_0001"
down_revision = None
branch_labels = ("carts",)


def upgrade() -> None:
    op.create_table(
        "carts_carts",
        sa.Column("id", Uuid(), nullable=False),
        sa.Column("organization_id", Uuid(), nullable=False),
        sa.Column("shop_id", Uuid(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("customer_id", Uuid(), nullable=True),
        sa.Column("token_digest", sa.LargeBinary(), nullable=True),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("country", sa.Text(), nullable=False),
        sa.Column("email", sa.Text(), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("shipping_address", Json(), nullable=True),
        sa.Column("billing_address", Json(), nullable=True),
        sa.Column("shipping_method", Uuid(), nullable=True),
        sa.Column("codes", Json(), nullable=False),
        sa.Column("lines", Json(), nullable=False),
        sa.Column("changes", Json(), nullable=False),
        sa.Column("units", sa.Integer(), nullable=False),
        sa.Column("order_id", Uuid(), nullable=True),
        sa.Column("merged_into", Uuid(), nullable=True),
        sa.Column("expires_at", Timestamp(), nullable=False),
        sa.Column("created_at", Timestamp(), nullable=False),
        sa.Column("updated_at", Timestamp(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "(customer_id IS NULL) = (token_digest IS NOT NULL)", name=op.f("ck_carts_carts_somebodys")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_carts_carts")),
    )
    with op.batch_alter_table("carts_carts", schema=None) as batch_op:
        batch_op.create_index("ix_carts_carts_expires_at", ["expires_at"], unique=False)
        batch_op.create_index(
            "ix_carts_carts_updated_at", ["organization_id", "shop_id", "updated_at"], unique=False
        )
        batch_op.create_index(
            "uq_carts_carts_customer_id",
            ["organization_id", "shop_id", "customer_id"],
            unique=True,
            sqlite_where=sa.text("state = 'open'"),
            postgresql_where=sa.text("state = 'open'"),
        )


def downgrade() -> None:
    with op.batch_alter_table("carts_carts", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_carts_carts_customer_id",
            sqlite_where=sa.text("state = 'open'"),
            postgresql_where=sa.text("state = 'open'"),
        )
        batch_op.drop_index("ix_carts_carts_updated_at")
        batch_op.drop_index("ix_carts_carts_expires_at")
    op.drop_table("carts_carts")
