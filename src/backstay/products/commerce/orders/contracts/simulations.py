"""A coupon that is not made yet, tried on the orders of the past."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from msgspec import Meta, Struct

from backstay.kernel.http import Payload
from backstay.products.commerce.coupons import NewCoupon, Simulation

Moment = Annotated[datetime, Meta(tz=True, description="With its offset from UTC.")]


class NewSimulation(Payload, frozen=True, kw_only=True):
    """A draft, and which orders to try it on."""

    coupon: NewCoupon
    placed_from: Moment | None = None
    """Thirty days ago, when null."""
    placed_before: Moment | None = None
    """Now, when null."""


class SimulationReport(Struct, frozen=True, kw_only=True):
    """What a coupon would have done."""

    placed_from: datetime
    placed_before: datetime
    orders: int
    """Looked at; those that were canceled or expired are not."""
    all_of_them: bool
    """Whether there were no more: else these are the newest."""
    currencies: list[Simulation]
