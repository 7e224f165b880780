"""The end of an order that was not sent: called off, or given up because nobody paid.

What was reserved goes back to the locations it came from and coupons are given back, once: whoever holds
the order's lock and finds it living ends it, and nobody after.
"""

from __future__ import annotations

from functools import partial
from typing import Final
from uuid import UUID

from backstay.kernel.actor import SYSTEM, Actor, ActorKind
from backstay.kernel.database import Database, UnitOfWork
from backstay.kernel.trail import record
from backstay.products.commerce import coupons, inventory
from backstay.products.commerce.orders.contracts.history import Canceled, Expired, PaymentReceived
from backstay.products.commerce.orders.contracts.order import Order
from backstay.products.commerce.orders.contracts.requests import Cancellation
from backstay.products.commerce.orders.contracts.states import Move, OrderStatus
from backstay.products.commerce.orders.errors import OrderState
from backstay.products.commerce.orders.queries import orders as queries
from backstay.products.commerce.orders.service import book
from backstay.products.commerce.orders.service.evolving import require
from backstay.products.commerce.orders.service.paying import close_payments
from backstay.products.commerce.orders.service.refunding import give_back
from backstay.systems import payments
from backstay.systems.payments import PaymentStatus

_ALIVE: Final = frozenset({PaymentStatus.PROCESSING, PaymentStatus.AUTHORIZED, PaymentStatus.IN_REVIEW})
"""Money may be there or on its way: the order goes on waiting."""


def house_of(organization_id: UUID) -> Actor:
    """The house itself, at work in an organization."""
    return Actor(
        id=SYSTEM.id,
        kind=ActorKind.SYSTEM,
        name="orders",
        organization_id=organization_id,
        permissions=frozenset(),
    )


async def cancel(
    uow: UnitOfWork, shop_id: UUID, order_id: UUID, asked: Cancellation, *, expected: int | None
) -> Order:
    """Call an order off of which nothing has left.

    Raises:
        NoSuchOrder: the shop has none with this id.
        StaleOrder: something happened to it since.
        OrderState: something of it has left, or it has ended.
    """
    order = await book.locked(uow, order_id, shop_id=shop_id)
    book.expect(order, expected)
    before = order.status
    order = await _cancel(uow, order, asked.reason, refund=asked.refund)
    record(
        uow,
        "orders.order_canceled",
        subject=("order", order.id),
        before={"status": before},
        after={"status": order.status, "reason": asked.reason, "refunding": order.refunding},
    )
    return order


async def cancel_own(uow: UnitOfWork, order: Order, reason: str) -> Order:
    """Let a customer call off what they have not paid.

    Raises:
        OrderState: it is paid, or has ended.
    """
    order = await book.locked(uow, order.id)
    if order.status is not OrderStatus.PENDING:
        raise OrderState("It is paid: ask the shop.", status=order.status)
    return await _cancel(uow, order, reason, refund=True)


async def _cancel(uow: UnitOfWork, order: Order, reason: str, *, refund: bool) -> Order:
    require(order, Move.CANCEL)
    order = await close_payments(uow, order)
    order = await book.record(uow, order, Canceled(reason=reason))
    await _let_go(uow, order)
    if refund and order.held > 0:
        order = await give_back(uow, order, order.held, reason=reason)
    return order


async def expire(uow: UnitOfWork, order_id: UUID) -> bool:
    """Give an order up that nobody has paid in time; whether this call did it."""
    order = await book.locked(uow, order_id)
    if order.status is not OrderStatus.PENDING or order.expires_at > uow.now():
        return False
    for asked in order.payments:
        if asked.received:
            continue
        payment = await payments.expire(uow, asked.payment_id)
        if payment.status is PaymentStatus.SUCCEEDED:
            received = PaymentReceived(payment_id=payment.id, amount=payment.captured)
            order = await book.record(uow, order, received)
        if payment.status in _ALIVE:
            return False
    if order.status is not OrderStatus.PENDING:
        return False
    order = await book.record(uow, order, Expired())
    await _let_go(uow, order)
    if order.held > 0:
        await give_back(uow, order, order.held, reason="The order expired.")
    return True


async def expire_all(database: Database, *, batch: int) -> int:
    """Give up all orders whose time is over, each in a unit of its own; how many."""
    gone = 0
    tried: set[UUID] = set()
    while True:
        now = database.clock.now()
        due = await database.reader(SYSTEM).all(queries.OVERDUE, now=now, batch=batch + len(tried))
        fresh = [one for one in due if one.id not in tried]
        for one in fresh:
            tried.add(one.id)
            gone += await database.run(house_of(one.organization_id), partial(expire, order_id=one.id))
        if not fresh:
            return gone


async def _let_go(uow: UnitOfWork, order: Order) -> None:
    await coupons.release(uow, order.hold_id)
    await inventory.release(uow, order.hold_id)
