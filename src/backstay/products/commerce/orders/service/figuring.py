"""What orders come to: for modules that add up, some of them or all from the first."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Final
from uuid import UUID

from backstay.kernel.database import Reader
from backstay.products.commerce.orders.contracts.figures import LineFigures, OrderFigures, RefundFigures
from backstay.products.commerce.orders.contracts.history import OrderEvent
from backstay.products.commerce.orders.contracts.order import Order, OrderLine, RefundState
from backstay.products.commerce.orders.contracts.states import ENDED, OrderStatus
from backstay.products.commerce.orders.queries import figures as queries
from backstay.products.commerce.orders.service import book
from backstay.products.commerce.orders.service.ending import house_of
from backstay.products.commerce.orders.service.evolving import evolve, replay
from backstay.products.commerce.orders.service.personal import NOBODY

FIRST: Final = UUID(int=0)
"""Before every order."""


async def figures(reader: Reader, order_ids: Sequence[UUID]) -> list[OrderFigures]:
    """What orders of the organization come to now, without those that are not there any more."""
    rows = await reader.all(queries.SOME, ids=[str(one) for one in order_ids])
    return [await _of(reader, row.state) for row in rows]


async def all_figures(reader: Reader, *, after: UUID, limit: int) -> list[tuple[UUID, OrderFigures]]:
    """So many orders after one by their ids, of every organization, each with whose it is.

    For the house's own work; begin after `FIRST`.
    """
    rows = await reader.all(queries.PAGE, after=after, limit=limit)
    return [
        (row.organization_id, await _of(reader.on_behalf(house_of(row.organization_id)), row.state))
        for row in rows
    ]


async def shop_figures(reader: Reader, shop_id: UUID, *, after: UUID, limit: int) -> list[OrderFigures]:
    """So many orders of a shop after one by their ids."""
    rows = await reader.all(queries.PAGE_OF_SHOP, shop_id=shop_id, after=after, limit=limit)
    return [await _of(reader, row.state) for row in rows]


async def replayed_figures(reader: Reader, shop_id: UUID, *, after: UUID, limit: int) -> list[OrderFigures]:
    """The same, reckoned from each order's events alone: for whoever checks what others added up."""
    found = []
    for row in await reader.all(queries.PAGE_OF_SHOP, shop_id=shop_id, after=after, limit=limit):
        history = await book.history(reader, row.state.id)
        found.append(figures_of(replay(row.state.id, history), sold=was_paid(row.state.id, history)))
    return found


async def count_all(reader: Reader) -> int:
    """How many orders there are in all organizations."""
    return await reader.one(queries.COUNT_ALL)


async def _of(reader: Reader, order: Order) -> OrderFigures:
    if order.status is OrderStatus.PENDING:
        return figures_of(order, sold=False)
    if order.status not in ENDED:
        return figures_of(order, sold=True)
    # Whether one that has ended was paid before that, or only after, is told by its events.
    return figures_of(order, sold=was_paid(order.id, await book.history(reader, order.id)))


def was_paid(order_id: UUID, history: list[OrderEvent]) -> bool:
    """Whether an order was paid at any time while it lived."""
    order: Order | None = None
    for event in history:
        order = evolve(order, event, order_id)
        if order.status is OrderStatus.PAID:
            return True
    return False


def figures_of(order: Order, *, sold: bool) -> OrderFigures:
    """The figures of an order as it is."""
    back = [one for one in order.refunds if one.state is RefundState.SUCCEEDED]
    repaid: Counter[str] = Counter()
    for refund in back:
        for part in refund.lines:
            repaid[part.line_id] += part.amount
    living = order.status not in ENDED
    return OrderFigures(
        order_id=order.id,
        shop_id=order.shop_id,
        version=order.version,
        status=order.status,
        sold=sold,
        customer_id=order.customer_id,
        email=None if order.email in {"", NOBODY} else order.email,
        currency=order.currency,
        placed_at=order.placed_at,
        coupons=len(order.coupons),
        discount=order.discount,
        shipping=sum(one.total for one in order.shipments),
        tax=order.tax,
        total=order.total,
        units=sum(line.quantity for line in order.lines),
        lines=tuple(_line(line, repaid[line.id], living=living) for line in order.lines),
        refunds=tuple(RefundFigures(at=one.at, amount=one.amount) for one in back),
    )


def _line(line: OrderLine, repaid: int, *, living: bool) -> LineFigures:
    return LineFigures(
        product_id=line.product_id,
        variant_id=line.variant_id,
        sku=line.sku,
        title=line.title,
        image=line.image,
        units=line.quantity - line.returned if living else 0,
        total=line.priced.total - repaid if living else 0,
    )
