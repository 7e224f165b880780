"""Statements about one order."""

from __future__ import annotations

from datetime import datetime
from typing import Final
from uuid import UUID

from msgspec import Struct
from sqlalchemy import Integer, delete, insert, select, update

from backstay.kernel.database import Timestamp, any_of, param, statement, upsert
from backstay.products.commerce.orders.contracts.history import AnyFact
from backstay.products.commerce.orders.contracts.order import Order
from backstay.products.commerce.orders.contracts.states import OrderStatus
from backstay.products.commerce.orders.tables import events, lines, orders


class Stored(Struct, frozen=True):
    """An order as it was written down."""

    state: Order


class EventRow(Struct, frozen=True):
    """An event as it is stored."""

    sequence: int
    at: datetime
    actor_id: UUID | None
    actor: str
    data: AnyFact


class Overdue(Struct, frozen=True):
    """An order whose time is over."""

    id: UUID
    organization_id: UUID


_ONE: Final = (orders.c.id == param("id"), orders.c.shop_id == param("shop_id"))

GET: Final = statement(select(orders.c.state).where(*_ONE), Stored)
LOCK: Final = statement(select(orders.c.state).where(orders.c.id == param("id")).with_for_update(), Stored)
OF_CART: Final = statement(
    select(orders.c.state).where(orders.c.cart_id == param("cart_id"), orders.c.shop_id == param("shop_id")),
    Stored,
)
PLACE: Final = statement(insert(orders))
KEEP: Final = statement(
    update(orders)
    .where(orders.c.id == param("id"), orders.c.version == param("expected"))
    .values(
        {
            name: param(name, orders.c[name].type)
            for name in (
                "status",
                "money",
                "email",
                "email_key",
                "units",
                "shipping_total",
                "total",
                "paid",
                "refunding",
                "refunded",
                "expires_at",
                "changed_at",
                "version",
                "search",
                "state",
            )
        }
    )
)
"""Write an order down, if its events are still as many as they were."""

_FIGURES: Final = (
    "variant_id",
    "product_id",
    "sku",
    "title",
    "quantity",
    "fulfilled",
    "returned",
    "refunded",
    "refunded_amount",
    "net",
    "tax",
    "total",
)
ADD_LINE: Final = statement(insert(lines))
KEEP_LINE: Final = statement(
    upsert(lines, key=("organization_id", "order_id", "line_id"))
    .insert(shop_id=param("shop_id"), **{name: param(name) for name in _FIGURES})
    .update(**{name: param(name, lines.c[name].type) for name in _FIGURES})
)
DROP_LINES: Final = statement(
    delete(lines).where(lines.c.order_id == param("order_id"), any_of(lines.c.line_id, "line_ids"))
)

APPEND: Final = statement(insert(events))
HISTORY: Final = statement(
    select(events.c.sequence, events.c.at, events.c.actor_id, events.c.actor, events.c.data)
    .where(events.c.order_id == param("order_id"))
    .order_by(events.c.sequence),
    EventRow,
)

OVERDUE: Final = statement(
    select(orders.c.id, orders.c.organization_id)
    .where(orders.c.status == OrderStatus.PENDING.value, orders.c.expires_at <= param("now", Timestamp))
    .order_by(orders.c.expires_at)
    .limit(param("batch", Integer)),
    Overdue,
    unscoped=True,
)
"""Of every organization: for the house's own upkeep."""
