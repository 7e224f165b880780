"""What an event makes of an order: pure, so that an order is what its events say, now or at any instant."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import singledispatch
from typing import Any, Final
from uuid import UUID

from msgspec import structs

from backstay.products.commerce.orders.contracts.history import (
    AnyFact,
    Canceled,
    Completed,
    Delivered,
    Edited,
    Expired,
    Fact,
    Fulfilled,
    Goods,
    GoodsReturned,
    LateMoneyTaken,
    Noted,
    OrderEvent,
    PaymentAsked,
    PaymentDoubted,
    PaymentFailed,
    PaymentReceived,
    Placed,
    RefundBegun,
    RefundFailed,
    RefundSucceeded,
    Reinstated,
)
from backstay.products.commerce.orders.contracts.order import (
    Order,
    OrderLine,
    OrderPayment,
    RefundState,
)
from backstay.products.commerce.orders.contracts.states import (
    TRANSITIONS,
    Move,
    OrderStatus,
    money_status,
    moves_from,
)
from backstay.products.commerce.orders.errors import OrderState
from backstay.products.commerce.orders.service import sums
from backstay.products.commerce.pricing import Basket, Totals


def evolve(order: Order | None, event: OrderEvent, order_id: UUID) -> Order:
    """The order after one more event.

    Raises:
        OrderState: this cannot happen to an order in its status.
    """
    fact = event.fact
    if isinstance(fact, Placed):
        return _placed(fact, order_id, event.at)
    if order is None:
        raise ValueError(f"an order begins with being placed, not with {type(fact).__name__}")
    changed = _change(fact, order, event.at)
    money = money_status(
        total=changed.total, paid=changed.paid, refunded=changed.refunding + changed.refunded
    )
    return structs.replace(changed, money=money, version=event.sequence)


def replay(order_id: UUID, events: Iterable[OrderEvent]) -> Order:
    """The order that these events, from the first on, make."""
    order: Order | None = None
    for event in events:
        order = evolve(order, event, order_id)
    if order is None:
        raise ValueError("no events make no order")
    return order


def require(order: Order, move: Move) -> OrderStatus:
    """Where a move leads.

    Raises:
        OrderState: it cannot be made; says what can.
    """
    target = TRANSITIONS.get((order.status, move))
    if target is None:
        raise OrderState(status=order.status, moves=moves_from(order.status))
    return target


def _placed(fact: Placed, order_id: UUID, at: datetime) -> Order:
    return Order(
        id=order_id,
        shop_id=fact.shop_id,
        number=fact.number,
        cart_id=fact.cart_id,
        hold_id=fact.hold_id,
        # What costs nothing waits for nothing.
        status=OrderStatus.PENDING if fact.totals.total else OrderStatus.PAID,
        money=money_status(total=fact.totals.total, paid=0, refunded=0),
        currency=fact.totals.currency,
        email=fact.email,
        customer_id=fact.customer_id,
        note=fact.note,
        shipping_address=fact.shipping_address,
        billing_address=fact.billing_address,
        shipping_name=fact.shipping_name,
        coupons=fact.coupons,
        paid=0,
        refunding=0,
        refunded=0,
        placed_at=at,
        expires_at=fact.expires_at,
        version=1,
        **_bought(fact.goods, fact.basket, fact.totals),
    )


def _bought(goods: Sequence[Goods], basket: Basket, totals: Totals) -> dict[str, Any]:
    """The fields that follow from what is bought, as long as nothing has become of it."""
    priced = {one.id: one for one in totals.lines}
    unit_prices = {line.id: line.unit_price for line in basket.lines}
    lines = []
    for one in goods:
        given = structs.asdict(one)
        line_id = given.pop("line_id")
        line = OrderLine(
            id=line_id,
            quantity=priced[line_id].quantity,
            unit_price=unit_prices[line_id],
            priced=priced[line_id],
            **given,
        )
        lines.append(line)
    return {
        "lines": tuple(lines),
        "shipments": totals.shipments,
        "basket": basket,
        **{
            name: getattr(totals, name)
            for name in ("subtotal", "discount", "shipping", "net", "tax", "total", "taxes", "steps")
        },
    }


@singledispatch
def _change(fact: Fact, _order: Order, _at: datetime) -> Order:
    raise TypeError(f"nobody knows what {type(fact).__name__} makes of an order")


@_change.register(PaymentFailed)
@_change.register(PaymentDoubted)
@_change.register(Noted)
def _told(_fact: Fact, order: Order, _at: datetime) -> Order:
    return order


@_change.register
def _payment_asked(fact: PaymentAsked, order: Order, _at: datetime) -> Order:
    asked = OrderPayment(payment_id=fact.payment_id, amount=fact.amount, gift_card=fact.gift_card)
    return structs.replace(order, payments=(*order.payments, asked))


@_change.register
def _payment_received(fact: PaymentReceived, order: Order, _at: datetime) -> Order:
    order = sums.credited(order, fact.payment_id, fact.amount)
    if order.status is OrderStatus.PENDING and order.due <= 0:
        return structs.replace(order, status=require(order, Move.PAY))
    return order


@_change.register
def _late_money_taken(fact: LateMoneyTaken, order: Order, _at: datetime) -> Order:
    status = require(order, Move.TAKE_LATE)
    return structs.replace(sums.credited(order, fact.payment_id, fact.amount), status=status)


@_change.register
def _reinstated(fact: Reinstated, order: Order, _at: datetime) -> Order:
    status = require(order, Move.REINSTATE)
    credited = sums.credited(order, fact.payment_id, fact.amount)
    return structs.replace(credited, status=status, hold_id=fact.hold_id, ended_at=None, end_reason=None)


@_change.register
def _edited(fact: Edited, order: Order, _at: datetime) -> Order:
    status = require(order, Move.EDIT)
    after = structs.replace(order, status=status, **_bought(fact.goods, fact.basket, fact.totals))
    if after.status is OrderStatus.PENDING and after.paid and after.due <= 0:
        # A gift card had paid a part, and it is all of it now.
        return structs.replace(after, status=require(after, Move.PAY))
    return after


@_change.register
def _fulfilled(fact: Fulfilled, order: Order, _at: datetime) -> Order:
    lines = sums.counted(order.lines, fact.fulfilment.lines, "fulfilled")
    last = all(line.open == 0 for line in lines)
    status = require(order, Move.FULFIL_LAST if last else Move.FULFIL)
    return structs.replace(
        order, status=status, lines=lines, fulfilments=(*order.fulfilments, fact.fulfilment)
    )


@_change.register
def _delivered(fact: Delivered, order: Order, at: datetime) -> Order:
    status = require(order, Move.DELIVER)
    parcels = tuple(
        structs.replace(one, delivered_at=at) if one.id == fact.fulfilment_id else one
        for one in order.fulfilments
    )
    return structs.replace(order, status=status, fulfilments=parcels)


@_change.register
def _completed(_fact: Completed, order: Order, _at: datetime) -> Order:
    return structs.replace(order, status=require(order, Move.COMPLETE))


@_change.register
def _goods_returned(fact: GoodsReturned, order: Order, _at: datetime) -> Order:
    status = require(order, Move.RETURN)
    lines = sums.counted(order.lines, fact.returned.lines, "returned")
    return structs.replace(order, status=status, lines=lines, returns=(*order.returns, fact.returned))


@_change.register
def _refund_begun(fact: RefundBegun, order: Order, _at: datetime) -> Order:
    status = require(order, Move.REFUND)
    refund = fact.refund
    return structs.replace(
        sums.moved(order, refund, refunding=refund.amount),
        status=status,
        lines=sums.repaid(order.lines, refund, 1),
        refunds=(*order.refunds, refund),
    )


@_change.register
def _refund_succeeded(fact: RefundSucceeded, order: Order, _at: datetime) -> Order:
    refund = sums.refund_of(order, fact.refund_id)
    moved = sums.moved(order, refund, refunding=-refund.amount, refunded=refund.amount)
    return structs.replace(moved, refunds=sums.settled(order, refund, RefundState.SUCCEEDED, None))


@_change.register
def _refund_failed(fact: RefundFailed, order: Order, _at: datetime) -> Order:
    refund = sums.refund_of(order, fact.refund_id)
    # A bank can send back what had arrived already.
    where = "refunding" if refund.state is RefundState.PENDING else "refunded"
    moved = sums.moved(order, refund, **{where: -refund.amount})
    return structs.replace(
        moved,
        lines=sums.repaid(order.lines, refund, -1),
        refunds=sums.settled(order, refund, RefundState.FAILED, fact.reason),
    )


@_change.register
def _canceled(fact: Canceled, order: Order, at: datetime) -> Order:
    status = require(order, Move.CANCEL)
    return structs.replace(order, status=status, ended_at=at, end_reason=fact.reason)


@_change.register
def _expired(_fact: Expired, order: Order, at: datetime) -> Order:
    status = require(order, Move.EXPIRE)
    return structs.replace(order, status=status, ended_at=at, end_reason=_NOBODY_PAID)


_NOBODY_PAID: Final = "Nobody paid in time."


def events_of(
    first: int, facts: Sequence[AnyFact], at: datetime, actor_id: UUID | None, actor: str
) -> list[OrderEvent]:
    """Facts as the order's next events, numbered from `first`."""
    return [
        OrderEvent(sequence=number, at=at, actor_id=actor_id, actor=actor, fact=fact)
        for number, fact in enumerate(facts, start=first)
    ]
