"""What a coupon is."""

from __future__ import annotations

from datetime import datetime
from enum import Enum
from typing import Annotated, Final
from uuid import UUID

from msgspec import UNSET, Meta, Struct, UnsetType

from backstay.kernel.money import Amount, CurrencyCode
from backstay.kernel.patterns import MAIL_ADDRESS, NOT_BLANK
from backstay.products.commerce.pricing import Percent, Target

CODE_LENGTH: Final = 64
CODES_AT_ONCE: Final = 20
"""Codes in one basket, at most."""
GENERATED_AT_ONCE: Final = 10_000
MOST: Final = 1_000_000_000

CouponCode = Annotated[
    str,
    Meta(
        min_length=3,
        max_length=CODE_LENGTH,
        pattern="^[A-Za-z0-9][A-Za-z0-9._-]*$",
        description="Letters, digits, `.`, `_` and `-`; case does not count.",
        examples=["SPRING-25"],
    ),
]
Email = Annotated[
    str, Meta(max_length=254, pattern=MAIL_ADDRESS, description="A mail address; case does not count.")
]
Moment = Annotated[datetime, Meta(tz=True)]
Sums = Annotated[
    dict[CurrencyCode, Amount], Meta(max_length=30, description="Minor units, by currency of the basket.")
]
Ids = Annotated[tuple[UUID, ...], Meta(max_length=500)]
Uses = Annotated[int, Meta(ge=1, le=MOST)]
Name = Annotated[str, Meta(min_length=1, max_length=200, pattern=NOT_BLANK, examples=["Spring sale"])]
Position = Annotated[int, Meta(ge=0, le=10_000)]


class Sum(Struct, frozen=True, kw_only=True, tag_field="kind", tag="fixed", forbid_unknown_fields=True):
    """So much off, in each currency that the coupon is good for; never more than there is."""

    amounts: Annotated[dict[CurrencyCode, Amount], Meta(min_length=1, max_length=30)]
    """Minor units by currency."""


class Stacking(Enum):
    """Which coupons may be used beside this one."""

    COMBINABLE = "combinable"
    """Those that are combinable too."""
    EXCLUSIVE = "exclusive"
    """None."""


class Only(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The goods that a coupon is for: those that any of these lists names."""

    products: Ids = ()
    categories: Ids = ()
    collections: Ids = ()
    brands: Ids = ()


class NewCoupon(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A coupon to be made; its codes are added to it, or it needs none."""

    name: Name
    off: Sum | Percent
    on: Target = Target.LINES
    only: Only | None = None
    """All goods when None. On shipping: the basket must hold some of these."""
    minimum: Sums = {}
    """What the goods that it is for must come to, before discounts; in a currency that is not named here
    the coupon cannot be used. Nothing named: no minimum."""
    first_order: bool = False
    """Only for whoever has ordered nothing yet; it counts as one use a customer."""
    customers: Ids = ()
    """Only for these accounts, and `emails`; for all when neither names any."""
    emails: Annotated[tuple[Email, ...], Meta(max_length=500)] = ()
    starts_at: Moment | None = None
    redeem_by: Moment | None = None
    """From this moment on it can be claimed no more."""
    limit: Uses | None = None
    """How often it can be used in all."""
    per_customer: Uses | None = None
    """How often by one customer, who is an account or a mail address."""
    stacking: Stacking = Stacking.COMBINABLE
    position: Position = 0
    """Among those used together, the smaller is taken off first."""
    automatic: bool = False
    """Whether it needs no code."""
    give_back: bool = True
    """Whether a canceled order gives its use back."""
    paused: bool = False


class CouponChanges(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What to change; what is left out stays. What was claimed stays as it was claimed."""

    name: Name | UnsetType = UNSET
    off: Sum | Percent | UnsetType = UNSET
    on: Target | UnsetType = UNSET
    only: Only | UnsetType | None = UNSET
    minimum: Sums | UnsetType = UNSET
    first_order: bool | UnsetType = UNSET
    customers: Ids | UnsetType = UNSET
    emails: Annotated[tuple[Email, ...], Meta(max_length=500)] | UnsetType = UNSET
    starts_at: Moment | UnsetType | None = UNSET
    redeem_by: Moment | UnsetType | None = UNSET
    limit: Uses | UnsetType | None = UNSET
    """Not below what was used already."""
    per_customer: Uses | UnsetType | None = UNSET
    stacking: Stacking | UnsetType = UNSET
    position: Position | UnsetType = UNSET
    automatic: bool | UnsetType = UNSET
    give_back: bool | UnsetType = UNSET
    paused: bool | UnsetType = UNSET


class Coupon(Struct, frozen=True):
    """A coupon, whole."""

    id: UUID
    name: str
    off: Sum | Percent
    on: Target
    only: Only | None
    minimum: dict[str, int]
    first_order: bool
    customers: tuple[UUID, ...]
    emails: tuple[str, ...]
    starts_at: datetime | None
    redeem_by: datetime | None
    limit: int | None
    per_customer: int | None
    stacking: Stacking
    position: int
    automatic: bool
    give_back: bool
    paused: bool
    used: int
    """Uses that count against its limit: of orders that stand, and of given up ones that keep theirs."""
    created_at: datetime
    updated_at: datetime
    version: int
    """Grows with every change, not with uses; send it back as `If-Match`."""
