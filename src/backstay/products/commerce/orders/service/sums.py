"""The sums of an order: what an event adds to its payments, its refunds and its lines."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from msgspec import structs

from backstay.products.commerce.orders.contracts.order import (
    LineQuantity,
    Order,
    OrderLine,
    OrderRefund,
    RefundState,
)


def credited(order: Order, payment_id: UUID, amount: int) -> Order:
    """The order with money that came by a payment."""
    payments = tuple(
        structs.replace(one, received=one.received + amount) if one.payment_id == payment_id else one
        for one in order.payments
    )
    return structs.replace(order, payments=payments, paid=order.paid + amount)


def moved(order: Order, refund: OrderRefund, *, refunding: int = 0, refunded: int = 0) -> Order:
    """The order with so much more of a refund on its way, and so much more of it back."""
    payments = tuple(
        structs.replace(one, refunding=one.refunding + refunding, refunded=one.refunded + refunded)
        if one.payment_id == refund.payment_id
        else one
        for one in order.payments
    )
    return structs.replace(
        order,
        payments=payments,
        refunding=order.refunding + refunding,
        refunded=order.refunded + refunded,
    )


def refund_of(order: Order, refund_id: UUID) -> OrderRefund:
    """The order's refund of this id."""
    return next(one for one in order.refunds if one.id == refund_id)


def settled(
    order: Order, refund: OrderRefund, state: RefundState, error: str | None
) -> tuple[OrderRefund, ...]:
    """The order's refunds, with one at its end."""
    after = structs.replace(refund, state=state, error=error)
    return tuple(after if one.id == refund.id else one for one in order.refunds)


def repaid(lines: Sequence[OrderLine], refund: OrderRefund, sign: int) -> tuple[OrderLine, ...]:
    """The lines with a refund's units and money; without them again where `sign` is -1."""
    back = {one.line_id: one for one in refund.lines}
    return tuple(
        structs.replace(
            line,
            refunded=line.refunded + sign * one.quantity,
            refunded_amount=line.refunded_amount + sign * one.amount,
        )
        if (one := back.get(line.id))
        else line
        for line in lines
    )


def counted(
    lines: Sequence[OrderLine], quantities: Sequence[LineQuantity], what: str
) -> tuple[OrderLine, ...]:
    """Lines of which so many more units were sent, or came back."""
    more = {one.line_id: one.quantity for one in quantities}
    return tuple(
        structs.replace(line, **{what: getattr(line, what) + more[line.id]}) if line.id in more else line
        for line in lines
    )
