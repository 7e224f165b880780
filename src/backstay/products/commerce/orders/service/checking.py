"""What must hold of every order of a shop, looked at now; and the rows that break it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final
from uuid import UUID

from backstay.kernel.database import Reader
from backstay.products.commerce import giftcards, inventory
from backstay.products.commerce.orders.contracts.order import Order
from backstay.products.commerce.orders.contracts.requests import BrokenRule, InvariantsReport
from backstay.products.commerce.orders.queries import invariants as queries
from backstay.products.commerce.orders.service import book
from backstay.products.commerce.orders.service.evolving import replay
from backstay.products.commerce.orders.service.recording import walk
from backstay.systems import payments

_SHOWN: Final = 100


async def invariants(reader: Reader, shop_id: UUID) -> InvariantsReport:
    """Compare every order with its events, lines and payments, and stock and gift cards with their books.

    It reads every order of the shop: for the lab, and for an hour in which little happens.
    """
    broken: list[BrokenRule] = []
    for statement in (queries.TOTALS, queries.REFUNDS, queries.EVENTS):
        broken += [
            BrokenRule(rule=row.rule, subject=row.number, is_now=row.is_, should_be=row.should_be)
            for row in await reader.all(statement, shop_id=shop_id, limit=_SHOWN)
        ]
    seen = 0
    async for order in walk(reader, shop_id):
        seen += 1
        broken += [*await _against_events(reader, order), *await _against_payments(reader, order)]
    stock = await inventory.invariants(reader, shop_id)
    broken += [
        BrokenRule(
            rule="stock_is_its_ledger",
            subject=str(one.variant_id),
            is_now=f"{one.on_hand} there, {one.reserved} reserved",
            should_be=f"{one.on_hand_in_ledger} there, {one.reserved_by_holders} reserved",
        )
        for one in stock.discrepancies
    ]
    broken += [
        BrokenRule(
            rule="gift_card_is_its_entries",
            subject=f"the card that ends in {one.last_four}",
            is_now=one.balance,
            should_be=one.entries,
        )
        for one in await giftcards.invariants(reader, shop_id)
    ]
    return InvariantsReport(holds=not broken, orders=seen, levels=stock.levels, broken=broken[:_SHOWN])


async def _against_events(reader: Reader, order: Order) -> list[BrokenRule]:
    made = replay(order.id, await book.history(reader, order.id))
    if made.version > order.version:
        # It changed while we looked; the next look sees all of it.
        made = replay(order.id, (await book.history(reader, order.id))[: order.version])
    return [
        BrokenRule(
            rule="order_is_its_events",
            subject=order.number,
            is_now=f"{name}: {getattr(order, name)}",
            should_be=f"{name}: {getattr(made, name)}",
        )
        for name in book.differences(order, made)
    ]


async def _against_payments(reader: Reader, order: Order) -> list[BrokenRule]:
    """Money in = money out + held, by what the payments say, not by what we wrote down of them."""
    theirs = await payments.of_subject(reader, ("order", str(order.id)))
    present = await book.get(reader, order.shop_id, order.id)
    if present.version != order.version:
        return []
    return list(_money(order, theirs))


def _money(order: Order, theirs: list[payments.Payment]) -> Iterator[BrokenRule]:
    captured = sum(one.captured for one in theirs)
    # What a payment took and has not told yet is on its way here.
    if captured < order.paid:
        yield _broken("money_in_is_captured", order, order.paid, captured)
    for asked in order.payments:
        one = next((payment for payment in theirs if payment.id == asked.payment_id), None)
        if one is None:
            yield _broken("payment_exists", order, 1, 0)
        elif one.refunding + one.refunded > one.captured:
            yield _broken("refunds_within_captures", order, one.refunding + one.refunded, one.captured)
        elif asked.received and asked.received != one.captured:
            yield _broken("received_is_captured", order, asked.received, one.captured)


def _broken(rule: str, order: Order, is_now: int, should_be: int) -> BrokenRule:
    return BrokenRule(rule=rule, subject=order.number, is_now=is_now, should_be=should_be)
