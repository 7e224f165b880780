"""What becomes of an order when its payment does: finished once, whoever brings the news, and however late.

The news comes from the provider's webhook, from the page that the customer returns to, or from a look by
the house. All of them end here, under the order's lock, and ask the payment itself.
"""

from __future__ import annotations

from typing import Final
from uuid import UUID

from backstay.kernel.database import UnitOfWork
from backstay.kernel.ids import uuid7
from backstay.products.commerce import catalog, coupons, inventory, shops
from backstay.products.commerce.orders.contracts.history import (
    LateMoneyTaken,
    PaymentDoubted,
    PaymentFailed,
    PaymentReceived,
    RefundFailed,
    RefundSucceeded,
    Reinstated,
)
from backstay.products.commerce.orders.contracts.order import Order, OrderPayment, RefundState
from backstay.products.commerce.orders.contracts.states import ENDED
from backstay.products.commerce.orders.errors import CannotReinstate
from backstay.products.commerce.orders.service import baskets, book
from backstay.products.commerce.orders.service.refunding import give_back
from backstay.systems import payments
from backstay.systems.payments import Payment, PaymentStatus

SUBJECT: Final = "order"
"""The kind of what payments are for."""
_OPEN: Final = frozenset({PaymentStatus.PENDING, PaymentStatus.PROCESSING, PaymentStatus.AUTHORIZED})
_LATE: Final = "The payment came after the order had ended."


async def settle(uow: UnitOfWork, order_id: UUID, payment_id: UUID) -> Order:
    """Let an order follow its payment: whoever brings the news, and however often.

    Money for an order that has ended is left for `reinstate` and `take_late`; see `is_late`.

    Raises:
        NoSuchOrder: there is none with this id.
    """
    order = await book.locked(uow, order_id)
    return await _credit(uow, order, payment_id)


async def _credit(uow: UnitOfWork, order: Order, payment_id: UUID) -> Order:
    asked = _asked_for(order, payment_id)
    if asked is None or _is_credited(asked) or order.status in ENDED:
        return order
    payment = await payments.find(uow, payment_id)
    if not _news(asked, payment):
        return order
    order = await book.record(uow, order, PaymentReceived(payment_id=payment_id, amount=payment.captured))
    if order.due <= 0:
        order = await close_payments(uow, order)
    if order.due < 0:
        order = await give_back(uow, order, -order.due, reason="More was paid than was due.")
    return order


async def is_late(uow: UnitOfWork, order_id: UUID, payment_id: UUID) -> bool:
    """Whether money came for an order that has ended, and nothing was decided about it yet."""
    order = await book.locked(uow, order_id)
    asked, payment = await _of(uow, order, payment_id)
    return asked is not None and _news(asked, payment) and order.status in ENDED


async def reinstate(uow: UnitOfWork, order_id: UUID, payment_id: UUID) -> None:
    """Take an order up again whose money came after its end; nothing when that was decided already.

    Raises:
        CannotReinstate: the price is another one now, or not all of it was paid.
        InsufficientStock: the goods are gone.
        CouponRefused: a coupon is used up.
    """
    order = await book.locked(uow, order_id)
    asked, payment = await _of(uow, order, payment_id)
    if asked is None or not _news(asked, payment) or order.status not in ENDED:
        return
    if payment.captured != order.due:
        raise CannotReinstate("What was paid is not what the order costs.")
    shop = await shops.get(uow, order.shop_id)
    ids = [line.variant_id for line in order.lines]
    offers = await catalog.offers(uow, shop, ids, currency=order.currency, customer_id=order.customer_id)
    for line in order.lines:
        offer = offers.get(line.variant_id)
        if offer is None or offer.unit_price != line.unit_price:
            raise CannotReinstate(f"{line.title} is not sold at that price any more.")
    hold_id = uuid7()
    if order.coupons:
        codes = [one.code for one in order.coupons if one.code is not None]
        buyer = coupons.Buyer(customer_id=order.customer_id, email=order.email)
        applied = await coupons.claim(uow, shop, hold_id, codes, buyer, baskets.goods_of(order, offers))
        if tuple(one.discount for one in applied) != order.basket.discounts:
            raise CannotReinstate("A coupon gives something else now.")
    await inventory.reserve(uow, order.shop_id, hold_id, baskets.wants(order), until=None, first=True)
    fact = Reinstated(payment_id=payment_id, amount=payment.captured, hold_id=hold_id)
    await book.record(uow, order, fact)


async def take_late(uow: UnitOfWork, order_id: UUID, payment_id: UUID, *, why: str) -> None:
    """Give money back that came after the order's end, once; nothing when that was decided already."""
    order = await book.locked(uow, order_id)
    asked, payment = await _of(uow, order, payment_id)
    if asked is None or not _news(asked, payment) or order.status not in ENDED:
        return
    fact = LateMoneyTaken(payment_id=payment_id, amount=payment.captured, why=why)
    order = await book.record(uow, order, fact)
    await give_back(uow, order, payment.captured, reason=_LATE, payment_id=payment_id)


async def note_failure(uow: UnitOfWork, order_id: UUID, payment_id: UUID, reason: str) -> None:
    """Write into the timeline that a payment did not work."""
    order = await book.locked(uow, order_id)
    if _asked_for(order, payment_id) is not None:
        await book.record(uow, order, PaymentFailed(payment_id=payment_id, reason=reason))


async def note_doubt(uow: UnitOfWork, order_id: UUID, payment_id: UUID, reason: str) -> None:
    """Write into the timeline that a person has to look at a payment."""
    order = await book.locked(uow, order_id)
    if _asked_for(order, payment_id) is not None:
        await book.record(uow, order, PaymentDoubted(payment_id=payment_id, reason=reason))


async def refund_ended(
    uow: UnitOfWork, order_id: UUID, refund_id: UUID, *, failed: str | None = None
) -> None:
    """Let an order know what became of a refund; `failed` says why it did not work."""
    order = await book.locked(uow, order_id)
    refund = next((one for one in order.refunds if one.id == refund_id), None)
    if refund is None or refund.state is RefundState.FAILED:
        return
    if failed is not None:
        await book.record(uow, order, RefundFailed(refund_id=refund_id, reason=failed))
    elif refund.state is RefundState.PENDING:
        await book.record(uow, order, RefundSucceeded(refund_id=refund_id))


async def close_payments(uow: UnitOfWork, order: Order) -> Order:
    """Want no more of the money that was asked for and has not come; what has come is written down."""
    for asked in order.payments:
        if asked.received:
            continue
        payment = await payments.find(uow, asked.payment_id)
        if payment.status is PaymentStatus.SUCCEEDED:
            received = PaymentReceived(payment_id=payment.id, amount=payment.captured)
            order = await book.record(uow, order, received)
        elif payment.status in _OPEN:
            await payments.cancel(uow, payment.id)
    return order


async def _of(uow: UnitOfWork, order: Order, payment_id: UUID) -> tuple[OrderPayment | None, Payment]:
    return _asked_for(order, payment_id), await payments.find(uow, payment_id)


def _asked_for(order: Order, payment_id: UUID) -> OrderPayment | None:
    """The order's own request for money; None for one that others made in its name."""
    return next((one for one in order.payments if one.payment_id == payment_id), None)


def _news(asked: OrderPayment, payment: Payment) -> bool:
    return payment.status is PaymentStatus.SUCCEEDED and not _is_credited(asked)


def _is_credited(asked: OrderPayment) -> bool:
    """Whether the order has its money already."""
    return asked.received > 0
