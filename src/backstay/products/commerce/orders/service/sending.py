"""Parcels that leave, arrive and come back."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from uuid import UUID

from backstay.kernel.database import UnitOfWork
from backstay.kernel.ids import uuid7
from backstay.kernel.trail import record
from backstay.products.commerce import inventory
from backstay.products.commerce.orders.contracts.history import (
    Completed,
    Delivered,
    Fulfilled,
    GoodsReturned,
)
from backstay.products.commerce.orders.contracts.order import (
    Fulfilment,
    LineQuantity,
    Order,
    OrderReturn,
)
from backstay.products.commerce.orders.contracts.requests import NewFulfilment, NewReturn
from backstay.products.commerce.orders.contracts.states import Move, OrderStatus
from backstay.products.commerce.orders.errors import NoSuchFulfilment, OrderState
from backstay.products.commerce.orders.service import book
from backstay.products.commerce.orders.service.evolving import require
from backstay.products.commerce.orders.service.refunding import refuse_too_many, units_of


async def fulfil(
    uow: UnitOfWork, shop_id: UUID, order_id: UUID, asked: NewFulfilment, *, expected: int | None
) -> Order:
    """Let a parcel leave: its units are neither reserved nor in stock any more.

    Raises:
        NoSuchOrder: the shop has none with this id.
        StaleOrder: something happened to it since.
        OrderState: it is not paid, or has ended.
        QuantityTooLarge: more units than have still to leave.
        NotHeld: the goods do not lie there.
    """
    order = await book.locked(uow, order_id, shop_id=shop_id)
    book.expect(order, expected)
    require(order, Move.FULFIL)
    if order.due > 0:
        raise OrderState("What an edit added is not paid yet.", status=order.status, due=order.due)
    left = {line.id: line.open for line in order.lines}
    units = Counter(left) if asked.lines is None else units_of(order, asked.lines)
    refuse_too_many(units, left)
    fulfilment = Fulfilment(
        id=uuid7(),
        lines=_lines(units),
        carrier=asked.carrier,
        tracking_number=asked.tracking_number,
        tracking_url=asked.tracking_url,
        at=uow.now(),
    )
    after = await book.record(uow, order, Fulfilled(fulfilment=fulfilment))
    await inventory.fulfil(uow, order.hold_id, _wants(order, units))
    record(
        uow,
        "orders.parcel_sent",
        subject=("order", order.id),
        before={"status": order.status},
        after={"status": after.status, "units": units.total(), "fulfilment_id": fulfilment.id},
    )
    return after


async def deliver(uow: UnitOfWork, shop_id: UUID, order_id: UUID, fulfilment_id: UUID) -> Order:
    """Let a parcel arrive; once all have, the order is completed. Saying it again changes nothing.

    Raises:
        NoSuchOrder: the shop has none with this id.
        NoSuchFulfilment: the order has no such parcel.
    """
    order = await book.locked(uow, order_id, shop_id=shop_id)
    parcel = next((one for one in order.fulfilments if one.id == fulfilment_id), None)
    if parcel is None:
        raise NoSuchFulfilment
    if parcel.delivered_at is not None:
        return order
    order = await book.record(uow, order, Delivered(fulfilment_id=fulfilment_id))
    arrived = all(one.delivered_at is not None for one in order.fulfilments)
    if arrived and order.status is OrderStatus.FULFILLED:
        order = await book.record(uow, order, Completed())
    record(
        uow,
        "orders.parcel_delivered",
        subject=("order", order.id),
        after={"status": order.status, "fulfilment_id": fulfilment_id},
    )
    return order


async def take_back(
    uow: UnitOfWork, shop_id: UUID, order_id: UUID, asked: NewReturn, *, expected: int | None
) -> Order:
    """Take goods back; what is restocked goes back to the location it came from. No money moves.

    Raises:
        NoSuchOrder: the shop has none with this id.
        StaleOrder: something happened to it since.
        OrderState: nothing has left.
        QuantityTooLarge: more units than left and have not come back, or more restocked than came.
    """
    order = await book.locked(uow, order_id, shop_id=shop_id)
    book.expect(order, expected)
    require(order, Move.RETURN)
    units = units_of(order, asked.lines)
    refuse_too_many(units, {line.id: line.fulfilled - line.returned for line in order.lines})
    again = units_of(order, asked.restock)
    refuse_too_many(again, dict(units))
    returned = OrderReturn(
        id=uuid7(), lines=_lines(units), restocked=_lines(again), reason=asked.reason, at=uow.now()
    )
    order = await book.record(uow, order, GoodsReturned(returned=returned))
    if again:
        wants = _wants(order, again)
        await inventory.restock(uow, shop_id, order.hold_id, wants, reason=f"Return of {order.number}")
    record(
        uow,
        "orders.goods_returned",
        subject=("order", order.id),
        after={"units": units.total(), "restocked": again.total(), "reason": asked.reason},
    )
    return order


def _lines(units: Counter[str]) -> tuple[LineQuantity, ...]:
    return tuple(LineQuantity(line_id=line_id, quantity=n) for line_id, n in units.items() if n)


def _wants(order: Order, units: Counter[str]) -> Sequence[inventory.Want]:
    return [inventory.Want(line.variant_id, units[line.id]) for line in order.lines if units[line.id]]
