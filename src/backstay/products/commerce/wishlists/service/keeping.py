"""Lists are made, named, read and removed here. Each is one account's, in one shop."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from msgspec import UNSET

from backstay.kernel.actor import ActorKind
from backstay.kernel.database import LostRace, Reader, UnitOfWork
from backstay.kernel.errors import Unauthenticated
from backstay.kernel.ids import uuid7
from backstay.products.commerce import catalog, inventory
from backstay.products.commerce.shops import Shop
from backstay.products.commerce.wishlists import queries
from backstay.products.commerce.wishlists.contracts import (
    LISTS,
    Wishlist,
    WishlistChanges,
    WishlistItem,
    WishlistSummary,
    WishlistView,
    WishShown,
)
from backstay.products.commerce.wishlists.errors import (
    ListFull,
    NameTaken,
    NoSuchWishlist,
    StaleWishlist,
)
from backstay.products.commerce.wishlists.service.wishing import offered, seen

_FIRST: Final = "Wishlist"
"""How the first one is called."""


def signed_in(reader: Reader) -> None:
    """Refuse whoever has no account.

    Raises:
        Unauthenticated: nobody is signed in, or a program is.
    """
    if reader.actor.kind is not ActorKind.USER:
        raise Unauthenticated("Only accounts have wishlists.")


async def list_(reader: Reader, shop: Shop) -> list[WishlistSummary]:
    """The actor's lists in the shop, the oldest first.

    Raises:
        Unauthenticated: nobody is signed in.
    """
    signed_in(reader)
    return await reader.all(queries.ALL, shop_id=shop.id)


async def wishes(reader: Reader, shop: Shop) -> dict[UUID, tuple[WishlistItem, ...]]:
    """What the actor wishes for in the shop, by list, that of the default first.

    Raises:
        Unauthenticated: nobody is signed in.
    """
    signed_in(reader)
    return {one.id: one.items for one in await reader.all(queries.WISHES, shop_id=shop.id)}


async def get(reader: Reader, shop: Shop, list_id: UUID) -> Wishlist:
    """A list of the actor's.

    Raises:
        Unauthenticated: nobody is signed in.
        NoSuchWishlist: they have none with this id here.
    """
    signed_in(reader)
    found = await reader.first(queries.GET, shop_id=shop.id, id=list_id)
    if found is None:
        raise NoSuchWishlist
    return found


async def locked(uow: UnitOfWork, shop: Shop, list_id: UUID, *, expected: int | None = None) -> Wishlist:
    """A list of the actor's that nobody else changes until the unit ends.

    Raises:
        Unauthenticated: nobody is signed in.
        NoSuchWishlist: they have none with this id here.
        StaleWishlist: it has another version than `expected`.
    """
    signed_in(uow)
    found = await uow.first(queries.LOCK, shop_id=shop.id, id=list_id)
    if found is None:
        raise NoSuchWishlist
    if expected not in {None, found.version}:
        stale = StaleWishlist(version=found.version)
        stale.headers["ETag"] = f'"{found.version}"'
        raise stale
    return found


async def default(uow: UnitOfWork, shop: Shop) -> Wishlist:
    """The list that wishes go to which name none, made if need be; locked.

    Raises:
        Unauthenticated: nobody is signed in.
        ListFull: the actor has as many as they may, and none of them is it.
        NameTaken: one that is not it is called as it would be.
    """
    signed_in(uow)
    found = await uow.first(queries.DEFAULT, shop_id=shop.id)
    # Two first wishes at once run into the unique key; the second finds the first's list then.
    return found or await create(uow, shop, _FIRST)


async def create(uow: UnitOfWork, shop: Shop, name: str) -> Wishlist:
    """Make a list; an account's first is its default.

    Raises:
        Unauthenticated: nobody is signed in.
        NameTaken: another of theirs is called so.
        ListFull: they have as many as they may.
    """
    # Who has lists has one that wishes go to; whoever makes another holds it, so that all count in turn.
    turn = await uow.first(queries.DEFAULT, shop_id=shop.id)
    there = await list_(uow, shop)
    if there and turn is None:
        raise LostRace  # another of them is it since
    if len(there) >= LISTS:
        raise ListFull(most=LISTS)
    await _refuse_taken(uow, shop, name)
    id_ = uuid7()
    await uow.execute(
        queries.CREATE,
        id=id_,
        shop_id=shop.id,
        owner_id=uow.actor.id,
        name=name,
        name_key=name.casefold(),
        default=not any(one.default for one in there),
        items=(),
        units=0,
        token_digest=None,
    )
    return await get(uow, shop, id_)


async def change(
    uow: UnitOfWork, shop: Shop, list_id: UUID, changes: WishlistChanges, *, expected: int
) -> Wishlist:
    """Call a list otherwise, or make it the default.

    Raises:
        Unauthenticated: nobody is signed in.
        NoSuchWishlist: they have none with this id here.
        StaleWishlist: it was changed since.
        NameTaken: another of theirs is called so.
    """
    before = await locked(uow, shop, list_id, expected=expected)
    if changes.default is True and not before.default:
        await uow.execute(queries.NO_DEFAULT, shop_id=shop.id)
        await uow.execute(queries.BE_DEFAULT, shop_id=shop.id, id=list_id)
    name = before.name if changes.name is UNSET else changes.name
    if name.casefold() != before.name.casefold():
        await _refuse_taken(uow, shop, name)
    await save(uow, shop, before, before.items, name=name)
    return await get(uow, shop, list_id)


async def save(
    uow: UnitOfWork, shop: Shop, before: Wishlist, items: Sequence[WishlistItem], *, name: str | None = None
) -> None:
    """Keep a locked list as it is now."""
    called = before.name if name is None else name
    await uow.execute(
        queries.KEEP,
        shop_id=shop.id,
        id=before.id,
        name=called,
        name_key=called.casefold(),
        items=tuple(items),
        units=len(items),
    )


async def remove(uow: UnitOfWork, shop: Shop, list_id: UUID, *, expected: int) -> None:
    """Remove a list with what is on it; its link ends.

    Raises:
        Unauthenticated: nobody is signed in.
        NoSuchWishlist: they have none with this id here.
        StaleWishlist: it was changed since.
    """
    gone = await locked(uow, shop, list_id, expected=expected)
    await uow.execute(queries.REMOVE, shop_id=shop.id, id=list_id)
    left = await list_(uow, shop)
    if gone.default and left:
        await uow.execute(queries.BE_DEFAULT, shop_id=shop.id, id=left[0].id)


async def view(reader: Reader, shop: Shop, found: Wishlist) -> WishlistView:
    """A list, with what has become of its wishes."""
    return WishlistView(
        id=found.id,
        name=found.name,
        default=found.default,
        shared=found.shared,
        items=await shown(reader, shop, found.items),
        version=found.version,
    )


async def shown(reader: Reader, shop: Shop, items: Sequence[WishlistItem]) -> tuple[WishShown, ...]:
    """Wishes as they stand, at the prices of whoever looks: a statement a currency, and one for stock."""
    whose = reader.actor.id if reader.actor.kind is ActorKind.USER else None
    offers = {
        (currency, id_): offer
        for currency in sorted({one.currency for one in items})
        for id_, offer in (
            await catalog.offers(
                reader,
                shop,
                [one.variant_id for one in items if one.currency == currency],
                currency=currency,
                customer_id=whose,
            )
        ).items()
    }
    stock = await inventory.available(reader, shop.id, [one.variant_id for one in items]) if items else {}
    return tuple(seen(one, offered(offers, one), in_stock=stock[one.variant_id].covers(1)) for one in items)


async def _refuse_taken(uow: UnitOfWork, shop: Shop, name: str) -> None:
    if await uow.first(queries.NAMED, shop_id=shop.id, name_key=name.casefold()) is not None:
        raise NameTaken
