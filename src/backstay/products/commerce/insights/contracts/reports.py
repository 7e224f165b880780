"""What merchants are told of their sales. Money is in minor units of the currency that stands beside it."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Annotated, Final
from uuid import UUID

from msgspec import Meta, Struct

from backstay.products.commerce.orders import OrderStatus

LONGEST: Final = 3_660
"""Days of a period, at most."""
Day = Annotated[date, Meta(description="A day of the shop's own time zone.", examples=["2026-03-01"])]


class Step(StrEnum):
    """How long a point of a series is."""

    DAY = "day"
    WEEK = "week"
    """From Monday on."""
    MONTH = "month"


class Window(StrEnum):
    """How far back to look, from today on."""

    WEEK = "7d"
    MONTH = "30d"
    QUARTER = "90d"
    ALL = "all"


class What(StrEnum):
    """What is ranked."""

    PRODUCTS = "products"
    VARIANTS = "variants"


class By(StrEnum):
    """What it is ranked by."""

    REVENUE = "revenue"
    UNITS = "units"


class Period(Struct, frozen=True, kw_only=True):
    """Whole days, both counted."""

    since: date
    until: date


class Sales(Struct, frozen=True, kw_only=True):
    """What orders came to, each counted on the day on which it was placed, once its money was there."""

    orders: int
    units: int
    """As they were ordered, whatever came back."""
    gross: int
    """Before discounts: `total + discounts`."""
    discounts: int
    total: int
    """What customers owed, with tax and shipping."""
    shipping: int
    """Of the total, what is for shipping."""
    tax: int
    """Of the total, what is tax."""
    refunds: int
    """What went back on these days, of whatever orders."""
    net: int
    """What stays: `total - refunds`."""
    average: int
    """Total of an order, rounded down; 0 where there are none."""
    coupon_orders: int
    """Orders in which a coupon was used."""


class Customers(Struct, frozen=True, kw_only=True):
    """Who ordered, in whatever currency."""

    new: int
    """Customers whose first order was on one of these days."""
    orders: int
    """Of all customers."""
    returning_orders: int
    """Orders that were not a customer's first one."""


class Counting(Struct, frozen=True, kw_only=True):
    """Sums are being made from the first order on, and how far that is."""

    counted: int
    total: int


class Summary(Struct, frozen=True, kw_only=True):
    """How a shop does, and how it did before."""

    currency: str
    currencies: list[str]
    """In which there were sales."""
    time_zone: str
    period: Period
    previous_period: Period
    """As many days, straight before."""
    sales: Sales
    previous: Sales
    customers: Customers
    previous_customers: Customers
    statuses: dict[OrderStatus, int]
    """Orders as they stand now, of whatever day."""
    low_stock: int
    """Levels at or below their threshold now."""
    first_day: date | None
    """Of the first sale in this currency."""
    last_day: date | None
    counting: Counting | None
    """Whether the sums are not whole yet, or are being made anew."""


class RevenuePoint(Sales, frozen=True, kw_only=True):
    """The sales of a day, a week or a month."""

    since: date


class RevenueSeries(Struct, frozen=True, kw_only=True):
    """Sales over time, without gaps, and those of the days before."""

    currency: str
    step: Step
    period: Period
    previous_period: Period
    points: list[RevenuePoint]
    previous: list[RevenuePoint]


class TopItem(Struct, frozen=True, kw_only=True):
    """How something sells."""

    product_id: UUID
    variant_id: UUID | None
    """None where products are ranked."""
    title: str
    """As it was when it was last sold."""
    sku: str | None
    image: str | None
    units: int
    """Without those that came back."""
    revenue: int
    """With tax and after discounts, without what went back for it."""


class TopList(Struct, frozen=True, kw_only=True):
    """What sells best."""

    currency: str
    period: Period | None
    """None for all time."""
    items: list[TopItem]


class RatedItem(Struct, frozen=True, kw_only=True):
    """How something is rated."""

    product_id: UUID
    title: str
    image: str | None
    rating: int
    """Thousandths of a star."""
    rating_count: int


class LowItem(Struct, frozen=True, kw_only=True):
    """Something of which there is little left."""

    level_id: UUID
    variant_id: UUID
    location_id: UUID
    title: str | None
    """None of what was never sold and is not for sale."""
    sku: str | None
    image: str | None
    available: int
    low_stock_at: int
    sold: int
    """Units of the last 30 days."""
    days_left: int | None
    """For how many days that lasts if it goes on like this."""


class Cohort(Struct, frozen=True, kw_only=True):
    """Customers whose first order was in one month, and who of them came back."""

    month: str
    """`2026-03`."""
    customers: int
    active: list[int]
    """How many of them ordered in this month, in the next, and so on until now."""
    orders: list[int]


class Retention(Struct, frozen=True, kw_only=True):
    """Cohorts, the oldest first."""

    months: list[str]
    cohorts: list[Cohort]


class Disagreement(Struct, frozen=True, kw_only=True):
    """A sum that is not what the orders' events make of it."""

    sum: str
    """Which: `DaySum EUR 2026-03-01`."""
    is_now: list[int]
    should_be: list[int]


class Agreement(Struct, frozen=True, kw_only=True):
    """The sums, held against the events of every order."""

    agrees: bool
    orders: int
    sums: int
    """How many were compared."""
    broken: list[Disagreement]
    """The first hundred."""
    at: datetime
