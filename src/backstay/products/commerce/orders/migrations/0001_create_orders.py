"""Create orders."""

import sqlalchemy as sa
from alembic import op

from backstay.kernel.database import Json, Timestamp, Uuid

revision = "orders_0001"
down_revision = None
branch_labels = ("orders",)


def upgrade() -> None:
    op.create_table(
        "orders_orders",
        sa.Column("id", Uuid(), nullable=False),
        sa.Column("organization_id", Uuid(), nullable=False),
        sa.Column("shop_id", Uuid(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("cart_id", Uuid(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("money", sa.Text(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("email_key", sa.Text(), nullable=False),
        sa.Column("customer_id", Uuid(), nullable=True),
        sa.Column("units", sa.BigInteger(), nullable=False),
        sa.Column("shipping_total", sa.BigInteger(), nullable=False),
        sa.Column("total", sa.BigInteger(), nullable=False),
        sa.Column("paid", sa.BigInteger(), nullable=False),
        sa.Column("refunding", sa.BigInteger(), nullable=False),
        sa.Column("refunded", sa.BigInteger(), nullable=False),
        sa.Column("placed_at", Timestamp(), nullable=False),
        sa.Column("expires_at", Timestamp(), nullable=False),
        sa.Column("changed_at", Timestamp(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("search", sa.Text(), nullable=False),
        sa.Column("state", Json(), nullable=False),
        sa.CheckConstraint(
            "refunding + refunded <= paid", name=op.f("ck_orders_orders_refunded_what_was_paid")
        ),
        sa.CheckConstraint(
            "total >= 0 AND paid >= 0 AND refunding >= 0 AND refunded >= 0",
            name=op.f("ck_orders_orders_sums"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_orders_orders")),
        sa.UniqueConstraint("organization_id", "id", name=op.f("uq_orders_orders_organization_id_id")),
        sa.UniqueConstraint(
            "organization_id",
            "shop_id",
            "cart_id",
            name=op.f("uq_orders_orders_organization_id_shop_id_cart_id"),
        ),
        sa.UniqueConstraint(
            "organization_id",
            "shop_id",
            "number",
            name=op.f("uq_orders_orders_organization_id_shop_id_number"),
        ),
    )
    with op.batch_alter_table("orders_orders", schema=None) as batch_op:
        batch_op.create_index(
            "ix_orders_orders_customer_id", ["organization_id", "shop_id", "customer_id"], unique=False
        )
        batch_op.create_index(
            "ix_orders_orders_email_key", ["organization_id", "shop_id", "email_key"], unique=False
        )
        batch_op.create_index(
            "ix_orders_orders_expires_at",
            ["expires_at"],
            unique=False,
            sqlite_where=sa.text("status = 'pending'"),
            postgresql_where=sa.text("status = 'pending'"),
        )
        batch_op.create_index(
            "ix_orders_orders_placed_at", ["organization_id", "shop_id", "placed_at"], unique=False
        )
    op.create_table(
        "orders_events",
        sa.Column("organization_id", Uuid(), nullable=False),
        sa.Column("order_id", Uuid(), nullable=False),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("data", Json(), nullable=False),
        sa.Column("at", Timestamp(), nullable=False),
        sa.Column("actor_id", Uuid(), nullable=True),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id", "order_id"],
            ["orders_orders.organization_id", "orders_orders.id"],
            name=op.f("fk_orders_events_organization_id_order_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("organization_id", "order_id", "sequence", name="pk_orders_events"),
    )
    op.create_table(
        "orders_lines",
        sa.Column("organization_id", Uuid(), nullable=False),
        sa.Column("order_id", Uuid(), nullable=False),
        sa.Column("line_id", sa.Text(), nullable=False),
        sa.Column("shop_id", Uuid(), nullable=False),
        sa.Column("variant_id", Uuid(), nullable=False),
        sa.Column("product_id", Uuid(), nullable=False),
        sa.Column("sku", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("quantity", sa.BigInteger(), nullable=False),
        sa.Column("fulfilled", sa.BigInteger(), nullable=False),
        sa.Column("returned", sa.BigInteger(), nullable=False),
        sa.Column("refunded", sa.BigInteger(), nullable=False),
        sa.Column("refunded_amount", sa.BigInteger(), nullable=False),
        sa.Column("net", sa.BigInteger(), nullable=False),
        sa.Column("tax", sa.BigInteger(), nullable=False),
        sa.Column("total", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("net + tax = total", name=op.f("ck_orders_lines_taxed")),
        sa.CheckConstraint(
            "quantity > 0 AND fulfilled BETWEEN 0 AND quantity AND returned BETWEEN 0 AND fulfilled "
            "AND refunded BETWEEN 0 AND quantity",
            name=op.f("ck_orders_lines_units"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id", "order_id"],
            ["orders_orders.organization_id", "orders_orders.id"],
            name=op.f("fk_orders_lines_organization_id_order_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("organization_id", "order_id", "line_id", name="pk_orders_lines"),
    )
    with op.batch_alter_table("orders_lines", schema=None) as batch_op:
        batch_op.create_index(
            "ix_orders_lines_product_id", ["organization_id", "shop_id", "product_id"], unique=False
        )


def downgrade() -> None:
    with op.batch_alter_table("orders_lines", schema=None) as batch_op:
        batch_op.drop_index("ix_orders_lines_product_id")
    op.drop_table("orders_lines")
    op.drop_table("orders_events")
    with op.batch_alter_table("orders_orders", schema=None) as batch_op:
        batch_op.drop_index("ix_orders_orders_placed_at")
        batch_op.drop_index(
            "ix_orders_orders_expires_at",
            sqlite_where=sa.text("status = 'pending'"),
            postgresql_where=sa.text("status = 'pending'"),
        )
        batch_op.drop_index("ix_orders_orders_email_key")
        batch_op.drop_index("ix_orders_orders_customer_id")
    op.drop_table("orders_orders")
