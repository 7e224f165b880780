"""What merchants are told: a few rows of sums each time, however many orders there are."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from backstay.kernel.database import Reader
from backstay.products.commerce import inventory
from backstay.products.commerce.insights.contracts.reports import (
    Cohort,
    Customers,
    Period,
    Retention,
    RevenuePoint,
    RevenueSeries,
    Sales,
    Step,
    Summary,
)
from backstay.products.commerce.insights.contracts.sums import DaySum
from backstay.products.commerce.insights.queries import reading as queries
from backstay.products.commerce.insights.service.periods import (
    before,
    begin_of,
    months_until,
    steps_of,
    today_in,
)
from backstay.products.commerce.insights.service.projecting import generation_of, progress
from backstay.products.commerce.orders import OrderStatus
from backstay.products.commerce.shops import Shop


async def summary(reader: Reader, shop: Shop, period: Period, currency: str) -> Summary:
    """How the shop did in a period, and in the one before."""
    of = {"generation": await generation_of(reader), "shop_id": shop.id}
    earlier = before(period)
    rows = await reader.all(
        queries.DAYS,
        **of,
        currency=currency,
        since=earlier.since.isoformat(),
        until=period.until.isoformat(),
    )
    begins = period.since.isoformat()
    spans = await reader.all(queries.SPANS, **of)
    span = next((one for one in spans if one.currency == currency), None)
    return Summary(
        currency=currency,
        currencies=[one.currency for one in spans],
        time_zone=shop.time_zone,
        period=period,
        previous_period=earlier,
        sales=_sales(row for row in rows if row.day >= begins),
        previous=_sales(row for row in rows if row.day < begins),
        customers=await _customers(reader, of, period),
        previous_customers=await _customers(reader, of, earlier),
        statuses={OrderStatus(row.status): row.orders for row in await reader.all(queries.STATUSES, **of)},
        low_stock=await inventory.count_low(reader, shop.id),
        first_day=date.fromisoformat(span.first) if span else None,
        last_day=date.fromisoformat(span.last) if span else None,
        counting=await progress(reader),
    )


async def _customers(reader: Reader, of: dict[str, object], period: Period) -> Customers:
    within = {"since": period.since.isoformat(), "until": period.until.isoformat()}
    new = sum(row.customers for row in await reader.all(queries.ARRIVALS, **of, **within))
    orders = await reader.one(queries.ORDERS_OF_ALL_CURRENCIES, **of, **within)
    return Customers(new=new, orders=orders, returning_orders=orders - new)


async def revenue(reader: Reader, shop: Shop, period: Period, currency: str, step: Step) -> RevenueSeries:
    """The sales of a period over time, and those of the one before."""
    of = {"generation": await generation_of(reader), "shop_id": shop.id, "currency": currency}
    earlier = before(period)
    rows = await reader.all(
        queries.DAYS, **of, since=earlier.since.isoformat(), until=period.until.isoformat()
    )
    return RevenueSeries(
        currency=currency,
        step=step,
        period=period,
        previous_period=earlier,
        points=_points(rows, period, step),
        previous=_points(rows, earlier, step),
    )


def _points(rows: Iterable[DaySum], period: Period, step: Step) -> list[RevenuePoint]:
    steps: dict[date, list[DaySum]] = {at: [] for at in steps_of(period, step)}
    for row in rows:
        day = date.fromisoformat(row.day)
        if period.since <= day <= period.until:
            steps[begin_of(day, step)].append(row)
    return [RevenuePoint(since=at, **_figures(found)) for at, found in steps.items()]


def _sales(rows: Iterable[DaySum]) -> Sales:
    return Sales(**_figures(rows))


def _figures(rows: Iterable[DaySum]) -> dict[str, int]:
    names = ("orders", "units", "coupon_orders", "total", "discounts", "shipping", "tax", "refunds")
    sums = dict.fromkeys(names, 0)
    for row in rows:
        for name in names:
            sums[name] += getattr(row, name)
    return sums | {
        "gross": sums["total"] + sums["discounts"],
        "net": sums["total"] - sums["refunds"],
        "average": sums["total"] // sums["orders"] if sums["orders"] else 0,
    }


async def retention(reader: Reader, shop: Shop, *, months: int, until: date | None) -> Retention:
    """Who came back, by the month of their first order: so many months, the last that of a day."""
    columns = months_until(until or today_in(shop, reader.now()), months)
    of = {"generation": await generation_of(reader), "shop_id": shop.id}
    rows = await reader.all(queries.COHORTS, **of, since=columns[0], until=columns[-1])
    found = {(row.cohort, row.month): row for row in rows}
    cohorts = []
    for cohort in columns:
        if (cohort, cohort) not in found:
            continue
        active = [found.get((cohort, month)) for month in columns if month >= cohort]
        cohorts.append(
            Cohort(
                month=cohort,
                customers=found[cohort, cohort].customers,
                active=[row.customers if row else 0 for row in active],
                orders=[row.orders if row else 0 for row in active],
            )
        )
    return Retention(months=columns, cohorts=cohorts)
