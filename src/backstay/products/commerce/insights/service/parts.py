"""What an order adds to the sums: pure, so that it can be taken away again exactly as it was added."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from hashlib import blake2b
from typing import Any, Final, TypeAlias
from zoneinfo import ZoneInfo

from backstay.products.commerce.insights.contracts.sums import (
    AnySum,
    Arrivals,
    CohortSum,
    Counted,
    CountedLine,
    DaySum,
    GoodsSum,
    GoodsTotal,
    ProductUnits,
    StatusSum,
)
from backstay.products.commerce.orders import OrderFigures

Key: TypeAlias = tuple[Any, ...]
"""A kind of sum, and what it is of."""
MONTH: Final = len("2026-03")


class Differences:
    """What is to be added to sums: amounts for the same key come together."""

    def __init__(self) -> None:
        self.amounts: dict[Key, list[int]] = {}

    def add(self, one: AnySum, sign: int = 1) -> None:
        """Add a sum's amounts to what is to be added to it, or take them away where the sign is -1."""
        values = [getattr(one, name) for name in one.__struct_fields__]
        key = (type(one), *values[: one.KEYS])
        held = self.amounts.get(key)
        if held is None:
            self.amounts[key] = [sign * value for value in values[one.KEYS :]]
        else:
            for place, value in enumerate(values[one.KEYS :]):
                held[place] += sign * value

    def add_all(self, sums: Iterable[AnySum], sign: int = 1) -> None:
        """Add several."""
        for one in sums:
            self.add(one, sign)

    def rows(self, kind: type[AnySum]) -> list[dict[str, Any]]:
        """The parameters for a kind of sums, in the order of their keys: so nobody waits in a ring."""
        found = [
            dict(zip(kind.__struct_fields__, (*key[1:], *amounts), strict=True))
            for key, amounts in self.amounts.items()
            if key[0] is kind and any(amounts)
        ]
        return sorted(found, key=lambda row: tuple(map(str, row.values())))


def counted(figures: OrderFigures, zone: str) -> Counted:
    """An order as it is to be counted in a time zone."""
    here = ZoneInfo(zone)
    return Counted(
        zone=zone,
        status=figures.status.value,
        sold=figures.sold,
        customer=_customer(figures),
        currency=figures.currency,
        day=day_of(figures.placed_at, here),
        coupons=figures.coupons > 0,
        total=figures.total,
        discounts=figures.discount,
        shipping=figures.shipping,
        tax=figures.tax,
        units=figures.units,
        lines=tuple(
            CountedLine(line.variant_id, line.product_id, line.units, line.total) for line in figures.lines
        ),
        refunds=tuple((day_of(refund.at, here), refund.amount) for refund in figures.refunds),
    )


def day_of(moment: datetime, zone: ZoneInfo) -> str:
    """The day that it is then in a zone."""
    return moment.astimezone(zone).date().isoformat()


def _customer(figures: OrderFigures) -> str:
    """An account, or who has the mail address; of somebody who was erased, each order is somebody's."""
    if figures.customer_id is not None:
        who = f"account {figures.customer_id}"
    elif figures.email is not None:
        who = f"mail {figures.email.casefold()}"
    else:
        who = f"order {figures.order_id}"
    return blake2b(who.encode(), key=figures.shop_id.bytes, digest_size=12).hexdigest()


def sums_of(one: Counted) -> Iterator[AnySum]:
    """What an order adds, but for what depends on its customer's other orders."""
    yield StatusSum(one.status, 1)
    if not one.sold:
        return
    yield DaySum(
        one.currency,
        one.day,
        1,
        one.units,
        int(one.coupons),
        one.total,
        one.discounts,
        one.shipping,
        one.tax,
        0,
    )
    for day, amount in one.refunds:
        yield DaySum(one.currency, day, 0, 0, 0, 0, 0, 0, 0, amount)
    for line in one.lines:
        yield GoodsSum(one.currency, one.day, line.variant_id, line.product_id, line.units, line.total)
        yield GoodsTotal(one.currency, line.variant_id, line.product_id, line.units, line.total)
        yield ProductUnits(line.product_id, line.units)


def sums_of_customer(days: Mapping[str, int]) -> Iterator[AnySum]:
    """What somebody adds by having ordered so often on these days."""
    if not days:
        return
    first = min(days)
    yield Arrivals(first, 1)
    months: dict[str, int] = {}
    for day, orders in days.items():
        months[day[:MONTH]] = months.get(day[:MONTH], 0) + orders
    for month, orders in months.items():
        yield CohortSum(first[:MONTH], month, 1, orders)
