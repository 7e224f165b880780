"""What shoppers do with what is on their lists: wish, drop, put into a cart, show to others."""

from __future__ import annotations

from hashlib import sha256
from secrets import token_urlsafe
from typing import Final
from uuid import UUID

from backstay.kernel.database import Reader, UnitOfWork
from backstay.kernel.errors import FieldError, Invalid
from backstay.products.commerce import carts, catalog, inventory
from backstay.products.commerce.carts import AddLine, NotForSale, Proof
from backstay.products.commerce.shops import Shop
from backstay.products.commerce.wishlists import queries
from backstay.products.commerce.wishlists.contracts import (
    MoveToCart,
    SharedWish,
    SharedWishlist,
    Wish,
    Wishlist,
    WishlistLink,
    WishMoved,
)
from backstay.products.commerce.wishlists.errors import NoSuchLink
from backstay.products.commerce.wishlists.service.keeping import get, locked, save, shown, view
from backstay.products.commerce.wishlists.service.wishing import wished, without

TOKEN_BYTES: Final = 32
"""Random bytes of a link: 256 bits, twice what guessing over a network could ever threaten."""


async def wish(uow: UnitOfWork, shop: Shop, found: Wishlist, variant_id: UUID, new: Wish) -> Wishlist:
    """Put a variant on a locked list, or another note beside it; what it cost at first is kept.

    Raises:
        Invalid: the shop does not sell in the currency.
        NotForSale: it is not for sale here now.
        ListFull: there are as many on the list as there may be.
    """
    currency = new.currency or shop.currency
    if currency not in shop.currencies:
        message = "must be one of the currencies that the shop sells in"
        raise Invalid(FieldError(pointer="/currency", code="choice", message=message))
    offers = await catalog.offers(uow, shop, [variant_id], currency=currency, customer_id=uow.actor.id)
    if variant_id not in offers:
        message = "is not for sale here now"
        raise NotForSale(FieldError(pointer="/variant_id", code="not_for_sale", message=message))
    stock = await inventory.available(uow, shop.id, [variant_id])
    there = stock[variant_id].covers(1)
    items = wished(found.items, offers[variant_id], new, in_stock=there, now=uow.now())
    if items != found.items:
        await save(uow, shop, found, items)
    return await get(uow, shop, found.id)


async def drop(uow: UnitOfWork, shop: Shop, list_id: UUID, variant_id: UUID) -> Wishlist:
    """Take a variant off a list.

    Raises:
        Unauthenticated: nobody is signed in.
        NoSuchWishlist: they have none with this id here.
        NotOnTheList: it is not there.
    """
    found = await locked(uow, shop, list_id)
    await save(uow, shop, found, without(found.items, variant_id))
    return await get(uow, shop, list_id)


async def move(
    uow: UnitOfWork, shop: Shop, list_id: UUID, variant_id: UUID, asked: MoveToCart, proof: Proof
) -> WishMoved:
    """Put a wish into a cart, and take it off the list, in one commit; sent again it finds nothing to move.

    Raises:
        Unauthenticated: nobody is signed in.
        NoSuchWishlist, NotOnTheList: there is no such wish of theirs.
        NoSuchCart, CartCompleted, CartMerged, CartFull, NotForSale: as when it is put in by hand.
    """
    found = await locked(uow, shop, list_id)
    left = without(found.items, variant_id)
    line = AddLine(variant_id=variant_id, quantity=asked.quantity)
    made = await carts.add(uow, shop, asked.cart_id, proof, [line])
    if not asked.keep:
        await save(uow, shop, found, left)
    after = await view(uow, shop, await get(uow, shop, list_id))
    return WishMoved(list=after, cart_id=made.cart.id, cart_version=made.cart.version)


async def share(uow: UnitOfWork, shop: Shop, list_id: UUID) -> WishlistLink:
    """Make a link to a list; an earlier one stops working.

    Raises:
        Unauthenticated: nobody is signed in.
        NoSuchWishlist: they have none with this id here.
    """
    await locked(uow, shop, list_id)
    token = token_urlsafe(TOKEN_BYTES)
    await uow.execute(queries.SHARE, shop_id=shop.id, id=list_id, token_digest=_digest(token))
    return WishlistLink(token=token)


async def unshare(uow: UnitOfWork, shop: Shop, list_id: UUID) -> None:
    """End a list's link, if it has one.

    Raises:
        Unauthenticated: nobody is signed in.
        NoSuchWishlist: they have none with this id here.
    """
    if (await locked(uow, shop, list_id)).shared:
        await uow.execute(queries.UNSHARE, shop_id=shop.id, id=list_id)


async def read_shared(reader: Reader, shop: Shop, token: str) -> SharedWishlist:
    """The list that a link leads to, for anybody.

    Raises:
        NoSuchLink: it never was, was replaced or ended, or its list was removed.
    """
    row = await reader.first(queries.SHARED, shop_id=shop.id, token_digest=_digest(token))
    if row is None:
        raise NoSuchLink
    items = await shown(reader, shop, row.items)
    return SharedWishlist(
        name=row.name,
        items=tuple(
            SharedWish(
                title=one.item.title,
                slug=one.item.slug,
                options=one.item.options,
                image=one.item.image,
                note=one.item.note,
                variant_id=one.item.variant_id,
                offer=one.offer,
                in_stock=one.in_stock,
            )
            for one in items
        ),
    )


def _digest(token: str) -> bytes:
    # A token is random throughout, so one round of a fast hash keeps it; passwords would need more.
    return sha256(token.encode("utf-8", "surrogatepass")).digest()
