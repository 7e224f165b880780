"""Statements of whoever looks at the sums: each reads a range of a key, never the orders."""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

from msgspec import Struct
from sqlalchemy import BigInteger, Integer, Select, func, null, select

from backstay.kernel.database import any_of, param, statement
from backstay.products.commerce.insights.contracts.sums import Arrivals, CohortSum, DaySum, StatusSum
from backstay.products.commerce.insights.tables import arrivals, cohorts, days, goods, names, statuses, totals


class Ranked(Struct, frozen=True):
    """How something sold."""

    product_id: UUID
    variant_id: UUID | None
    units: int
    revenue: int


class Name(Struct, frozen=True):
    """What goods were called when they were last sold."""

    variant_id: UUID
    product_id: UUID
    sku: str
    title: str
    image: str | None


class Span(Struct, frozen=True):
    """The first and the last day with sales in a currency."""

    currency: str
    first: str
    last: str


class Sold(Struct, frozen=True):
    """Units of a variant."""

    variant_id: UUID
    units: int


def _one(table: Any) -> tuple[Any, ...]:
    return (table.c.generation == param("generation"), table.c.shop_id == param("shop_id"))


DAYS: Final = statement(
    select(*(days.c[name] for name in DaySum.__struct_fields__))
    .where(
        *_one(days),
        days.c.currency == param("currency"),
        days.c.day.between(param("since"), param("until")),
    )
    .order_by(days.c.day),
    DaySum,
)
SPANS: Final = statement(
    select(days.c.currency, func.min(days.c.day).label("first"), func.max(days.c.day).label("last"))
    .where(*_one(days), days.c.orders > 0)
    .group_by(days.c.currency)
    .order_by(days.c.currency),
    Span,
)
ORDERS_OF_ALL_CURRENCIES: Final = statement(
    select(func.coalesce(func.sum(days.c.orders), 0, type_=BigInteger).label("orders")).where(
        *_one(days), days.c.day.between(param("since"), param("until"))
    ),
    int,
)
ARRIVALS: Final = statement(
    select(arrivals.c.day, arrivals.c.customers).where(
        *_one(arrivals), arrivals.c.day.between(param("since"), param("until"))
    ),
    Arrivals,
)
STATUSES: Final = statement(
    select(statuses.c.status, statuses.c.orders).where(*_one(statuses), statuses.c.orders > 0), StatusSum
)
COHORTS: Final = statement(
    select(*(cohorts.c[name] for name in CohortSum.__struct_fields__))
    .where(
        *_one(cohorts),
        cohorts.c.cohort.between(param("since"), param("until")),
        cohorts.c.month <= param("until"),
        cohorts.c.customers > 0,
    )
    .order_by(cohorts.c.cohort, cohorts.c.month),
    CohortSum,
)


def _ranked(table: Any, *, by_product: bool, by_units: bool, period: bool) -> Select[Any]:
    units = func.sum(table.c.units, type_=BigInteger)
    revenue = func.sum(table.c.total, type_=BigInteger)
    item = [table.c.product_id] if by_product else [table.c.product_id, table.c.variant_id]
    where = [*_one(table), table.c.currency == param("currency")]
    if period:
        where.append(table.c.day.between(param("since"), param("until")))
    return (
        select(
            table.c.product_id,
            null().label("variant_id") if by_product else table.c.variant_id,
            units.label("units"),
            revenue.label("revenue"),
        )
        .where(*where)
        .group_by(*item)
        .having(units > 0)
        .order_by((units if by_units else revenue).desc(), *item)
        .limit(param("limit", Integer))
    )


TOP: Final = {
    (by_product, by_units, period): statement(
        _ranked(goods if period else totals, by_product=by_product, by_units=by_units, period=period),
        Ranked,
    )
    for by_product in (True, False)
    for by_units in (True, False)
    for period in (True, False)
}
"""By whether products are ranked, by units, within a period."""
_NAME: Final = tuple(names.c[name] for name in Name.__struct_fields__)
NAMES_OF_PRODUCTS: Final = statement(
    select(*_NAME)
    .where(names.c.shop_id == param("shop_id"), any_of(names.c.product_id, "ids"))
    .order_by(names.c.variant_id),
    Name,
)
NAMES_OF_VARIANTS: Final = statement(
    select(*_NAME).where(names.c.shop_id == param("shop_id"), any_of(names.c.variant_id, "ids")), Name
)
SOLD: Final = statement(
    select(goods.c.variant_id, func.sum(goods.c.units, type_=BigInteger).label("units"))
    .where(
        *_one(goods),
        goods.c.day.between(param("since"), param("until")),
        any_of(goods.c.variant_id, "ids"),
    )
    .group_by(goods.c.variant_id),
    Sold,
)
