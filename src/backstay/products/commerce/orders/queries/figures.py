"""Orders, one after another, for whoever adds them up."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from msgspec import Struct
from sqlalchemy import Integer, func, select

from backstay.kernel.database import any_of, param, statement
from backstay.products.commerce.orders.contracts.order import Order
from backstay.products.commerce.orders.queries.orders import Stored
from backstay.products.commerce.orders.tables import orders


class OwnedOrder(Struct, frozen=True):
    """An order, and whose it is."""

    organization_id: UUID
    state: Order


SOME: Final = statement(
    select(orders.c.state).where(any_of(orders.c.id, "ids")).order_by(orders.c.id), Stored
)
PAGE: Final = statement(
    select(orders.c.organization_id, orders.c.state)
    .where(orders.c.id > param("after"))
    .order_by(orders.c.id)
    .limit(param("limit", Integer)),
    OwnedOrder,
    unscoped=True,
)
PAGE_OF_SHOP: Final = statement(
    select(orders.c.state)
    .where(orders.c.shop_id == param("shop_id"), orders.c.id > param("after"))
    .order_by(orders.c.id)
    .limit(param("limit", Integer)),
    Stored,
)
COUNT_ALL: Final = statement(select(func.count().label("count")).select_from(orders), int, unscoped=True)
