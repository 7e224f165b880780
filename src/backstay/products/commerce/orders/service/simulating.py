"""What a coupon would have done to the orders of the past, before anybody has it."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import timedelta
from typing import Final
from uuid import UUID

from backstay.kernel.database import Reader
from backstay.kernel.errors import FieldError, Invalid
from backstay.products.commerce import coupons
from backstay.products.commerce.catalog import Standing, standings
from backstay.products.commerce.orders.contracts.order import Order
from backstay.products.commerce.orders.contracts.simulations import NewSimulation, SimulationReport
from backstay.products.commerce.orders.queries.simulations import PAST
from backstay.products.commerce.shops import Shop

MOST: Final = 5_000
"""Orders that one simulation looks at."""
_PAGE: Final = 250
_USUAL: Final = timedelta(days=30)
_NO_ID: Final = UUID(int=0)
_ANY_ID: Final = UUID(int=2**128 - 1)
_NOWHERE: Final = Standing(brand_id=None, category_ids=(), collection_ids=())


async def simulate(reader: Reader, shop: Shop, asked: NewSimulation) -> SimulationReport:
    """Replay the shop's orders of a time, as they were placed, with the draft in each of them.

    Prices and quantities are those of the orders, before whatever coupon they had; what a product is, of
    which brand and in which categories, is taken from the catalogue of now.

    Raises:
        Invalid: the time ends before it begins.
    """
    until = asked.placed_before or reader.now()
    since = asked.placed_from or until - _USUAL
    if until <= since:
        message = "must be after `placed_from`"
        raise Invalid(FieldError(pointer="/placed_before", code="range", message=message))
    found: list[coupons.PastOrder] = []
    # What was placed this very moment counts, unless a moment is named that it is not before.
    before, before_id = until, _ANY_ID if asked.placed_before is None else _NO_ID
    while len(found) < MOST:
        rows = await reader.all(
            PAST, shop_id=shop.id, since=since, before=before, before_id=before_id, limit=_PAGE
        )
        page = [row.state for row in rows]
        stand = await standings(reader, shop.id, {line.product_id for one in page for line in one.lines})
        found += [_past(order, stand) for order in page]
        if len(page) < _PAGE:
            break
        before, before_id = page[-1].placed_at, page[-1].id
    # Thousands of baskets are reckoned: others are served meanwhile.
    currencies = await asyncio.to_thread(coupons.simulate, shop, asked.coupon, found)
    return SimulationReport(
        placed_from=since,
        placed_before=until,
        orders=len(found),
        all_of_them=len(found) < MOST,
        currencies=currencies,
    )


def _past(order: Order, stand: Mapping[UUID, Standing]) -> coupons.PastOrder:
    discountable = {line.id: line.discountable for line in order.basket.lines}
    lines = []
    for line in order.lines:
        place = stand.get(line.product_id, _NOWHERE)
        lines.append(
            coupons.GoodsLine(
                id=line.id,
                amount=line.unit_price * line.quantity,
                product_id=line.product_id,
                category_ids=place.category_ids,
                collection_ids=place.collection_ids,
                brand_id=place.brand_id,
                discountable=discountable.get(line.id, True),
            )
        )
    return coupons.PastOrder(
        goods=coupons.Goods(currency=order.currency, lines=tuple(lines)),
        buyer=coupons.Buyer(customer_id=order.customer_id, email=order.email),
        placed_at=order.placed_at,
        shipping=order.shipping,
    )
