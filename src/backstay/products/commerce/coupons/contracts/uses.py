"""The codes of a coupon, and its uses."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, ClassVar
from uuid import UUID

from msgspec import Meta, Struct

from backstay.products.commerce.coupons.contracts.purchases import Applied, Buyer, Goods
from backstay.products.commerce.coupons.contracts.terms import (
    CODES_AT_ONCE,
    GENERATED_AT_ONCE,
    CouponCode,
    Moment,
    Sum,
    Uses,
)
from backstay.products.commerce.pricing import Percent
from backstay.systems.jobs import Job


class NewCode(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A code to be added to a coupon."""

    code: CouponCode
    expires_at: Moment | None = None
    """At the coupon's `redeem_by` at the latest, which also holds when this is not said."""
    limit: Uses | None = None
    """How often this code can be used; the coupon's own limit holds besides."""


class Generate(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Codes to be made up at random, each good for one use."""

    count: Annotated[int, Meta(ge=1, le=GENERATED_AT_ONCE)]
    prefix: Annotated[str, Meta(max_length=20, pattern="^([A-Za-z0-9][A-Za-z0-9._-]*)?$")] = ""
    expires_at: Moment | None = None


class Code(Struct, frozen=True):
    """A code of a coupon."""

    id: UUID
    code: str
    """As it was written first."""
    active: bool
    """What is not can be used no more, and its letters are free for another."""
    expires_at: datetime | None
    limit: int | None
    used: int
    created_at: datetime


class Claim(Struct, frozen=True):
    """A use of a coupon, as it was when it was claimed."""

    id: UUID
    coupon_id: UUID
    holder: UUID
    """The order."""
    name: str
    code: str | None
    off: Sum | Percent
    currency: str
    customer_id: UUID | None
    email: str | None
    counted: bool
    """Whether it counts against the limits."""
    claimed_at: datetime
    released_at: datetime | None


class HandClaim(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A purchase that is made at a till or on the telephone."""

    holder: UUID
    """The purchase's own id; sent again, nothing more is used up."""
    codes: Annotated[tuple[CouponCode, ...], Meta(max_length=CODES_AT_ONCE)] = ()
    buyer: Buyer = Buyer()
    goods: Goods


class Claimed(Struct, frozen=True, kw_only=True):
    """What a purchase has claimed."""

    holder: UUID
    applied: tuple[Applied, ...]
    """In the order in which they are taken off."""


class GenerateCodes(Job, frozen=True, kw_only=True):
    """Make up codes for a coupon."""

    kind: ClassVar[str] = "coupons.generate_codes"

    shop_id: UUID
    coupon_id: UUID
    asked: Generate


class Asked(Struct, frozen=True, kw_only=True):
    """Work that was taken on."""

    job_id: UUID
    """`/v1/jobs/{job_id}` tells how far it is."""
