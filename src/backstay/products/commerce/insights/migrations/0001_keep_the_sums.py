"""Keep the sums."""

import sqlalchemy as sa
from alembic import op

from backstay.kernel.database import Json, Uuid

revision = "insights_0001"
down_revision = None
branch_labels = ("insights",)


def upgrade() -> None:
    op.create_table(
        "insights_arrivals",
        sa.Column("organization_id", Uuid(), nullable=False),
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.Column("shop_id", Uuid(), nullable=False),
        sa.Column("day", sa.Text(), nullable=False),
        sa.Column("customers", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint(
            "organization_id", "generation", "shop_id", "day", name="pk_insights_arrivals"
        ),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "insights_cohorts",
        sa.Column("organization_id", Uuid(), nullable=False),
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.Column("shop_id", Uuid(), nullable=False),
        sa.Column("cohort", sa.Text(), nullable=False),
        sa.Column("month", sa.Text(), nullable=False),
        sa.Column("customers", sa.BigInteger(), nullable=False),
        sa.Column("orders", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint(
            "organization_id", "generation", "shop_id", "cohort", "month", name="pk_insights_cohorts"
        ),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "insights_customers",
        sa.Column("organization_id", Uuid(), nullable=False),
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.Column("shop_id", Uuid(), nullable=False),
        sa.Column("customer", sa.Text(), nullable=False),
        sa.Column("days", Json(), nullable=False),
        sa.PrimaryKeyConstraint(
            "organization_id", "generation", "shop_id", "customer", name="pk_insights_customers"
        ),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "insights_days",
        sa.Column("organization_id", Uuid(), nullable=False),
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.Column("shop_id", Uuid(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("day", sa.Text(), nullable=False),
        sa.Column("orders", sa.BigInteger(), nullable=False),
        sa.Column("units", sa.BigInteger(), nullable=False),
        sa.Column("coupon_orders", sa.BigInteger(), nullable=False),
        sa.Column("total", sa.BigInteger(), nullable=False),
        sa.Column("discounts", sa.BigInteger(), nullable=False),
        sa.Column("shipping", sa.BigInteger(), nullable=False),
        sa.Column("tax", sa.BigInteger(), nullable=False),
        sa.Column("refunds", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint(
            "organization_id", "generation", "shop_id", "currency", "day", name="pk_insights_days"
        ),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "insights_fills",
        sa.Column("generation", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("after_id", Uuid(), nullable=False),
        sa.Column("counted", sa.BigInteger(), nullable=False),
        sa.Column("total", sa.BigInteger(), nullable=False),
        sa.Column("done", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("generation", name=op.f("pk_insights_fills")),
    )
    op.create_table(
        "insights_goods",
        sa.Column("organization_id", Uuid(), nullable=False),
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.Column("shop_id", Uuid(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("day", sa.Text(), nullable=False),
        sa.Column("variant_id", Uuid(), nullable=False),
        sa.Column("product_id", Uuid(), nullable=False),
        sa.Column("units", sa.BigInteger(), nullable=False),
        sa.Column("total", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint(
            "organization_id",
            "generation",
            "shop_id",
            "currency",
            "day",
            "variant_id",
            "product_id",
            name="pk_insights_goods",
        ),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "insights_names",
        sa.Column("organization_id", Uuid(), nullable=False),
        sa.Column("shop_id", Uuid(), nullable=False),
        sa.Column("variant_id", Uuid(), nullable=False),
        sa.Column("product_id", Uuid(), nullable=False),
        sa.Column("sku", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("image", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("organization_id", "shop_id", "variant_id", name="pk_insights_names"),
    )
    op.create_table(
        "insights_orders",
        sa.Column("organization_id", Uuid(), nullable=False),
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.Column("shop_id", Uuid(), nullable=False),
        sa.Column("order_id", Uuid(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("counted", Json(), nullable=False),
        sa.PrimaryKeyConstraint(
            "organization_id", "generation", "shop_id", "order_id", name="pk_insights_orders"
        ),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "insights_products",
        sa.Column("organization_id", Uuid(), nullable=False),
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.Column("shop_id", Uuid(), nullable=False),
        sa.Column("product_id", Uuid(), nullable=False),
        sa.Column("units", sa.BigInteger(), nullable=False),
        sa.Column("told", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint(
            "organization_id", "generation", "shop_id", "product_id", name="pk_insights_products"
        ),
        sqlite_with_rowid=False,
    )
    with op.batch_alter_table("insights_products", schema=None) as batch_op:
        batch_op.create_index(
            "ix_insights_products_untold",
            ["generation"],
            unique=False,
            sqlite_where=sa.text("told <> units"),
            postgresql_where=sa.text("told <> units"),
        )
    op.create_table(
        "insights_shops",
        sa.Column("organization_id", Uuid(), nullable=False),
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.Column("shop_id", Uuid(), nullable=False),
        sa.Column("zone", sa.Text(), nullable=False),
        sa.Column("recount_after", Uuid(), nullable=True),
        sa.PrimaryKeyConstraint("organization_id", "generation", "shop_id", name="pk_insights_shops"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "insights_statuses",
        sa.Column("organization_id", Uuid(), nullable=False),
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.Column("shop_id", Uuid(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("orders", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint(
            "organization_id", "generation", "shop_id", "status", name="pk_insights_statuses"
        ),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "insights_totals",
        sa.Column("organization_id", Uuid(), nullable=False),
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.Column("shop_id", Uuid(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("variant_id", Uuid(), nullable=False),
        sa.Column("product_id", Uuid(), nullable=False),
        sa.Column("units", sa.BigInteger(), nullable=False),
        sa.Column("total", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint(
            "organization_id",
            "generation",
            "shop_id",
            "currency",
            "variant_id",
            "product_id",
            name="pk_insights_totals",
        ),
        sqlite_with_rowid=False,
    )


def downgrade() -> None:
    op.drop_table("insights_totals")
    op.drop_table("insights_statuses")
    op.drop_table("insights_shops")
    with op.batch_alter_table("insights_products", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_insights_products_untold",
            sqlite_where=sa.text("told <> units"),
            postgresql_where=sa.text("told <> units"),
        )
    op.drop_table("insights_products")
    op.drop_table("insights_orders")
    op.drop_table("insights_names")
    op.drop_table("insights_goods")
    op.drop_table("insights_fills")
    op.drop_table("insights_days")
    op.drop_table("insights_customers")
    op.drop_table("insights_cohorts")
    op.drop_table("insights_arrivals")
