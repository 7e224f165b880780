"""What shoppers send."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from msgspec import UNSET, Meta, Struct, UnsetType

from backstay.kernel.money import CurrencyCode
from backstay.products.commerce.carts.contracts.carts import Address, Email
from backstay.products.commerce.coupons import CouponCode
from backstay.products.commerce.giftcards import CardCode
from backstay.products.commerce.shops import CountryCode

Note = Annotated[str, Meta(max_length=2_000)]
Units = Annotated[int, Meta(ge=0, le=100_000, description="Units; none takes the line out.")]


class AddLine(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """So many more of a variant."""

    variant_id: UUID
    quantity: Annotated[int, Meta(ge=1, le=100_000)] = 1


class SetLine(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a line shall be; what is left out stays."""

    variant_id: UUID
    quantity: Units | UnsetType = UNSET
    saved: bool | UnsetType = UNSET
    """Whether it is kept for later, and not bought."""


class AddLines(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What comes into a cart."""

    lines: Annotated[tuple[AddLine, ...], Meta(min_length=1, max_length=100)]


class SetLines(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What lines of a cart shall be; sent again, it changes nothing more. Lines not named stay."""

    lines: Annotated[tuple[SetLine, ...], Meta(min_length=1, max_length=100)]


class NewCart(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A cart to begin with."""

    currency: CurrencyCode | None = None
    """The shop's own when not said."""
    country: CountryCode | None = None
    email: Email | None = None
    lines: Annotated[tuple[AddLine, ...], Meta(max_length=100)] = ()


class CartChanges(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What to change beside the lines; what is left out stays."""

    currency: CurrencyCode | UnsetType = UNSET
    country: CountryCode | UnsetType = UNSET
    email: Email | UnsetType | None = UNSET
    note: Note | UnsetType | None = UNSET
    shipping_address: Address | UnsetType | None = UNSET
    billing_address: Address | UnsetType | None = UNSET
    shipping_method: UUID | UnsetType | None = UNSET
    """One of the cart's `shipping_options`."""


class AddCode(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A coupon's code."""

    code: CouponCode


class AddGiftCard(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A gift card's code."""

    code: CardCode
