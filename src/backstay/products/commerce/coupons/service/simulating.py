"""What a draft would have done to past orders: its use and its cost, before anybody has it."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from uuid import UUID

import msgspec

from backstay.products.commerce.coupons.contracts import (
    Buyer,
    NewCoupon,
    PastOrder,
    Refusal,
    Simulation,
    Trial,
)
from backstay.products.commerce.coupons.service.judging import judge_one
from backstay.products.commerce.coupons.service.managing import draft, taken_off
from backstay.products.commerce.shops import Shop


def simulate(shop: Shop, coupon: NewCoupon, orders: Iterable[PastOrder]) -> list[Simulation]:
    """Replay past orders, oldest first, with the draft in each; a line a currency, in their order.

    Its limits count as they would have, and a buyer's first order is the first among these. When it
    starts and ends plays no part, for the orders are of the past.
    """
    timeless = msgspec.structs.replace(coupon, starts_at=None, redeem_by=None, paused=False)
    books: dict[str, _Book] = defaultdict(_Book)
    used = 0
    of_buyer: Counter[UUID | str] = Counter()
    orders_of: Counter[UUID | str] = Counter()
    for order in sorted(orders, key=lambda order: order.placed_at):
        book = books[order.goods.currency]
        book.orders += 1
        names = _names(order.buyer)
        found = judge_one(
            msgspec.structs.replace(draft(timeless, order.placed_at), used=used),
            order.buyer,
            order.goods,
            now=order.placed_at,
            used_by_buyer=max((of_buyer[name] for name in names), default=0),
            orders=max((orders_of[name] for name in names), default=0),
        )
        orders_of.update(names)
        if isinstance(found, Refusal):
            book.refused[found.value] += 1
            continue
        used += 1
        of_buyer.update(names)
        book.used += 1
        book.subtotal += order.goods.subtotal
        trial = Trial(coupon=timeless, goods=order.goods, buyer=order.buyer, shipping=order.shipping)
        book.discount += taken_off(shop, trial, found)
    return [
        Simulation(
            currency=currency,
            orders=book.orders,
            used=book.used,
            discount=book.discount,
            subtotal=book.subtotal,
            refused=dict(sorted(book.refused.items())),
        )
        for currency, book in sorted(books.items())
    ]


class _Book:
    """What adds up of one currency."""

    def __init__(self) -> None:
        self.orders = self.used = self.discount = self.subtotal = 0
        self.refused: Counter[str] = Counter()


def _names(buyer: Buyer) -> list[UUID | str]:
    return [name for name in (buyer.customer_id, buyer.email_key) if name is not None]
