"""Holding the sums against what the orders' events say, every one of them."""

from __future__ import annotations

from typing import Final

from backstay.kernel.database import Reader
from backstay.products.commerce.insights.contracts.reports import Agreement, Disagreement
from backstay.products.commerce.insights.queries import counting as queries
from backstay.products.commerce.insights.service.parts import (
    Differences,
    Key,
    counted,
    sums_of,
    sums_of_customer,
)
from backstay.products.commerce.insights.service.projecting import PART, generation_of
from backstay.products.commerce.orders import figuring
from backstay.products.commerce.shops import Shop

_SHOWN: Final = 100


async def agreement(reader: Reader, shop: Shop) -> Agreement:
    """Reckon every sum anew from each order's own events, and compare.

    It reads everything: for the lab, and for an hour in which little happens. While orders are changed,
    what has not been counted yet is told as a disagreement.
    """
    expected = Differences()
    customers: dict[str, dict[str, int]] = {}
    seen, after = 0, figuring.FIRST
    while page := await figuring.replayed_figures(reader, shop.id, after=after, limit=PART):
        for figures in page:
            one = counted(figures, shop.time_zone)
            expected.add_all(sums_of(one))
            if one.sold:
                days = customers.setdefault(one.customer, {})
                days[one.day] = days.get(one.day, 0) + 1
        seen += len(page)
        after = page[-1].order_id
    for days in customers.values():
        expected.add_all(sums_of_customer(days))
    found = Differences()
    of = {"generation": await generation_of(reader), "shop_id": shop.id}
    for statement in queries.ROWS.values():
        found.add_all(await reader.all(statement, **of))
    broken = [
        Disagreement(sum=_called(key), is_now=found.amounts.get(key, []), should_be=amounts)
        for key, amounts in expected.amounts.items()
        if any(amounts) and found.amounts.get(key) != amounts
    ]
    broken += [
        Disagreement(sum=_called(key), is_now=amounts, should_be=[])
        for key, amounts in found.amounts.items()
        if any(amounts) and not any(expected.amounts.get(key, ()))
    ]
    return Agreement(
        agrees=not broken,
        orders=seen,
        sums=len(expected.amounts),
        broken=broken[:_SHOWN],
        at=reader.now(),
    )


def _called(key: Key) -> str:
    kind, *words = key
    return " ".join([kind.__name__, *map(str, words)])
