"""What orders do about their payments' news, and about their own time."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta
from typing import Final
from uuid import UUID

from backstay.kernel.actor import Actor
from backstay.kernel.backend import Backend
from backstay.kernel.database import UnitOfWork
from backstay.kernel.errors import BackstayError
from backstay.products.commerce.coupons import CouponRefused
from backstay.products.commerce.inventory import InsufficientStock
from backstay.products.commerce.orders.contracts.jobs import ExpireOrders
from backstay.products.commerce.orders.contracts.states import ENDED
from backstay.products.commerce.orders.errors import CannotReinstate, NoSuchOrder
from backstay.products.commerce.orders.service import expire_all
from backstay.products.commerce.orders.service import paying as service
from backstay.products.commerce.orders.settings import OrdersSettings
from backstay.systems.events import subscribes
from backstay.systems.jobs import JobContext, Schedule, handles
from backstay.systems.payments import (
    PaymentFailed,
    PaymentInReview,
    PaymentSucceeded,
    RefundFailed,
    RefundSucceeded,
)

EXPIRY: Final = Schedule(name="orders.expire", job=ExpireOrders(), every=timedelta(seconds=30))


@handles(ExpireOrders)
async def expire_orders(_job: ExpireOrders, backend: Backend) -> int:
    """Give up orders whose time is over; the result is how many."""
    settings = backend.settings.module(OrdersSettings)
    return await expire_all(backend.database, batch=settings.expiry_batch)


@subscribes()
async def settle_order(event: PaymentSucceeded, backend: Backend, context: JobContext) -> None:
    """Let an order follow its payment; money that came too late buys it again, or goes back."""
    order_id, payment_id = _order_of(event), event.payment_id
    if order_id is None:
        return
    database, actor = backend.database, context.actor
    try:
        order = await database.run(actor, lambda uow: service.settle(uow, order_id, payment_id))
    except NoSuchOrder:
        return  # somebody asked money for an order that never was
    if order.status not in ENDED:
        return
    if await database.run(actor, lambda uow: service.is_late(uow, order_id, payment_id)):
        await _resolve(backend, actor, order_id, payment_id)


async def _resolve(backend: Backend, actor: Actor, order_id: UUID, payment_id: UUID) -> None:
    """Each way is a unit of its own: what refuses the first leaves nothing behind."""
    try:
        await backend.database.run(actor, lambda uow: service.reinstate(uow, order_id, payment_id))
    except (InsufficientStock, CouponRefused, CannotReinstate) as refused:
        why = _reason(refused)
        await backend.database.run(actor, lambda uow: service.take_late(uow, order_id, payment_id, why=why))


def _reason(refused: BackstayError) -> str:
    return refused.detail or refused.title


@subscribes()
async def note_payment(event: PaymentFailed | PaymentInReview, uow: UnitOfWork) -> None:
    """Write into an order's timeline that its payment has not worked, or is looked at."""
    order_id = _order_of(event)
    if order_id is None:
        return
    note = service.note_failure if isinstance(event, PaymentFailed) else service.note_doubt
    with suppress(NoSuchOrder):
        await note(uow, order_id, event.payment_id, event.reason)


@subscribes()
async def settle_refund(event: RefundSucceeded | RefundFailed, uow: UnitOfWork) -> None:
    """Let an order know what became of a refund."""
    order_id = _order_of(event)
    if order_id is None:
        return
    failed = event.reason if isinstance(event, RefundFailed) else None
    with suppress(NoSuchOrder):
        await service.refund_ended(uow, order_id, event.refund_id, failed=failed)


def _order_of(
    event: PaymentSucceeded | PaymentFailed | PaymentInReview | RefundSucceeded | RefundFailed,
) -> UUID | None:
    """The order that was paid for; None for what others ask money for, under whatever id they like."""
    if event.subject_kind != service.SUBJECT:
        return None
    try:
        return UUID(event.subject_id)
    except ValueError:
        return None
