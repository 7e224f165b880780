"""What a deployment may set under `[orders]`, or as `BACKSTAY_ORDERS_...`."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct


class OrdersSettings(Struct, frozen=True, kw_only=True):
    """Settings of orders. How long an order waits for its money is each shop's own."""

    expiry_batch: Annotated[
        int, Meta(ge=1, le=10_000, description="Overdue orders that are looked up at once.")
    ] = 100
