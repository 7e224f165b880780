"""What a deployment may set under `[inventory]`, or as `BACKSTAY_INVENTORY_...`."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct


class InventorySettings(Struct, frozen=True, kw_only=True):
    """Settings of inventory."""

    few_left: Annotated[
        int, Meta(ge=0, le=1000, description="From how few units on shoppers are told that few are left.")
    ] = 5
    sweep_batch: Annotated[
        int, Meta(ge=1, le=10_000, description="Lapsed holds given back in one round, one a minute.")
    ] = 500
