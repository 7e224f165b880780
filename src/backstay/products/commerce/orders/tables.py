"""An order's events are the truth; the order and its lines follow from them in the same commit."""

from __future__ import annotations

from typing import Final

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    ForeignKeyConstraint,
    Index,
    PrimaryKeyConstraint,
    Table,
    Text,
    UniqueConstraint,
)

from backstay.kernel.database import Json, Timestamp, Uuid, id_column, module_tables, organization_column

metadata = module_tables("orders")

orders: Final = Table(
    "orders_orders",
    metadata,
    id_column(),
    organization_column(),
    Column("shop_id", Uuid, nullable=False),
    Column("number", Text, nullable=False),
    # One cart is one order, whoever completes it and however often.
    Column("cart_id", Uuid, nullable=False),
    Column("status", Text, nullable=False),
    Column("money", Text, nullable=False),
    Column("currency", Text, nullable=False),
    Column("email", Text, nullable=False),
    Column("email_key", Text, nullable=False),
    Column("customer_id", Uuid, nullable=True),
    Column("units", BigInteger, nullable=False),
    Column("shipping_total", BigInteger, nullable=False),
    Column("total", BigInteger, nullable=False),
    Column("paid", BigInteger, nullable=False),
    Column("refunding", BigInteger, nullable=False),
    Column("refunded", BigInteger, nullable=False),
    Column("placed_at", Timestamp, nullable=False),
    Column("expires_at", Timestamp, nullable=False),
    Column("changed_at", Timestamp, nullable=False),
    Column("version", BigInteger, nullable=False),
    Column("search", Text, nullable=False),
    Column("state", Json, nullable=False),
    UniqueConstraint("organization_id", "id"),
    UniqueConstraint("organization_id", "shop_id", "cart_id"),
    UniqueConstraint("organization_id", "shop_id", "number"),
    CheckConstraint("total >= 0 AND paid >= 0 AND refunding >= 0 AND refunded >= 0", name="sums"),
    CheckConstraint("refunding + refunded <= paid", name="refunded_what_was_paid"),
)
Index("ix_orders_orders_placed_at", orders.c.organization_id, orders.c.shop_id, orders.c.placed_at)
Index("ix_orders_orders_customer_id", orders.c.organization_id, orders.c.shop_id, orders.c.customer_id)
Index("ix_orders_orders_email_key", orders.c.organization_id, orders.c.shop_id, orders.c.email_key)
_WAITING: Final = orders.c.status == "pending"
Index(
    "ix_orders_orders_expires_at",
    orders.c.expires_at,
    sqlite_where=_WAITING,
    postgresql_where=_WAITING,
)

lines: Final = Table(
    "orders_lines",
    metadata,
    organization_column(),
    Column("order_id", Uuid, nullable=False),
    Column("line_id", Text, nullable=False),
    Column("shop_id", Uuid, nullable=False),
    Column("variant_id", Uuid, nullable=False),
    Column("product_id", Uuid, nullable=False),
    Column("sku", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("quantity", BigInteger, nullable=False),
    Column("fulfilled", BigInteger, nullable=False),
    Column("returned", BigInteger, nullable=False),
    Column("refunded", BigInteger, nullable=False),
    Column("refunded_amount", BigInteger, nullable=False),
    Column("net", BigInteger, nullable=False),
    Column("tax", BigInteger, nullable=False),
    Column("total", BigInteger, nullable=False),
    PrimaryKeyConstraint("organization_id", "order_id", "line_id", name="pk_orders_lines"),
    ForeignKeyConstraint(
        ["organization_id", "order_id"],
        ["orders_orders.organization_id", "orders_orders.id"],
        ondelete="CASCADE",
    ),
    CheckConstraint(
        "quantity > 0 AND fulfilled BETWEEN 0 AND quantity AND returned BETWEEN 0 AND fulfilled "
        "AND refunded BETWEEN 0 AND quantity",
        name="units",
    ),
    CheckConstraint("net + tax = total", name="taxed"),
)
Index("ix_orders_lines_product_id", lines.c.organization_id, lines.c.shop_id, lines.c.product_id)

events: Final = Table(
    "orders_events",
    metadata,
    organization_column(),
    Column("order_id", Uuid, nullable=False),
    Column("sequence", BigInteger, nullable=False),
    Column("type", Text, nullable=False),
    Column("data", Json, nullable=False),
    Column("at", Timestamp, nullable=False),
    Column("actor_id", Uuid, nullable=True),
    Column("actor", Text, nullable=False),
    PrimaryKeyConstraint("organization_id", "order_id", "sequence", name="pk_orders_events"),
    ForeignKeyConstraint(
        ["organization_id", "order_id"],
        ["orders_orders.organization_id", "orders_orders.id"],
        ondelete="CASCADE",
    ),
)
