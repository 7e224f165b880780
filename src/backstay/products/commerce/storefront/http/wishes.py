"""What somebody wishes for: hearts beside products, and their lists."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import ClassVar, Final, NamedTuple
from uuid import UUID

import msgspec

from backstay.kernel.actor import ANONYMOUS
from backstay.kernel.backend import Backend
from backstay.kernel.database import UnitOfWork
from backstay.kernel.errors import BackstayError, BadRequest
from backstay.kernel.http import Controller, FromPath, Request, Response, get, post
from backstay.products.commerce import carts, catalog, wishlists
from backstay.products.commerce.carts import Proof
from backstay.products.commerce.shops import NoSuchShop, Shop, Slug, enter
from backstay.products.commerce.storefront.http.cookies import path_of
from backstay.products.commerce.storefront.http.forms import FORM_LIMIT, form_of, id_in, number_in
from backstay.products.commerce.storefront.http.showing import Page, see, show
from backstay.products.commerce.storefront.http.visits import (
    Visit,
    onward,
    person_of,
    to_sign_in,
    visit,
)
from backstay.products.commerce.storefront.http.words import said_of
from backstay.products.commerce.wishlists import NoSuchWishlist, contracts

_FOUND: Final = (NoSuchShop, NoSuchWishlist)
Work = Callable[[UnitOfWork, Shop], Awaitable[UUID | None]]
"""Changes a list in the shop's organization; which to show then."""


class Hearts(NamedTuple):
    """What has a heart."""

    products: frozenset[UUID]
    variants: frozenset[UUID]


async def hearts(here: Visit) -> Hearts:
    """What is on the lists of whoever is signed in: nothing for guests, who are not asked for."""
    if here.person is None:
        return Hearts(frozenset(), frozenset())
    wishes = await wishlists.wishes(here.reader, here.shop)
    ids = frozenset(item.variant_id for items in wishes.values() for item in items)
    offers = await catalog.offers(
        here.reader, here.shop, list(ids), currency=here.currency, customer_id=here.customer_id
    )
    return Hearts(frozenset(offer.product_id for offer in offers.values()), ids)


class WishesController(Controller):
    """Wishlists, for people."""

    path: ClassVar[str] = "/store/{shop:str}"
    name: ClassVar[str] = "page"
    version: ClassVar[str | None] = None

    @post(
        "/wishes",
        public=True,
        hidden=True,
        status=303,
        body_limit=FORM_LIMIT,
        problems=[NoSuchShop, catalog.NoSuchProduct],
        declares=[Page()],
    )
    async def wish(self, request: Request, backend: Backend, shop: FromPath[Slug]) -> Response[str]:
        """Put a product on the default list, or take it off every one; whoever is a guest signs in first."""
        fields = await form_of(request)
        back = onward(shop, fields.get("back", "")) or path_of(shop)
        if person_of(request) is None:
            return see(to_sign_in(shop, back))
        here = await visit(backend, request, shop)
        product = await catalog.look(
            here.reader,
            here.shop,
            fields.get("product", ""),
            currency=here.currency,
            customer_id=here.customer_id,
        )
        variants = [one.id for one in product.variants]
        wanted = id_in(fields, "variant_id")

        async def work(uow: UnitOfWork) -> None:
            inside, found = await enter(uow, shop)
            if fields.get("heart") == "0":
                for list_id, items in (await wishlists.wishes(inside, found)).items():
                    for item in items:
                        if item.variant_id in variants:
                            await wishlists.drop(inside, found, list_id, item.variant_id)
                return
            list_ = await wishlists.default(inside, found)
            variant_id = wanted if wanted in variants else variants[0]
            await wishlists.wish(inside, found, list_, variant_id, contracts.Wish(currency=here.currency))

        try:
            await backend.database.run(request.actor or ANONYMOUS, work)
        except BackstayError as refused:
            return await _lists_page(here, None, refused)
        return see(back)

    @get("/wishlists", public=True, hidden=True, any_query=True, problems=[NoSuchShop], declares=[Page()])
    async def lists(self, request: Request, backend: Backend, shop: FromPath[Slug]) -> Response[str]:
        """Show one's lists, and what is on the default one."""
        here = await visit(backend, request, shop)
        if here.person is None:
            return see(to_sign_in(shop, here.at))
        return await _lists_page(here, None)

    @get(
        "/wishlists/{list_id:uuid}",
        public=True,
        hidden=True,
        any_query=True,
        problems=_FOUND,
        declares=[Page()],
    )
    async def list(
        self, request: Request, backend: Backend, shop: FromPath[Slug], list_id: FromPath[UUID]
    ) -> Response[str]:
        """Show a list: what each wish costs now, and what is otherwise than it was."""
        here = await visit(backend, request, shop)
        if here.person is None:
            return see(to_sign_in(shop, here.at))
        return await _lists_page(here, list_id)

    @post(
        "/wishlists",
        public=True,
        hidden=True,
        status=303,
        body_limit=FORM_LIMIT,
        problems=[NoSuchShop],
        declares=[Page()],
    )
    async def create(self, request: Request, backend: Backend, shop: FromPath[Slug]) -> Response[str]:
        """Make a list."""
        fields = await form_of(request)

        async def work(uow: UnitOfWork, found: Shop) -> UUID:
            new = msgspec.convert({"name": fields.get("name", "")}, contracts.NewWishlist)
            return (await wishlists.create(uow, found, new.name)).id

        return await _changed(backend, request, shop, None, work)

    @post(
        "/wishlists/{list_id:uuid}",
        public=True,
        hidden=True,
        status=303,
        body_limit=FORM_LIMIT,
        problems=_FOUND,
        declares=[Page()],
    )
    async def change(
        self, request: Request, backend: Backend, shop: FromPath[Slug], list_id: FromPath[UUID]
    ) -> Response[str]:
        """Call a list otherwise, make it the one that hearts go to, or remove it."""
        fields = await form_of(request)
        version = number_in(fields, "version", 0)

        async def work(uow: UnitOfWork, found: Shop) -> UUID | None:
            if "remove" in fields:
                await wishlists.remove(uow, found, list_id, expected=version)
                return None
            named = {"name": fields.get("name", "")} if "rename" in fields else {"default": True}
            changes = msgspec.convert(named, contracts.WishlistChanges)
            await wishlists.change(uow, found, list_id, changes, expected=version)
            return list_id

        return await _changed(backend, request, shop, list_id, work)

    @post(
        "/wishlists/{list_id:uuid}/items",
        public=True,
        hidden=True,
        status=303,
        body_limit=FORM_LIMIT,
        problems=_FOUND,
        declares=[Page()],
    )
    async def item(
        self, request: Request, backend: Backend, shop: FromPath[Slug], list_id: FromPath[UUID]
    ) -> Response[str]:
        """Take a wish off a list, or put it into the cart, which takes it off."""
        fields = await form_of(request)
        variant_id = id_in(fields, "variant_id") or UUID(int=0)  # nobody wishes for that
        person = person_of(request)

        async def work(uow: UnitOfWork, found: Shop) -> UUID:
            if "move" not in fields or person is None:
                await wishlists.drop(uow, found, list_id, variant_id)
                return list_id
            items = (await wishlists.get(uow, found, list_id)).items
            currency = next((one.currency for one in items if one.variant_id == variant_id), None)
            proof = Proof(customer_id=person.id, token=None)
            made, _ = await carts.open_(uow, found, carts.contracts.NewCart(currency=currency), proof)
            order = contracts.MoveToCart(cart_id=made.cart.id)
            await wishlists.move(uow, found, list_id, variant_id, order, proof)
            return list_id

        return await _changed(backend, request, shop, list_id, work)


async def _changed(
    backend: Backend, request: Request, shop: str, list_id: UUID | None, work: Work
) -> Response[str]:
    """Change a list and show it, or another where it is gone."""
    if person_of(request) is None:
        return see(to_sign_in(shop, f"{path_of(shop)}/wishlists"))

    async def unit(uow: UnitOfWork) -> UUID | None:
        return await work(*await enter(uow, shop))

    try:
        there = await backend.database.run(request.actor or ANONYMOUS, unit)
    except msgspec.ValidationError:
        wrong = BadRequest("A list has a name of at most 100 letters.")
        return await _lists_page(await visit(backend, request, shop), list_id, wrong)
    except NoSuchWishlist:
        raise
    except BackstayError as refused:
        return await _lists_page(await visit(backend, request, shop), list_id, refused)
    return see(f"{path_of(shop)}/wishlists" + ("" if there is None else f"/{there}"))


async def _lists_page(
    here: Visit, list_id: UUID | None, refused: BackstayError | None = None
) -> Response[str]:
    """One's lists, and one of them whole: the default one unless another is named."""
    every = await wishlists.list_(here.reader, here.shop)
    chosen = list_id or next((one.id for one in every if one.default), None)
    view = None
    if chosen is not None:
        list_ = await wishlists.get(here.reader, here.shop, chosen)
        view = await wishlists.view(here.reader, here.shop, list_)
    return show(
        here,
        "wishlists",
        status=200 if refused is None else refused.status,
        unseen=True,
        lists=every,
        view=view,
        wrong=None if refused is None else said_of(refused),
    )
