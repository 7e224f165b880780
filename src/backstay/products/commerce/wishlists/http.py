"""Wishlists over HTTP: one's own under `/wishlists`, what others show under `/shared-wishlists`."""

from __future__ import annotations

from typing import ClassVar, Final
from uuid import UUID

from backstay.kernel.actor import Actor
from backstay.kernel.database import Reader, UnitOfWork
from backstay.kernel.errors import Unauthenticated
from backstay.kernel.http import (
    Controller,
    FromHeader,
    FromPath,
    IfMatch,
    JSONBody,
    Request,
    Response,
    delete,
    get,
    patch,
    post,
    put,
)
from backstay.products.commerce.carts import (
    CartCompleted,
    CartFull,
    CartMerged,
    NoSuchCart,
    NotForSale,
    contracts,
    proof_of,
)
from backstay.products.commerce.shops import NoSuchShop, Slug, enter
from backstay.products.commerce.wishlists import service
from backstay.products.commerce.wishlists.contracts import (
    MoveToCart,
    NewWishlist,
    SharedWishlist,
    Wish,
    WishlistChanges,
    WishlistLink,
    WishlistSummary,
    WishlistView,
    WishMoved,
)
from backstay.products.commerce.wishlists.errors import (
    ListFull,
    NameTaken,
    NoSuchLink,
    NoSuchWishlist,
    NotOnTheList,
    StaleWishlist,
)

_MINE: Final = (NoSuchShop, Unauthenticated)
_FOUND: Final = (*_MINE, NoSuchWishlist)
_UNSEEN: Final = {"cache-control": "no-store", "referrer-policy": "no-referrer"}
"""What a secret link leads to is nothing for caches, and the link nothing for others' servers."""


class WishlistsController(Controller):
    """The wishlists of whoever is signed in, in a shop."""

    path: ClassVar[str] = "/store/{shop:str}/wishlists"

    @get(public=True, problems=_MINE)
    async def list_own(
        self, reader: Reader, actor: Actor | None, shop: FromPath[Slug]
    ) -> list[WishlistSummary]:
        """List one's wishlists in a shop, the oldest first."""
        del actor
        return await service.list_(*await enter(reader, shop))

    @post(public=True, problems=[*_MINE, NameTaken, ListFull])
    async def create(
        self, uow: UnitOfWork, actor: Actor | None, shop: FromPath[Slug], data: JSONBody[NewWishlist]
    ) -> WishlistView:
        """Make a list. The first is the default: wishes go there that name no list."""
        del actor
        inside, found = await enter(uow, shop)
        return await service.view(inside, found, await service.create(inside, found, data.name))

    @put(
        "/default/items/{variant_id:uuid}",
        public=True,
        problems=[*_MINE, NotForSale, ListFull, NameTaken],
    )
    async def wish(
        self,
        uow: UnitOfWork,
        actor: Actor | None,
        shop: FromPath[Slug],
        variant_id: FromPath[UUID],
        data: JSONBody[Wish],
    ) -> WishlistView:
        """Put a variant on the default list, which is made if need be. Twice is once."""
        del actor
        inside, found = await enter(uow, shop)
        list_ = await service.default(inside, found)
        return await service.view(inside, found, await service.wish(inside, found, list_, variant_id, data))

    @get("/{list_id:uuid}", public=True, problems=_FOUND)
    async def read(
        self, reader: Reader, actor: Actor | None, shop: FromPath[Slug], list_id: FromPath[UUID]
    ) -> WishlistView:
        """Read a list: what each wish costs now, and what is otherwise than when it was made."""
        del actor
        inside, found = await enter(reader, shop)
        return await service.view(inside, found, await service.get(inside, found, list_id))

    @patch("/{list_id:uuid}", public=True, problems=[*_FOUND, StaleWishlist, NameTaken])
    async def change(
        self,
        uow: UnitOfWork,
        actor: Actor | None,
        shop: FromPath[Slug],
        list_id: FromPath[UUID],
        expected: IfMatch,
        data: JSONBody[WishlistChanges],
    ) -> WishlistView:
        """Call a list otherwise, or make it the default. What is left out stays."""
        del actor
        inside, found = await enter(uow, shop)
        made = await service.change(inside, found, list_id, data, expected=expected)
        return await service.view(inside, found, made)

    @delete("/{list_id:uuid}", public=True, problems=[*_FOUND, StaleWishlist])
    async def remove(
        self,
        uow: UnitOfWork,
        actor: Actor | None,
        shop: FromPath[Slug],
        list_id: FromPath[UUID],
        expected: IfMatch,
    ) -> None:
        """Remove a list with what is on it; its link ends."""
        del actor
        inside, found = await enter(uow, shop)
        await service.remove(inside, found, list_id, expected=expected)

    @put("/{list_id:uuid}/items/{variant_id:uuid}", public=True, problems=[*_FOUND, NotForSale, ListFull])
    async def wish_on(
        self,
        uow: UnitOfWork,
        actor: Actor | None,
        shop: FromPath[Slug],
        list_id: FromPath[UUID],
        variant_id: FromPath[UUID],
        data: JSONBody[Wish],
    ) -> WishlistView:
        """Put a variant on a list, or another note beside it. Twice is once."""
        del actor
        inside, found = await enter(uow, shop)
        list_ = await service.locked(inside, found, list_id)
        return await service.view(inside, found, await service.wish(inside, found, list_, variant_id, data))

    @delete(
        "/{list_id:uuid}/items/{variant_id:uuid}",
        public=True,
        status=200,
        problems=[*_FOUND, NotOnTheList],
    )
    async def drop(
        self,
        uow: UnitOfWork,
        actor: Actor | None,
        shop: FromPath[Slug],
        list_id: FromPath[UUID],
        variant_id: FromPath[UUID],
    ) -> WishlistView:
        """Take a variant off a list."""
        del actor
        inside, found = await enter(uow, shop)
        return await service.view(inside, found, await service.drop(inside, found, list_id, variant_id))

    @post(
        "/{list_id:uuid}/items/{variant_id:uuid}/move",
        public=True,
        status=200,
        problems=[
            *(*_FOUND, NotOnTheList, NoSuchCart, CartCompleted, CartMerged, CartFull, NotForSale),
        ],
    )
    async def move(
        self,
        uow: UnitOfWork,
        actor: Actor | None,
        shop: FromPath[Slug],
        list_id: FromPath[UUID],
        variant_id: FromPath[UUID],
        data: JSONBody[MoveToCart],
        x_cart_token: FromHeader[contracts.CartToken | None] = None,
    ) -> WishMoved:
        """Put a wish into a cart and take it off the list, both or neither."""
        inside, found = await enter(uow, shop)
        proof = proof_of(actor, x_cart_token)
        return await service.move(inside, found, list_id, variant_id, data, proof)

    @post("/{list_id:uuid}/share", public=True, problems=_FOUND)
    async def share(
        self, uow: UnitOfWork, actor: Actor | None, shop: FromPath[Slug], list_id: FromPath[UUID]
    ) -> Response[WishlistLink]:
        """Make a link to a list, for anyone who has it. An earlier link stops working."""
        del actor
        inside, found = await enter(uow, shop)
        return Response(await service.share(inside, found, list_id), headers=_UNSEEN)

    @delete("/{list_id:uuid}/share", public=True, problems=_FOUND)
    async def unshare(
        self, uow: UnitOfWork, actor: Actor | None, shop: FromPath[Slug], list_id: FromPath[UUID]
    ) -> None:
        """End a list's link, if it has one."""
        del actor
        inside, found = await enter(uow, shop)
        await service.unshare(inside, found, list_id)


class SharedWishlistsController(Controller):
    """Lists that somebody shows, for anyone with the link."""

    path: ClassVar[str] = "/store/{shop:str}/shared-wishlists"

    @get("/{token:str}", public=True, problems=[NoSuchShop, NoSuchLink])
    async def read_shared(
        self, request: Request, reader: Reader, shop: FromPath[Slug], token: FromPath[str]
    ) -> Response[SharedWishlist]:
        """Read a shared list. A link that never was and one that has ended look alike."""
        # The token opens the list, so it must not reach logs and traces with the path.
        request.record.path = f"/v1/store/{shop}/shared-wishlists/[token]"
        inside, found = await enter(reader, shop)
        try:
            shared = await service.read_shared(inside, found, token)
        except NoSuchLink as failure:
            failure.headers.update(_UNSEEN)
            raise
        return Response(shared, headers=_UNSEEN)
