"""What must hold of every order, asked of the database; each row that comes back is a breach."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from msgspec import Struct
from sqlalchemy import Integer, and_, func, literal, or_, select

from backstay.kernel.database import param, statement
from backstay.products.commerce.orders.queries.orders import Stored
from backstay.products.commerce.orders.tables import events, lines, orders


class Breach(Struct, frozen=True):
    """An order that is not as it must be."""

    order_id: UUID
    number: str
    rule: str
    is_: int
    should_be: int


_LIMIT: Final = param("limit", Integer)
_SUMS: Final = (
    select(
        lines.c.order_id, func.sum(lines.c.total).label("total"), func.sum(lines.c.quantity).label("units")
    )
    .group_by(lines.c.order_id)
    .subquery()
)
_GOODS: Final = func.coalesce(_SUMS.c.total, 0)
TOTALS: Final = statement(
    select(
        orders.c.id.label("order_id"),
        orders.c.number,
        literal("total_is_sum_of_lines").label("rule"),
        orders.c.total.label("is_"),
        (_GOODS + orders.c.shipping_total).label("should_be"),
    )
    .select_from(orders.outerjoin(_SUMS, _SUMS.c.order_id == orders.c.id))
    .where(
        orders.c.shop_id == param("shop_id"),
        or_(
            orders.c.total != _GOODS + orders.c.shipping_total,
            orders.c.units != func.coalesce(_SUMS.c.units, 0),
        ),
    )
    .limit(_LIMIT),
    Breach,
)
REFUNDS: Final = statement(
    select(
        orders.c.id.label("order_id"),
        orders.c.number,
        literal("refunds_within_what_was_paid").label("rule"),
        (orders.c.refunding + orders.c.refunded).label("is_"),
        orders.c.paid.label("should_be"),
    )
    .where(
        orders.c.shop_id == param("shop_id"),
        orders.c.refunding + orders.c.refunded > orders.c.paid,
    )
    .limit(_LIMIT),
    Breach,
)
_COUNTED: Final = (
    select(events.c.order_id, func.count().label("events"), func.max(events.c.sequence).label("last"))
    .group_by(events.c.order_id)
    .subquery()
)
EVENTS: Final = statement(
    select(
        orders.c.id.label("order_id"),
        orders.c.number,
        literal("version_is_number_of_events").label("rule"),
        orders.c.version.label("is_"),
        func.coalesce(_COUNTED.c.events, 0).label("should_be"),
    )
    .select_from(orders.outerjoin(_COUNTED, _COUNTED.c.order_id == orders.c.id))
    .where(
        orders.c.shop_id == param("shop_id"),
        or_(
            orders.c.version != func.coalesce(_COUNTED.c.events, 0),
            and_(_COUNTED.c.last.is_not(None), orders.c.version != _COUNTED.c.last),
        ),
    )
    .limit(_LIMIT),
    Breach,
)
PAGE: Final = statement(
    select(orders.c.state)
    .where(orders.c.shop_id == param("shop_id"), orders.c.id > param("after"))
    .order_by(orders.c.id)
    .limit(_LIMIT),
    Stored,
)
"""Orders one after another, to be compared with their events."""
