"""What becomes of a list's items: plain functions."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from msgspec import UNSET, structs

from backstay.products.commerce.catalog import Offer
from backstay.products.commerce.wishlists.contracts import (
    ITEMS,
    Wish,
    WishlistItem,
    WishNotice,
    WishNoticeKind,
    WishShown,
)
from backstay.products.commerce.wishlists.errors import ListFull, NotOnTheList

Items = tuple[WishlistItem, ...]


def wished(items: Items, offer: Offer, wish: Wish, *, in_stock: bool, now: datetime) -> Items:
    """The items with one more, or with a new note on it: what it cost at first is kept.

    Raises:
        ListFull: there are as many as there may be.
    """
    there = next((one for one in items if one.variant_id == offer.variant_id), None)
    if there is not None:
        note = there.note if wish.note is UNSET else wish.note
        kept = structs.replace(there, note=note)
        if there.currency != offer.currency:
            # Another currency is another comparison.
            kept = structs.replace(kept, currency=offer.currency, price=offer.unit_price)
        return tuple(kept if one is there else one for one in items)
    if len(items) >= ITEMS:
        raise ListFull(most=ITEMS)
    new = WishlistItem(
        variant_id=offer.variant_id,
        title=offer.title,
        slug=offer.slug,
        options=offer.options,
        image=offer.image,
        currency=offer.currency,
        price=offer.unit_price,
        in_stock=in_stock,
        note="" if wish.note is UNSET else wish.note,
        added_at=now,
    )
    return (*items, new)


def without(items: Items, variant_id: UUID) -> Items:
    """The items but for one.

    Raises:
        NotOnTheList: it is not there.
    """
    left = tuple(one for one in items if one.variant_id != variant_id)
    if len(left) == len(items):
        raise NotOnTheList
    return left


def seen(item: WishlistItem, offer: Offer | None, *, in_stock: bool) -> WishShown:
    """A wish, with what is otherwise than when it was made."""
    return WishShown(
        item=item,
        offer=offer,
        in_stock=offer is not None and in_stock,
        notices=tuple(_notices(item, offer, in_stock=in_stock)),
    )


def _notices(item: WishlistItem, offer: Offer | None, *, in_stock: bool) -> list[WishNotice]:
    if offer is None:
        return [WishNotice(kind=WishNoticeKind.GONE)]
    told = []
    if offer.unit_price != item.price:
        dropped = offer.unit_price < item.price
        kind = WishNoticeKind.PRICE_DROPPED if dropped else WishNoticeKind.PRICE_ROSE
        told.append(WishNotice(kind=kind, was=item.price, now=offer.unit_price))
    if in_stock != item.in_stock:
        told.append(
            WishNotice(kind=WishNoticeKind.BACK_IN_STOCK if in_stock else WishNoticeKind.OUT_OF_STOCK)
        )
    return told


def offered(offers: Mapping[tuple[str, UUID], Offer], item: WishlistItem) -> Offer | None:
    """What is for sale of a wish, in its own currency."""
    return offers.get((item.currency, item.variant_id))
