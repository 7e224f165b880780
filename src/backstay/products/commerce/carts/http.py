"""Carts over HTTP: shoppers' under `/store`, and a look at them for merchants."""

from __future__ import annotations

from typing import ClassVar, Final
from uuid import UUID

from msgspec import structs

from backstay.kernel.actor import Actor, Permission
from backstay.kernel.database import Page, Reader, UnitOfWork
from backstay.kernel.http import (
    Controller,
    FromHeader,
    FromPath,
    IfMatch,
    JSONBody,
    ListQuery,
    delete,
    get,
    patch,
    post,
    put,
)
from backstay.products.commerce.carts import queries, service
from backstay.products.commerce.carts.contracts import (
    AddCode,
    AddGiftCard,
    AddLines,
    CartChanges,
    CartSummary,
    CartToken,
    CartView,
    NewCart,
    SetLines,
    examples,
)
from backstay.products.commerce.carts.errors import (
    CartChanged,
    CartCompleted,
    CartFull,
    CartMerged,
    NoSuchCart,
    NotForSale,
    SignInToMerge,
)
from backstay.products.commerce.carts.service import proof_of, view
from backstay.products.commerce.coupons import CouponCode, CouponRefused
from backstay.products.commerce.giftcards import GiftCardRefused
from backstay.products.commerce.inventory import InsufficientStock
from backstay.products.commerce.shops import NoSuchShop, Slug, enter, own
from backstay.systems.ratelimit import Limit

READ = Permission("carts:read", "See the carts of the organization's shops", presets=("user",))

_FOUND: Final = (NoSuchShop, NoSuchCart)
_OPEN: Final = (*_FOUND, CartChanged, CartCompleted, CartMerged)
_OPENING: Final = Limit("carts", 60, window=60)
_CODES: Final = Limit("coupon-codes", 30, window=60)
"""So that nobody tries codes until one fits."""
_GIFT_CARDS: Final = Limit("gift-card-codes", 10, window=60)


class StoreCartsController(Controller):
    """Carts, for shoppers. `X-Cart-Token` proves a guest's; a signed-in shopper has their own."""

    path: ClassVar[str] = "/store/{shop:str}/carts"
    name: ClassVar[str] = "store"

    @post(
        public=True,
        problems=[NoSuchShop, NotForSale, CartFull, InsufficientStock],
        declares=[_OPENING],
        asked=examples.NEW,
        example=structs.replace(examples.VIEW, token="the-secret-of-this-cart"),  # noqa: S106 - an example
    )
    async def open(
        self, uow: UnitOfWork, actor: Actor | None, shop: FromPath[Slug], data: JSONBody[NewCart]
    ) -> CartView:
        """Take a cart: a guest gets a new one and its token, a signed-in shopper their own."""
        inside, found = await enter(uow, shop)
        made, token = await service.open_(inside, found, data, proof_of(actor, None))
        return view(made, token)

    @get("/mine", public=True, problems=_FOUND)
    async def read_own(self, reader: Reader, actor: Actor | None, shop: FromPath[Slug]) -> CartView:
        """Read the open cart of whoever is signed in."""
        inside, found = await enter(reader, shop)
        cart = await service.own(inside, found, proof_of(actor, None))
        return view(await service.priced(inside, found, cart))

    @get("/{cart_id:uuid}", public=True, problems=_FOUND, example=examples.VIEW)
    async def read(
        self,
        reader: Reader,
        actor: Actor | None,
        shop: FromPath[Slug],
        cart_id: FromPath[UUID],
        x_cart_token: FromHeader[CartToken | None] = None,
    ) -> CartView:
        """Read a cart with what it comes to now, and what is not as its shopper saw it."""
        inside, found = await enter(reader, shop)
        cart = await service.get(inside, found, cart_id, proof_of(actor, x_cart_token))
        return view(await service.priced(inside, found, cart))

    @patch(
        "/{cart_id:uuid}",
        public=True,
        problems=_OPEN,
        asked=examples.CHANGES,
        example=examples.VIEW,
    )
    async def change(
        self,
        uow: UnitOfWork,
        actor: Actor | None,
        shop: FromPath[Slug],
        cart_id: FromPath[UUID],
        expected: IfMatch | None,
        data: JSONBody[CartChanges],
        x_cart_token: FromHeader[CartToken | None] = None,
    ) -> CartView:
        """Change what stands beside the lines: addresses, shipping, currency. What is left out stays."""
        inside, found = await enter(uow, shop)
        proof = proof_of(actor, x_cart_token)
        return view(await service.change(inside, found, cart_id, proof, data, expected=expected))

    @post(
        "/{cart_id:uuid}/lines",
        public=True,
        status=200,
        problems=[*_OPEN, NotForSale, CartFull, InsufficientStock],
        asked=examples.MORE,
        example=examples.VIEW,
    )
    async def add_lines(
        self,
        uow: UnitOfWork,
        actor: Actor | None,
        shop: FromPath[Slug],
        cart_id: FromPath[UUID],
        expected: IfMatch | None,
        data: JSONBody[AddLines],
        x_cart_token: FromHeader[CartToken | None] = None,
    ) -> CartView:
        """Put more into a cart. Sent twice it adds twice, unless `If-Match` says what you saw."""
        inside, found = await enter(uow, shop)
        proof = proof_of(actor, x_cart_token)
        return view(await service.add(inside, found, cart_id, proof, data.lines, expected=expected))

    @put("/{cart_id:uuid}/lines", public=True, problems=[*_OPEN, NotForSale, CartFull, InsufficientStock])
    async def set_lines(
        self,
        uow: UnitOfWork,
        actor: Actor | None,
        shop: FromPath[Slug],
        cart_id: FromPath[UUID],
        expected: IfMatch | None,
        data: JSONBody[SetLines],
        x_cart_token: FromHeader[CartToken | None] = None,
    ) -> CartView:
        """Say what lines shall be: how many, bought or saved for later, or out. Lines not named stay."""
        inside, found = await enter(uow, shop)
        proof = proof_of(actor, x_cart_token)
        return view(await service.set_(inside, found, cart_id, proof, data.lines, expected=expected))

    @post("/{cart_id:uuid}/seen", public=True, status=200, problems=_OPEN)
    async def acknowledge(
        self,
        uow: UnitOfWork,
        actor: Actor | None,
        shop: FromPath[Slug],
        cart_id: FromPath[UUID],
        expected: IfMatch | None,
        x_cart_token: FromHeader[CartToken | None] = None,
    ) -> CartView:
        """Take note of the prices as they are now; their notices go."""
        inside, found = await enter(uow, shop)
        proof = proof_of(actor, x_cart_token)
        return view(await service.acknowledge(inside, found, cart_id, proof, expected=expected))

    @post(
        "/{cart_id:uuid}/codes",
        public=True,
        status=200,
        problems=[*_OPEN, CouponRefused, CartFull],
        declares=[_CODES],
        asked=examples.CODE,
    )
    async def add_code(
        self,
        uow: UnitOfWork,
        actor: Actor | None,
        shop: FromPath[Slug],
        cart_id: FromPath[UUID],
        expected: IfMatch | None,
        data: JSONBody[AddCode],
        x_cart_token: FromHeader[CartToken | None] = None,
    ) -> CartView:
        """Enter a coupon's code. It is used up when the cart is bought, not before."""
        inside, found = await enter(uow, shop)
        proof = proof_of(actor, x_cart_token)
        return view(await service.add_code(inside, found, cart_id, proof, data.code, expected=expected))

    @delete("/{cart_id:uuid}/codes/{code:str}", public=True, status=200, problems=_OPEN)
    async def remove_code(
        self,
        uow: UnitOfWork,
        actor: Actor | None,
        shop: FromPath[Slug],
        cart_id: FromPath[UUID],
        code: FromPath[CouponCode],
        expected: IfMatch | None,
        x_cart_token: FromHeader[CartToken | None] = None,
    ) -> CartView:
        """Take a coupon's code out."""
        inside, found = await enter(uow, shop)
        proof = proof_of(actor, x_cart_token)
        return view(await service.remove_code(inside, found, cart_id, proof, code, expected=expected))

    @post(
        "/{cart_id:uuid}/gift-cards",
        public=True,
        status=200,
        problems=[*_OPEN, GiftCardRefused, CartFull],
        declares=[_GIFT_CARDS],
        asked=examples.GIFT_CARD,
    )
    async def add_gift_card(
        self,
        uow: UnitOfWork,
        actor: Actor | None,
        shop: FromPath[Slug],
        cart_id: FromPath[UUID],
        expected: IfMatch | None,
        data: JSONBody[AddGiftCard],
        x_cart_token: FromHeader[CartToken | None] = None,
    ) -> CartView:
        """Let a gift card pay. Nothing is taken from it before the cart is bought."""
        inside, found = await enter(uow, shop)
        proof = proof_of(actor, x_cart_token)
        return view(await service.add_gift_card(inside, found, cart_id, proof, data.code, expected=expected))

    @delete("/{cart_id:uuid}/gift-cards/{card_id:uuid}", public=True, status=200, problems=_OPEN)
    async def remove_gift_card(
        self,
        uow: UnitOfWork,
        actor: Actor | None,
        shop: FromPath[Slug],
        cart_id: FromPath[UUID],
        card_id: FromPath[UUID],
        expected: IfMatch | None,
        x_cart_token: FromHeader[CartToken | None] = None,
    ) -> CartView:
        """Let a gift card, one of the cart's `gift_cards`, pay no more."""
        inside, found = await enter(uow, shop)
        proof = proof_of(actor, x_cart_token)
        made = await service.remove_gift_card(inside, found, cart_id, proof, card_id, expected=expected)
        return view(made)

    @post(
        "/{cart_id:uuid}/merge",
        public=True,
        status=200,
        problems=[*_FOUND, CartCompleted, CartMerged, CartFull, SignInToMerge],
    )
    async def merge(
        self,
        uow: UnitOfWork,
        actor: Actor | None,
        shop: FromPath[Slug],
        cart_id: FromPath[UUID],
        x_cart_token: FromHeader[CartToken | None] = None,
    ) -> CartView:
        """Bring a guest's cart to the account that is signed in; what comes back is the account's cart."""
        inside, found = await enter(uow, shop)
        return view(await service.merge(inside, found, cart_id, proof_of(actor, x_cart_token)))


class ShopCartsController(Controller):
    """A shop's carts, for its merchants."""

    path: ClassVar[str] = "/shops/{shop:str}/carts"
    name: ClassVar[str] = "shop"

    @get(permission=READ, listing=queries.LIST, problems=[NoSuchShop])
    async def list_carts(self, reader: Reader, shop: FromPath[Slug], query: ListQuery) -> Page[CartSummary]:
        """List a shop's carts, the latest changed first."""
        found = await own(reader, shop)
        return await reader.page(queries.LIST, query, shop_id=found.id)

    @get("/{cart_id:uuid}", permission=READ, problems=_FOUND)
    async def read(self, reader: Reader, shop: FromPath[Slug], cart_id: FromPath[UUID]) -> CartView:
        """See a cart as its shopper would."""
        found = await own(reader, shop)
        cart = await service.seen_by_merchant(reader, found, cart_id)
        return view(await service.priced(reader, found, cart))
