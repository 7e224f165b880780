"""Orders of another time, written down with the events that made them, at the times at which they happened.

Their goods are the caller's to move (`inventory.record`), in the same unit: a history of stock has one order
of its own, in which returns and corrections stand between the sales.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from datetime import timedelta
from typing import Final
from uuid import UUID

from backstay.kernel.database import Reader, UnitOfWork
from backstay.kernel.ids import uuid7
from backstay.products.commerce.orders.contracts.history import (
    AnyFact,
    Fulfilled,
    Goods,
    GoodsReturned,
    PaymentAsked,
    PaymentReceived,
    Placed,
    RefundBegun,
    RefundSucceeded,
)
from backstay.products.commerce.orders.contracts.order import (
    Fulfilment,
    LineQuantity,
    Order,
    OrderRefund,
    OrderReturn,
)
from backstay.products.commerce.orders.contracts.past import PastOrder, PastReturn
from backstay.products.commerce.orders.queries import invariants as queries
from backstay.products.commerce.orders.service import book
from backstay.products.commerce.pricing import Basket, Line, Policy, Shipping, price
from backstay.products.commerce.shops import Shop
from backstay.systems import payments

_PAGE: Final = 200
_FIRST: Final = UUID(int=0)
_SHIPPING: Final = "shipping"


async def record(
    uow: UnitOfWork, shop: Shop, past: Sequence[PastOrder], returns: Sequence[PastReturn] = ()
) -> None:
    """Write orders down that were placed, paid and sent, and then what came back of these or earlier ones.

    One event a order tells of it (`OrderRecorded`), and of returns those that always do.

    Args:
        uow: in the shop's organization.
        shop: whose.
        past: the orders; each a payment that was taken elsewhere, unless it cost nothing.
        returns: in the order in which they happened.

    Raises:
        UniqueViolation: one of them is there already.
        NoSuchOrder: something came back of an order that is not.
        Unpriceable: an order is beyond what can be reckoned.
    """
    histories = [(one.id, one.at, _facts(shop, one)) for one in past]
    orders = await book.begin_all(uow, histories)
    await payments.record_payments(
        uow,
        [
            payments.PastPayment(
                id=asked.payment_id,
                subject=("order", str(order.id)),
                amount=asked.amount,
                currency=order.currency,
                description=f"{shop.name}: {order.number}",
                at=order.placed_at,
            )
            for order in orders
            for asked in order.payments
        ],
    )
    refunds = [refund for one in returns if (refund := await _take_back(uow, shop, one)) is not None]
    await payments.record_refunds(uow, refunds)


async def walk(reader: Reader, shop_id: UUID) -> AsyncIterator[Order]:
    """Every order of the shop, in the order of their ids."""
    after = _FIRST
    while page := await reader.all(queries.PAGE, shop_id=shop_id, after=after, limit=_PAGE):
        for row in page:
            yield row.state
        after = page[-1].state.id


def _facts(shop: Shop, past: PastOrder) -> list[AnyFact]:
    basket = Basket(
        currency=past.currency,
        lines=tuple(
            Line(id=line.id, unit_price=line.unit_price, quantity=line.quantity) for line in past.lines
        ),
        shipping=(Shipping(id=_SHIPPING, amount=past.shipping, taxes=()),) if past.shipping else (),
        policy=Policy(prices=shop.prices, rounded_per=shop.rounded_per),
    )
    placed = Placed(
        shop_id=shop.id,
        number=past.number,
        cart_id=past.id,
        hold_id=past.id,
        email=past.email,
        customer_id=None,
        note=past.note,
        shipping_address=past.address,
        billing_address=past.address,
        shipping_name=None,
        goods=tuple(
            Goods(
                line_id=line.id,
                variant_id=line.variant_id,
                product_id=line.product_id,
                sku=line.sku,
                title=line.title,
                options={},
                image=None,
            )
            for line in past.lines
        ),
        coupons=(),
        basket=basket,
        totals=price(basket),
        expires_at=past.at + timedelta(seconds=shop.order_expiry),
    )
    sent = Fulfilment(
        id=uuid7(),
        lines=tuple(LineQuantity(line_id=line.id, quantity=line.quantity) for line in past.lines),
        carrier=None,
        tracking_number=None,
        tracking_url=None,
        at=past.at,
    )
    facts: list[AnyFact] = [placed]
    if total := placed.totals.total:
        payment_id = uuid7()
        facts.append(PaymentAsked(payment_id=payment_id, amount=total))
        facts.append(PaymentReceived(payment_id=payment_id, amount=total))
    return [*facts, Fulfilled(fulfilment=sent)]


async def _take_back(uow: UnitOfWork, shop: Shop, past: PastReturn) -> payments.PastRefund | None:
    order = await book.locked(uow, past.order_id, shop_id=shop.id)
    facts: list[AnyFact] = []
    if past.lines:
        units = tuple(LineQuantity(line_id=one.line_id, quantity=one.quantity) for one in past.lines)
        back = OrderReturn(id=past.id, lines=units, restocked=units, reason=past.reason, at=past.at)
        facts.append(GoodsReturned(returned=back))
    amount = sum(one.amount for one in past.lines) + past.shipping
    if not amount:
        await book.record(uow, order, *facts, at=past.at)
        return None
    refund = OrderRefund(
        id=past.id,
        # All of it came by one payment.
        payment_id=order.payments[0].payment_id,
        amount=amount,
        lines=past.lines,
        shipping=past.shipping,
        reason=past.reason,
        at=past.at,
    )
    facts += [RefundBegun(refund=refund), RefundSucceeded(refund_id=refund.id)]
    await book.record(uow, order, *facts, at=past.at)
    return payments.PastRefund(
        id=refund.id,
        payment_id=refund.payment_id,
        amount=amount,
        currency=order.currency,
        reason=past.reason,
        at=past.at,
    )
