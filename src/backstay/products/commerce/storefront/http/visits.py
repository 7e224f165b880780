"""Who looks at a page: the shop, the currency they want prices in, their account if any, and their cart."""

from __future__ import annotations

import re
from typing import Final, NamedTuple
from urllib.parse import urlencode
from uuid import UUID

from backstay.kernel.actor import ANONYMOUS, Actor, ActorKind
from backstay.kernel.backend import Backend
from backstay.kernel.database import Reader, UnitOfWork
from backstay.kernel.http import Request
from backstay.products.commerce import carts, catalog
from backstay.products.commerce.carts import Cart, CartState, Proof
from backstay.products.commerce.catalog import window
from backstay.products.commerce.shops import Shop, enter
from backstay.products.commerce.storefront import service
from backstay.products.commerce.storefront.contracts import Home
from backstay.products.commerce.storefront.http.bringing import brought
from backstay.products.commerce.storefront.http.cookies import (
    CURRENCY,
    Held,
    cookie,
    forget_cart,
    held_by,
    path_of,
)

_ONWARD: Final = re.compile(r"|[/?](?!.*\.\.)[!#-;=?-\[\]_a-z~%]{0,500}")


class Visit(NamedTuple):
    """Somebody at a page."""

    reader: Reader
    """In the shop's organization."""
    shop: Shop
    currency: str
    person: Actor | None
    """Whoever is signed in."""
    held: Held | None
    cart: Cart | None
    """The open one."""
    home: Home
    at: str
    """The page itself, to come back to."""
    told: tuple[str, ...]
    """What became of the guest's cart, where this page brought it to the account."""

    @property
    def path(self) -> str:
        """Where the shop's pages begin."""
        return path_of(self.shop.slug)

    @property
    def customer_id(self) -> UUID | None:
        """Whose prices are shown: everybody's for a guest."""
        return None if self.person is None else self.person.id

    @property
    def units(self) -> int:
        """To be bought."""
        return sum(line.quantity for line in self.cart.lines if not line.saved) if self.cart else 0


def person_of(request: Request) -> Actor | None:
    """Whoever is signed in: a program, which has no wishes, is a guest here."""
    actor = request.actor
    return actor if actor is not None and actor.kind is ActorKind.USER else None


async def visit(backend: Backend, request: Request, slug: str) -> Visit:
    """Let a shopper in; what they held as a guest comes to their account with the first page that they see.

    It is done here and not where they sign in, because they may do that anywhere: by the link of a mail,
    with a passkey, in the console.

    Raises:
        NoSuchShop: there is none of this name, or it is closed.
    """
    inside, shop = await enter(backend.database.reader(request.actor or ANONYMOUS), slug)
    person, guests = person_of(request), held_by(request)
    told: tuple[str, ...] = ()
    # Whoever acts in somebody's place leaves nothing of their own in that cart.
    if person is not None and guests is not None and person.impersonator_id is None:
        told, settled = await brought(backend.database, person, slug, guests)
        if settled:
            forget_cart(request, slug)
    held, cart = await _cart(inside, shop, person, guests)
    wanted = cart.currency if cart else cookie(request, CURRENCY)
    currency = wanted if wanted in shop.currencies else shop.currency
    home = await service.home(inside, shop, currency)
    return Visit(inside, shop, currency, person, held, cart, home, _at(request, slug), told)


def onward(slug: str, wanted: str) -> str | None:
    """Where a form wants to lead on to, if that is a page of the shop: nobody is sent elsewhere."""
    path = path_of(slug)
    return wanted if _ONWARD.fullmatch(wanted.removeprefix(path)) and wanted.startswith(path) else None


def to_sign_in(slug: str, onward_to: str) -> str:
    """Where one signs in, to go on to another page of the shop from there."""
    return f"{path_of(slug)}/sign-in?{urlencode({'next': onward_to})}"


def _at(request: Request, slug: str) -> str:
    query = request.scope["query_string"].decode("latin-1")
    at = f"{request.path}?{query}" if query else request.path
    return (onward(slug, at) if request.method == "GET" else None) or path_of(slug)


async def seen_product(here: Visit, slug: str) -> window.StoreProduct:
    """A product as whoever looks may buy it.

    Raises:
        NoSuchProduct: none of its variants is for sale to them in the currency now.
    """
    return await catalog.look(
        here.reader, here.shop, slug, currency=here.currency, customer_id=here.customer_id
    )


async def held_in(uow: UnitOfWork, shop: Shop, request: Request) -> Held | None:
    """The cart that a form is about: the account's open one, or what the browser holds."""
    person = person_of(request)
    if person is None:
        return held_by(request)
    proof = Proof(customer_id=person.id, token=None)
    try:
        return Held((await carts.own(uow, shop, proof)).id, proof)
    except carts.NoSuchCart:
        return None


async def _cart(
    inside: Reader, shop: Shop, person: Actor | None, guests: Held | None
) -> tuple[Held | None, Cart | None]:
    try:
        if person is not None:
            proof = Proof(customer_id=person.id, token=None)
            cart = await carts.own(inside, shop, proof)
            return Held(cart.id, proof), cart
        if guests is None:
            return None, None
        cart = await carts.get(inside, shop, guests.cart_id, guests.proof)
    except carts.NoSuchCart:
        return None, None
    return guests, cart if cart.state is CartState.OPEN else None
