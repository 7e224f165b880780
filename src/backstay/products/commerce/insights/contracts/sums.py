"""The sums that are kept: each struct is a row, what it is of first, then what it comes to."""

from __future__ import annotations

from typing import ClassVar, TypeAlias
from uuid import UUID

from msgspec import Struct


class DaySum(Struct, frozen=True):
    """What was sold on a day of the shop's own time zone, and what went back on it."""

    KEYS: ClassVar[int] = 2
    currency: str
    day: str
    orders: int
    units: int
    coupon_orders: int
    total: int
    discounts: int
    shipping: int
    tax: int
    refunds: int


class GoodsSum(Struct, frozen=True):
    """How a variant sold among the orders of a day."""

    KEYS: ClassVar[int] = 4
    currency: str
    day: str
    variant_id: UUID
    product_id: UUID
    units: int
    total: int


class GoodsTotal(Struct, frozen=True):
    """How a variant has sold in all."""

    KEYS: ClassVar[int] = 3
    currency: str
    variant_id: UUID
    product_id: UUID
    units: int
    total: int


class ProductUnits(Struct, frozen=True):
    """How often a product was sold, in whatever currency: what the catalogue sorts by."""

    KEYS: ClassVar[int] = 1
    product_id: UUID
    units: int


class StatusSum(Struct, frozen=True):
    """Orders that stand so now, sold or not."""

    KEYS: ClassVar[int] = 1
    status: str
    orders: int


class Arrivals(Struct, frozen=True):
    """Customers whose first order was on a day."""

    KEYS: ClassVar[int] = 1
    day: str
    customers: int


class CohortSum(Struct, frozen=True):
    """Of the customers whose first order was in `cohort`, those who ordered in `month`."""

    KEYS: ClassVar[int] = 2
    cohort: str
    month: str
    customers: int
    orders: int


AnySum: TypeAlias = DaySum | GoodsSum | GoodsTotal | ProductUnits | StatusSum | Arrivals | CohortSum


class CountedLine(Struct, frozen=True, array_like=True):
    """A line, as it was added."""

    variant_id: UUID
    product_id: UUID
    units: int
    total: int


class Counted(Struct, frozen=True, array_like=True):
    """What was added to the sums for an order: taken away again before it is added anew."""

    zone: str
    status: str
    sold: bool
    customer: str
    """Tells customers apart, and does not tell who they are."""
    currency: str
    day: str
    coupons: bool
    total: int
    discounts: int
    shipping: int
    tax: int
    units: int
    """As they were ordered."""
    lines: tuple[CountedLine, ...]
    refunds: tuple[tuple[str, int], ...]
    """Days, and what went back on them."""
