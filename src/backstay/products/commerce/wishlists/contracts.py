"""Wishlists: what a shopper would like to have, as it was when they wished for it and as it is now."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Final
from uuid import UUID

from msgspec import UNSET, Meta, Struct, UnsetType

from backstay.kernel.money import CurrencyCode
from backstay.kernel.patterns import NOT_BLANK
from backstay.products.commerce.catalog import Offer

LISTS: Final = 20
"""Lists of one shopper in one shop, at most."""
ITEMS: Final = 200
"""Variants on one list, at most."""

ListName = Annotated[str, Meta(min_length=1, max_length=100, pattern=NOT_BLANK, examples=["Birthday"])]
Note = Annotated[str, Meta(max_length=500)]


class WishlistItem(Struct, frozen=True, kw_only=True):
    """A variant on a list, as it was when it came there."""

    variant_id: UUID
    title: str
    slug: str
    options: dict[str, str]
    image: str | None
    currency: str
    price: int
    """Of one, in minor units."""
    in_stock: bool
    note: str
    added_at: datetime


class NewWishlist(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A list to be made."""

    name: ListName


class WishlistChanges(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What to change of a list; what is left out stays."""

    name: ListName | UnsetType = UNSET
    default: bool | UnsetType = UNSET
    """True makes it the one that wishes go to; it stays that until another is."""


class Wish(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How a variant is wished for."""

    currency: CurrencyCode | None = None
    """In which its price is kept and compared; the shop's own when not said."""
    note: Note | UnsetType = UNSET
    """For whoever reads the list; what was noted before stays when not said."""


class MoveToCart(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A wish to be put into a cart."""

    cart_id: UUID
    quantity: Annotated[int, Meta(ge=1, le=100_000)] = 1
    keep: bool = False
    """Whether it stays on the list."""


class WishNoticeKind(StrEnum):
    """What is otherwise than when the wish was made."""

    PRICE_DROPPED = "price_dropped"
    PRICE_ROSE = "price_rose"
    BACK_IN_STOCK = "back_in_stock"
    OUT_OF_STOCK = "out_of_stock"
    GONE = "gone"
    """It is not for sale any more, or not in this currency."""


class WishNotice(Struct, frozen=True, kw_only=True):
    """Something about a wish that its shopper should know."""

    kind: WishNoticeKind
    was: int | None = None
    """Of a price, in minor units."""
    now: int | None = None


class WishShown(Struct, frozen=True, kw_only=True):
    """A wish, and what is for sale behind it."""

    item: WishlistItem
    offer: Offer | None
    """What it costs now; null when it is gone."""
    in_stock: bool
    notices: tuple[WishNotice, ...]


class Wishlist(Struct, frozen=True):
    """A list, as it is kept."""

    id: UUID
    name: str
    default: bool
    """Whether wishes go here that name no list."""
    items: tuple[WishlistItem, ...]
    """In the order in which they came."""
    shared: bool
    """Whether a link leads to it."""
    created_at: datetime
    updated_at: datetime
    version: int
    """Grows with every change; send it back as `If-Match`."""


class WishlistSummary(Struct, frozen=True):
    """A list among others."""

    id: UUID
    name: str
    default: bool
    units: int
    """Variants on it."""
    shared: bool
    updated_at: datetime
    version: int


class WishlistView(Struct, frozen=True, kw_only=True):
    """A list, with what has become of its wishes."""

    id: UUID
    name: str
    default: bool
    shared: bool
    items: tuple[WishShown, ...]
    version: int


class SharedWish(Struct, frozen=True, kw_only=True):
    """A wish, for whoever has the link."""

    title: str
    slug: str
    options: dict[str, str]
    image: str | None
    note: str
    variant_id: UUID
    offer: Offer | None
    in_stock: bool


class SharedWishlist(Struct, frozen=True, kw_only=True):
    """A list, for whoever has the link: nothing says whose it is but what they wrote themselves."""

    name: str
    items: tuple[SharedWish, ...]


class WishlistLink(Struct, frozen=True, kw_only=True):
    """A link to a list."""

    token: str
    """Shown once. Whoever has it reads the list at `/v1/store/{shop}/shared-wishlists/{token}`."""


class WishMoved(Struct, frozen=True, kw_only=True):
    """What became of the list and the cart."""

    list: WishlistView
    cart_id: UUID
    cart_version: int
