"""Trying a coupon before anybody has it."""

from __future__ import annotations

from datetime import datetime

from msgspec import Struct

from backstay.kernel.money import Amount
from backstay.products.commerce.coupons.contracts.purchases import Buyer, Goods, Verdict
from backstay.products.commerce.coupons.contracts.terms import NewCoupon


class Trial(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A basket to try a coupon on that is not made yet."""

    coupon: NewCoupon
    goods: Goods
    buyer: Buyer = Buyer()
    shipping: Amount = 0


class Tried(Struct, frozen=True, kw_only=True):
    """What the coupon would do."""

    verdict: Verdict
    discount: int
    """What it takes off, in minor units."""


class PastOrder(Struct, frozen=True, kw_only=True):
    """An order of the past, to try a draft on."""

    goods: Goods
    buyer: Buyer
    placed_at: datetime
    shipping: int = 0


class Simulation(Struct, frozen=True, kw_only=True):
    """What a coupon would have done to past orders of one currency."""

    currency: str
    orders: int
    used: int
    """Orders it would have been used in, under its limits."""
    discount: int
    """Minor units, all told."""
    subtotal: int
    """Of the orders it would have been used in, before discounts."""
    refused: dict[str, int]
    """How many orders for which reason."""
