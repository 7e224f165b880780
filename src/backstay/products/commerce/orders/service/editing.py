"""Changing what was bought before anything left: staged first, then made, and the difference settled."""

from __future__ import annotations

from datetime import timedelta
from typing import Final
from uuid import UUID

from msgspec import structs

from backstay.kernel.database import Reader, UnitOfWork
from backstay.kernel.errors import FieldError, Invalid
from backstay.kernel.trail import record
from backstay.products.commerce import catalog, inventory, shops
from backstay.products.commerce.orders.contracts.history import Edited, Goods, PaymentAsked
from backstay.products.commerce.orders.contracts.order import Order
from backstay.products.commerce.orders.contracts.requests import AppliedEdit, EditPreview, OrderEdit
from backstay.products.commerce.orders.contracts.states import Move
from backstay.products.commerce.orders.errors import NotEditable, TotalChanged
from backstay.products.commerce.orders.service import baskets, book
from backstay.products.commerce.orders.service.evolving import events_of, evolve, require
from backstay.products.commerce.orders.service.paying import close_payments
from backstay.products.commerce.orders.service.refunding import give_back
from backstay.products.commerce.pricing import Line, price
from backstay.products.commerce.shops import Shop
from backstay.systems import payments

_A_DAY: Final = timedelta(days=1)
"""How long the difference can be paid, at least."""


async def preview(reader: Reader, shop: Shop, order_id: UUID, edit: OrderEdit) -> EditPreview:
    """What an edit would make of an order; nothing changes.

    Raises:
        NoSuchOrder, NotEditable, Invalid: as `apply`.
    """
    order = await book.get(reader, shop.id, order_id)
    fact = await _edited(reader, shop, order, edit, reason="A preview.")
    (event,) = events_of(order.version + 1, [fact], reader.now(), None, "")
    after = evolve(order, event, order.id)
    return EditPreview(order=after, total=after.total, difference=fact.difference)


async def apply(uow: UnitOfWork, shop: Shop, order_id: UUID, edit: AppliedEdit, *, expected: int) -> Order:
    """Edit an order: its stock, its total, and its money follow.

    What it costs more is asked for by a payment of its own, or, where nothing was paid yet, by one for
    the whole; what it costs less goes back.

    Raises:
        NoSuchOrder: the shop has none with this id.
        StaleOrder: something happened to it since.
        OrderState: it has left, or has ended.
        NotEditable: some of it was refunded, or nothing would be left.
        Invalid: a line is unknown, or a variant is not for sale.
        TotalChanged: it comes to another total than expected.
        InsufficientStock: there is too little of something.
    """
    order = await book.locked(uow, order_id, shop_id=shop.id)
    book.expect(order, expected)
    fact = await _edited(uow, shop, order, edit, reason=edit.reason)
    if fact.totals.total != edit.expected_total:
        raise TotalChanged(total=fact.totals.total, difference=fact.difference)
    before = order
    order = await close_payments(uow, order)
    if order.status is not before.status:
        raise NotEditable("It was paid this moment: look again.")
    order = await book.record(uow, order, fact)
    await inventory.reserve(uow, shop.id, order.hold_id, baskets.wants(order), until=None)
    order = await _settle_difference(uow, shop, order)
    record(
        uow,
        "orders.order_edited",
        subject=("order", order.id),
        before={"total": before.total, "lines": _amounts(before)},
        after={"total": order.total, "lines": _amounts(order), "reason": edit.reason},
    )
    return order


async def _settle_difference(uow: UnitOfWork, shop: Shop, order: Order) -> Order:
    if order.due < 0:
        return await give_back(uow, order, -order.due, reason="The order was edited.")
    if order.due == 0:
        return order
    first = await payments.find(uow, order.payments[0].payment_id) if order.payments else None
    if first is None:
        raise NotEditable("It was free, so there is no page to pay the difference on.")
    payment = await payments.begin(
        uow,
        subject=("order", str(order.id)),
        amount=order.due,
        currency=order.currency,
        description=f"{shop.name}: {order.number}",
        return_url=first.return_url,
        expires_at=max(order.expires_at, uow.now() + _A_DAY),
        customer_email=order.email,
        metadata={"order": order.number},
    )
    return await book.record(uow, order, PaymentAsked(payment_id=payment.id, amount=order.due))


async def _edited(reader: Reader, shop: Shop, order: Order, edit: OrderEdit, *, reason: str) -> Edited:
    require(order, Move.EDIT)
    if order.refunds:
        raise NotEditable("Some of it was refunded; refund the rest, or cancel it.")
    lines = _changed(order, edit)
    goods = {one.line_id: one for one in baskets.kept_goods(order)}
    added_lines, added_goods = await _added(reader, shop, order, edit)
    lines += added_lines
    if not lines:
        raise NotEditable("Nothing would be left: cancel it instead.")
    ids = {line.id for line in lines}
    basket = structs.replace(
        order.basket, lines=tuple(lines), discounts=baskets.narrowed(order.basket.discounts, ids)
    )
    totals = price(basket)
    if totals.total == 0:
        raise NotEditable("It would cost nothing: cancel it instead.")
    kept = [goods[line.id] for line in lines if line.id in goods]
    return Edited(
        goods=(*kept, *added_goods),
        basket=basket,
        totals=totals,
        reason=reason,
        difference=totals.total - order.total,
    )


def _changed(order: Order, edit: OrderEdit) -> list[Line]:
    wanted = {one.line_id: one.quantity for one in edit.changes}
    known = {line.id for line in order.lines}
    errors = [
        FieldError(pointer=f"/changes/{index}/line_id", code=code, message=message)
        for index, one in enumerate(edit.changes)
        for wrong, code, message in (
            (one.line_id not in known, "unknown", "is no line of this order"),
            (
                any(other.line_id == one.line_id for other in edit.changes[:index]),
                "duplicate",
                "is changed twice",
            ),
        )
        if wrong
    ]
    if not edit.changes and not edit.additions:
        message = "must not be empty where nothing is added either"
        errors.append(FieldError(pointer="/changes", code="required", message=message))
    if errors:
        raise Invalid(*errors)
    quantities = [(line, wanted.get(line.id, line.quantity)) for line in order.basket.lines]
    return [structs.replace(line, quantity=quantity) for line, quantity in quantities if quantity]


async def _added(reader: Reader, shop: Shop, order: Order, edit: OrderEdit) -> tuple[list[Line], list[Goods]]:
    if not edit.additions:
        return [], []
    ids = [one.variant_id for one in edit.additions]
    offers = await catalog.offers(reader, shop, ids, currency=order.currency, customer_id=order.customer_id)
    errors = [
        FieldError(pointer=f"/additions/{index}/variant_id", code="unknown", message="is not for sale")
        for index, variant_id in enumerate(ids)
        if variant_id not in offers
    ]
    if errors:
        raise Invalid(*errors)
    country = order.shipping_address.country if order.shipping_address else shop.country
    rates = (await shops.charges(reader, shop, country)).taxes
    lines, goods = [], []
    for index, one in enumerate(edit.additions, start=1):
        # The version makes the id new, for lines that were taken out keep theirs in the events.
        line_id = f"{order.version}-{index}"
        lines.append(baskets.line_of(line_id, offers[one.variant_id], one.quantity, rates))
        goods.append(baskets.goods_from(line_id, offers[one.variant_id]))
    return lines, goods


def _amounts(order: Order) -> dict[str, int]:
    return {line.sku: line.quantity for line in order.lines}
