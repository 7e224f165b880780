"""Statements about what orders keep of a person, in every organization."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from msgspec import Struct
from sqlalchemy import null, select, update

from backstay.kernel.database import Json, Uuid, param, statement
from backstay.products.commerce.orders.contracts.order import Order
from backstay.products.commerce.orders.queries.orders import EventRow
from backstay.products.commerce.orders.tables import events, orders


class OwnOrder(Struct, frozen=True):
    """A person's order in an export."""

    organization_id: UUID
    state: Order


_THEIRS: Final = orders.c.customer_id == param("user_id", Uuid)

ORDERS_OF: Final = statement(
    select(orders.c.organization_id, orders.c.state).where(_THEIRS).order_by(orders.c.id),
    OwnOrder,
    unscoped=True,
)
FIRST_EVENT: Final = statement(
    select(events.c.sequence, events.c.at, events.c.actor_id, events.c.actor, events.c.data).where(
        events.c.order_id == param("order_id"), events.c.sequence == 1
    ),
    EventRow,
    unscoped=True,
)
FORGET: Final = statement(
    update(orders)
    .where(orders.c.id == param("id"))
    .values(
        email=param("email", orders.c.email.type),
        email_key=param("email", orders.c.email.type),
        customer_id=null(),
        search=param("search", orders.c.search.type),
        state=param("state", Json),
    ),
    unscoped=True,
)
FORGET_FIRST: Final = statement(
    update(events)
    .where(events.c.order_id == param("order_id"), events.c.sequence == 1)
    .values(data=param("data", Json)),
    unscoped=True,
)
FORGET_ACTOR: Final = statement(
    update(events).where(events.c.actor_id == param("user_id", Uuid)).values(actor_id=null()), unscoped=True
)
