"""Giving money back: never more than came, exactly once, and told apart from giving goods back."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from uuid import UUID

from backstay.kernel.database import UnitOfWork
from backstay.kernel.errors import FieldError, Invalid
from backstay.kernel.trail import record
from backstay.products.commerce.orders.contracts.history import RefundBegun
from backstay.products.commerce.orders.contracts.order import (
    LineQuantity,
    Order,
    OrderRefund,
    RefundedLine,
    RefundState,
)
from backstay.products.commerce.orders.contracts.requests import NewRefund
from backstay.products.commerce.orders.contracts.states import Move
from backstay.products.commerce.orders.errors import QuantityTooLarge, RefundTooLarge
from backstay.products.commerce.orders.service import book
from backstay.products.commerce.orders.service.evolving import require
from backstay.products.commerce.pricing import refund as share_of
from backstay.systems import payments


async def refund(
    uow: UnitOfWork, shop_id: UUID, order_id: UUID, asked: NewRefund, *, expected: int | None
) -> Order:
    """Give back the money of units of lines, of shipping, or beyond; a job asks the provider.

    Units of a line are worth the line to the cent, in whatever portions they go.

    Raises:
        NoSuchOrder: the shop has none with this id.
        StaleOrder: something happened to it since.
        OrderState: it was never paid.
        Invalid: nothing is asked for, or a line is unknown.
        QuantityTooLarge: more units than were bought and are not refunded.
        RefundTooLarge: more than came and is still here.
    """
    order = await book.locked(uow, order_id, shop_id=shop_id)
    book.expect(order, expected)
    require(order, Move.REFUND)
    lines = worth(order, asked.lines)
    _refuse_shipping(order, asked.shipping)
    amount = sum(line.amount for line in lines) + asked.shipping + asked.extra
    if amount == 0:
        message = "must come to more than nothing, together with shipping and extra"
        raise Invalid(FieldError(pointer="/lines", code="range", message=message))
    before = {"refunded": order.refunding + order.refunded}
    order = await give_back(uow, order, amount, reason=asked.reason, lines=lines, shipping=asked.shipping)
    after = {"refunded": order.refunding + order.refunded, "amount": amount, "currency": order.currency}
    record(uow, "orders.refund_begun", subject=("order", order.id), before=before, after=after)
    return order


async def give_back(
    uow: UnitOfWork,
    order: Order,
    amount: int,
    *,
    reason: str,
    lines: Sequence[RefundedLine] = (),
    shipping: int = 0,
    payment_id: UUID | None = None,
) -> Order:
    """Give so much of what came back, out of as many payments as it takes.

    First what the deployment's provider took, then what gift cards paid; of each the largest first.

    Args:
        uow: holds the order's lock.
        order: as it is under the lock.
        amount: minor units.
        reason: for the customer's statement and the timeline.
        lines: what of it is for units of lines.
        shipping: what of it is for shipping.
        payment_id: out of this payment alone.

    Raises:
        RefundTooLarge: there is not so much.
    """
    sources = [one for one in order.payments if one.refundable > 0 and payment_id in {None, one.payment_id}]
    refundable = sum(one.refundable for one in sources)
    if amount > refundable:
        raise RefundTooLarge(refundable=refundable)
    facts: list[RefundBegun] = []
    for source in sorted(sources, key=lambda one: (one.gift_card is not None, -one.refundable)):
        part = min(amount, source.refundable)
        if not part:
            break
        # Under the order's lock the version is told once, so the key is.
        key = f"order:{order.id}:{order.version}:{len(facts)}"
        made = await payments.refund(uow, source.payment_id, part, key=key, reason=reason)
        facts.append(
            RefundBegun(
                refund=OrderRefund(
                    id=made.id,
                    payment_id=source.payment_id,
                    amount=part,
                    # The first part stands for the units; a second one is only more of the money.
                    lines=tuple(lines) if not facts else (),
                    shipping=shipping if not facts else 0,
                    reason=reason,
                    at=uow.now(),
                )
            )
        )
        amount -= part
    return await book.record(uow, order, *facts)


def worth(order: Order, asked: Sequence[LineQuantity]) -> tuple[RefundedLine, ...]:
    """What so many units more of each line give back.

    Raises:
        Invalid: a line is unknown.
        QuantityTooLarge: there are not so many left.
    """
    quantities = units_of(order, asked)
    left = {line.id: line.quantity - line.refunded for line in order.lines}
    refuse_too_many(quantities, left)
    found = []
    for line in order.lines:
        if quantity := quantities[line.id]:
            # Reckoned from the first unit on, so that a refund that failed in between costs no cent.
            all_of_it = share_of(line.priced, line.refunded + quantity).total
            amount = all_of_it - line.refunded_amount
            found.append(RefundedLine(line_id=line.id, quantity=quantity, amount=amount))
    return tuple(found)


def units_of(order: Order, asked: Sequence[LineQuantity]) -> Counter[str]:
    """How many units of each line are meant; lines that are named twice are added up.

    Raises:
        Invalid: the order has no such line.
    """
    known = {line.id for line in order.lines}
    errors = [
        FieldError(pointer=f"/lines/{index}/line_id", code="unknown", message="is no line of this order")
        for index, one in enumerate(asked)
        if one.line_id not in known
    ]
    if errors:
        raise Invalid(*errors)
    quantities: Counter[str] = Counter()
    for one in asked:
        quantities[one.line_id] += one.quantity
    return quantities


def refuse_too_many(quantities: Counter[str], left: dict[str, int]) -> None:
    """Refuse more units than there are.

    Raises:
        QuantityTooLarge: names each line with how many there are.
    """
    over = [
        {"line_id": line_id, "asked": quantity, "left": left.get(line_id, 0)}
        for line_id, quantity in sorted(quantities.items())
        if quantity > left.get(line_id, 0)
    ]
    if over:
        raise QuantityTooLarge(lines=over)


def _refuse_shipping(order: Order, shipping: int) -> None:
    gone = sum(one.shipping for one in order.refunds if one.state is not RefundState.FAILED)
    left = sum(one.total for one in order.shipments) - gone
    if shipping > left:
        raise RefundTooLarge("Shipping did not cost so much.", refundable=left)
