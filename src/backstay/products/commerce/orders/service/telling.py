"""What is told to other modules of what happened to an order."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from backstay.kernel.database import UnitOfWork
from backstay.products.commerce.orders import events
from backstay.products.commerce.orders.contracts import history
from backstay.products.commerce.orders.contracts.order import LineQuantity, Order, OrderLine
from backstay.products.commerce.orders.contracts.states import OrderStatus


def tell_recorded(uow: UnitOfWork, order: Order) -> None:
    """Publish that an order of another time is known now: placed, paid and sent at one stroke."""
    uow.publish(events.OrderRecorded(**_head(order, order.placed_at), lines=_lines(order.lines)))


def tell(
    uow: UnitOfWork,
    before: Order | None,
    after: Order,
    facts: Sequence[history.AnyFact],
    *,
    at: datetime | None = None,
) -> None:
    """Publish what happened, with the unit's commit; `at`: when, where it was not now."""
    head = _head(after, at)
    for fact in facts:
        _tell(uow, before, after, fact, head)
    was_paid = before is not None and before.status not in {OrderStatus.PENDING, OrderStatus.EXPIRED}
    revived = any(isinstance(fact, history.Reinstated) for fact in facts)
    if after.status is OrderStatus.PAID and (revived or not was_paid):
        uow.publish(events.OrderPaid(**head, lines=_lines(after.lines), reinstated=revived))


def _head(after: Order, at: datetime | None) -> dict[str, Any]:
    return {
        "order_id": after.id,
        "shop_id": after.shop_id,
        "number": after.number,
        "customer_id": after.customer_id,
        "currency": after.currency,
        "total": after.total,
        "paid": after.paid,
        "refunded": after.refunding + after.refunded,
        "placed_at": after.placed_at,
        "at": at,
    }


def _tell(
    uow: UnitOfWork, before: Order | None, after: Order, fact: history.AnyFact, head: dict[str, Any]
) -> None:
    match fact:
        case history.Placed():
            uow.publish(events.OrderPlaced(**head, lines=_lines(after.lines)))
        case history.Edited():
            told = events.OrderEdited(**head, lines=_lines(after.lines), difference=fact.difference)
            uow.publish(told)
        case history.Fulfilled():
            complete = after.status is OrderStatus.FULFILLED
            parts = _parts(after, fact.fulfilment.lines)
            sent = fact.fulfilment.id
            uow.publish(events.OrderFulfilled(**head, lines=parts, complete=complete, fulfilment_id=sent))
        case history.Completed():
            uow.publish(events.OrderCompleted(**head))
        case history.Canceled():
            was_paid = before is not None and before.status is OrderStatus.PAID
            uow.publish(events.OrderCanceled(**head, lines=_lines(after.lines), was_paid=was_paid))
        case history.Expired():
            uow.publish(events.OrderExpired(**head))
        case history.GoodsReturned():
            uow.publish(events.OrderReturned(**head, lines=_parts(after, fact.returned.lines)))
        case history.RefundSucceeded():
            refund = next(one for one in after.refunds if one.id == fact.refund_id)
            uow.publish(events.OrderRefunded(**head, refund_id=refund.id, refund=refund.amount))
        case history.RefundFailed():
            refund = next(one for one in after.refunds if one.id == fact.refund_id)
            failed = events.OrderRefundFailed(
                **head, refund_id=refund.id, refund=refund.amount, reason=fact.reason
            )
            uow.publish(failed)
        case history.LateMoneyTaken():
            uow.publish(events.LateMoneyReturned(**head, amount=fact.amount, why=fact.why))
        case _:
            pass


def _lines(lines: Iterable[OrderLine]) -> list[events.LineTold]:
    return [
        events.LineTold(
            line_id=line.id,
            product_id=line.product_id,
            variant_id=line.variant_id,
            quantity=line.quantity,
            total=line.priced.total,
        )
        for line in lines
    ]


def _parts(order: Order, parts: Sequence[LineQuantity]) -> list[events.LineTold]:
    """So many units of lines, each with its share of the line's total."""
    by_id = {line.id: line for line in order.lines}
    return [
        events.LineTold(
            line_id=one.line_id,
            product_id=by_id[one.line_id].product_id,
            variant_id=by_id[one.line_id].variant_id,
            quantity=one.quantity,
            total=by_id[one.line_id].priced.total * one.quantity // by_id[one.line_id].quantity,
        )
        for one in parts
    ]
