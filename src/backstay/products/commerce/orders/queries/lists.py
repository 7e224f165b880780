"""Lists of orders, and what other modules ask of all of somebody's."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, and_, func, or_, select

from backstay.kernel.database import Filter, Uuid, at_least, below, equals, listing, param, statement
from backstay.products.commerce.orders.contracts.requests import OrderSummary, SearchText
from backstay.products.commerce.orders.contracts.states import ENDED, MoneyStatus, OrderStatus
from backstay.products.commerce.orders.tables import lines, orders

_SHOWN: Final = (
    orders.c.id,
    orders.c.number,
    orders.c.status,
    orders.c.money,
    orders.c.currency,
    orders.c.email,
    orders.c.customer_id,
    orders.c.units,
    orders.c.total,
    orders.c.paid,
    (orders.c.refunding + orders.c.refunded).label("refunded"),
    orders.c.placed_at,
    orders.c.changed_at,
    orders.c.version,
)
_SORTS: Final = {"placed_at": orders.c.placed_at, "total": orders.c.total, "changed_at": orders.c.changed_at}


def _contains(value: ColumnElement[Any]) -> ColumnElement[bool]:
    # No LIKE, in which some signs mean something.
    return func.replace(orders.c.search, func.lower(value), "") != orders.c.search


LIST: Final = listing(
    select(*_SHOWN).where(orders.c.shop_id == param("shop_id")),
    OrderSummary,
    name="orders.list",
    key=orders.c.id,
    sorts=_SORTS,
    default=("-placed_at",),
    filters={
        "status": equals(orders.c.status, OrderStatus, "Orders that have come so far."),
        "money": equals(orders.c.money, MoneyStatus, "Orders whose money is there, or is not."),
        "number": equals(orders.c.number, str, "The order that people call so."),
        "customer_id": equals(orders.c.customer_id, UUID, "Orders of this account."),
        "placed_from": at_least(orders.c.placed_at, datetime, "Orders placed then or later."),
        "placed_before": below(orders.c.placed_at, datetime, "Orders placed before."),
        "total_from": at_least(orders.c.total, int, "Orders of so much or more, in minor units."),
        "q": Filter(
            SearchText,
            _contains,
            "Orders in whose number, address, names, SKUs or titles this is found.",
            orders.c.search.type,
        ),
    },
)
OWN: Final = listing(
    select(*_SHOWN).where(orders.c.shop_id == param("shop_id"), orders.c.customer_id == param("customer_id")),
    OrderSummary,
    name="orders.own",
    key=orders.c.id,
    sorts=_SORTS,
    default=("-placed_at",),
)

# No NOT IN: its list is written when a statement is run, and ours are written before.
LIVE: Final = and_(*(orders.c.status != status.value for status in sorted(ENDED)))
"""Neither canceled nor expired."""
PURCHASES: Final = statement(
    select(func.count().label("count"))
    .select_from(orders)
    .where(
        orders.c.shop_id == param("shop_id"),
        or_(
            orders.c.customer_id == param("customer_id", Uuid),
            # Of orders of another time nobody may know whose they were.
            and_(orders.c.email_key == param("email_key"), orders.c.email_key != ""),
        ),
        LIVE,
    ),
    int,
)
COUNT: Final = statement(select(func.count().label("count")).select_from(orders).where(LIVE), int)
BOUGHT: Final = statement(
    select(func.count().label("count"))
    .select_from(lines.join(orders, orders.c.id == lines.c.order_id))
    .where(
        lines.c.shop_id == param("shop_id"),
        lines.c.product_id == param("product_id"),
        lines.c.fulfilled > lines.c.returned,
        orders.c.customer_id == param("customer_id"),
    ),
    int,
)
"""Lines of an account in which units of a product left and stayed."""
