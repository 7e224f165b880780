"""What a deployment may set under `[carts]`, or as `BACKSTAY_CARTS_...`."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct


class CartsSettings(Struct, frozen=True, kw_only=True):
    """Settings of carts."""

    keep_guests_days: Annotated[int, Meta(ge=1, le=3650)] = 30
    """Days after its last change until a guest's cart is removed."""
    keep_days: Annotated[int, Meta(ge=1, le=3650)] = 180
    """Days after its last change until the cart of somebody with an account is removed."""
    expire_batch: Annotated[int, Meta(ge=1, le=10_000)] = 500
    """Carts removed in one transaction, so that no removal holds the database for long."""
    most_lines: Annotated[int, Meta(ge=1, le=500)] = 100
    """Lines of a cart, those saved for later included."""
    most_of_one: Annotated[int, Meta(ge=1, le=100_000)] = 1_000
    """Units of one variant in a cart."""
