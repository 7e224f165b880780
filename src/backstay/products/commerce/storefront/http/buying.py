"""The cart's page, and its forms: each is answered by a redirect, or by the page with what is wrong."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import ClassVar, Final

import msgspec
from msgspec import structs

from backstay.kernel.actor import ANONYMOUS
from backstay.kernel.backend import Backend
from backstay.kernel.database import UnitOfWork
from backstay.kernel.errors import BackstayError
from backstay.kernel.http import Controller, FromPath, Request, Response, get, post
from backstay.products.commerce import carts
from backstay.products.commerce.carts import PricedCart, Proof
from backstay.products.commerce.coupons import CouponCode
from backstay.products.commerce.shops import NoSuchShop, Shop, Slug, enter
from backstay.products.commerce.storefront.http import sums
from backstay.products.commerce.storefront.http.cookies import (
    CURRENCY,
    Held,
    cookie,
    keep_cart,
    keep_currency,
    path_of,
)
from backstay.products.commerce.storefront.http.forms import FORM_LIMIT, form_of, id_in, number_in
from backstay.products.commerce.storefront.http.looking import product_page
from backstay.products.commerce.storefront.http.showing import Page, see, show
from backstay.products.commerce.storefront.http.visits import Visit, held_in, person_of, seen_product, visit
from backstay.products.commerce.storefront.http.words import of_refusal, said_of
from backstay.systems.ratelimit import Limit

_OPENING: Final = Limit("shop-pages-carts", 60, window=60)
_CODES: Final = Limit("shop-pages-codes", 30, window=60)
_GIFT_CARDS: Final = Limit("shop-pages-gift-cards", 10, window=60)
Change = Callable[[UnitOfWork, Shop, Held], Awaitable[object]]


class CartController(Controller):
    """A shopper's cart, for people."""

    path: ClassVar[str] = "/store/{shop:str}"
    name: ClassVar[str] = "page"
    version: ClassVar[str | None] = None

    @get("/cart", public=True, hidden=True, any_query=True, problems=[NoSuchShop], declares=[Page()])
    async def cart(self, request: Request, backend: Backend, shop: FromPath[Slug]) -> Response[str]:
        """Show what is in the cart, what it comes to, and what is not as it was."""
        return await cart_page(await visit(backend, request, shop))

    @post(
        "/cart/add",
        public=True,
        hidden=True,
        status=303,
        body_limit=FORM_LIMIT,
        problems=[NoSuchShop],
        declares=[Page(), _OPENING],
    )
    async def add(self, request: Request, backend: Backend, shop: FromPath[Slug]) -> Response[str]:
        """Put something into the cart; into a new one where there is none."""
        fields = await form_of(request)
        variant_id, quantity = id_in(fields, "variant_id"), max(1, number_in(fields, "quantity", 1))
        if variant_id is None:
            return see(path_of(shop))
        lines = (carts.contracts.AddLine(variant_id=variant_id, quantity=quantity),)

        async def work(uow: UnitOfWork) -> Held:
            inside, found = await enter(uow, shop)
            held = await held_in(inside, found, request)
            if held is not None:
                try:
                    await carts.add(inside, found, held.cart_id, held.proof, lines)
                except (carts.NoSuchCart, carts.CartCompleted, carts.CartMerged):
                    pass  # it was bought, or its time was over: a new one begins
                else:
                    return held
            wanted = cookie(request, CURRENCY)
            currency = wanted if wanted in found.currencies else found.currency
            new = carts.contracts.NewCart(currency=currency, lines=lines)
            person = person_of(request)
            proof = Proof(customer_id=None if person is None else person.id, token=None)
            made, token = await carts.open_(inside, found, new, proof)
            return Held(made.cart.id, structs.replace(proof, token=token))

        try:
            held = await backend.database.run(request.actor or ANONYMOUS, work)
        except BackstayError as refused:
            here = await visit(backend, request, shop)
            product = await seen_product(here, fields.get("product", ""))
            return await product_page(backend, here, product, status=refused.status, wrong=said_of(refused))
        keep_cart(backend, request, shop, held)
        return see(f"{path_of(shop)}/cart")

    @post(
        "/cart/lines",
        public=True,
        hidden=True,
        status=303,
        body_limit=FORM_LIMIT,
        problems=[NoSuchShop],
        declares=[Page()],
    )
    async def set_line(self, request: Request, backend: Backend, shop: FromPath[Slug]) -> Response[str]:
        """Say how many of something there shall be, that it shall go, or wait for later."""
        fields = await form_of(request)
        variant_id, quantity = id_in(fields, "variant_id"), number_in(fields, "quantity", 1)
        if variant_id is None:
            return see(f"{path_of(shop)}/cart")
        line = carts.contracts.SetLine(variant_id=variant_id, quantity=0 if "remove" in fields else quantity)
        if "save" in fields:
            line = carts.contracts.SetLine(variant_id=variant_id, saved=fields["save"] == "1")
        return await _changed(
            backend,
            request,
            shop,
            lambda uow, found, held: carts.set_(uow, found, held.cart_id, held.proof, [line]),
        )

    @post(
        "/cart/codes",
        public=True,
        hidden=True,
        status=303,
        body_limit=FORM_LIMIT,
        problems=[NoSuchShop],
        declares=[Page(), _CODES],
    )
    async def codes(self, request: Request, backend: Backend, shop: FromPath[Slug]) -> Response[str]:
        """Enter a coupon's code, or take one out."""
        fields = await form_of(request)
        code, gone = fields.get("code", ""), fields.get("remove")
        try:
            msgspec.convert(gone or code, CouponCode)
        except msgspec.ValidationError:
            here = await visit(backend, request, shop)
            return await cart_page(here, status=422, wrong="There is no such code.", typed=code)
        if gone:
            return await _changed(
                backend,
                request,
                shop,
                lambda uow, found, held: carts.remove_code(uow, found, held.cart_id, held.proof, gone),
            )
        return await _changed(
            backend,
            request,
            shop,
            lambda uow, found, held: carts.add_code(uow, found, held.cart_id, held.proof, code),
            typed=code,
        )

    @post(
        "/cart/gift-cards",
        public=True,
        hidden=True,
        status=303,
        body_limit=FORM_LIMIT,
        problems=[NoSuchShop],
        declares=[Page(), _GIFT_CARDS],
    )
    async def gift_cards(self, request: Request, backend: Backend, shop: FromPath[Slug]) -> Response[str]:
        """Let a gift card pay by its code, or take one out."""
        fields = await form_of(request)
        code, gone = fields.get("code", ""), id_in(fields, "remove")

        async def change(uow: UnitOfWork, found: Shop, held: Held) -> object:
            if gone is not None:
                return await carts.cards.remove_gift_card(uow, found, held.cart_id, held.proof, gone)
            return await carts.cards.add_gift_card(uow, found, held.cart_id, held.proof, code)

        return await _changed(backend, request, shop, change)

    @post(
        "/cart/seen",
        public=True,
        hidden=True,
        status=303,
        body_limit=FORM_LIMIT,
        problems=[NoSuchShop],
        declares=[Page()],
    )
    async def seen(self, request: Request, backend: Backend, shop: FromPath[Slug]) -> Response[str]:
        """Take note of the prices as they are now."""
        return await _changed(
            backend,
            request,
            shop,
            lambda uow, found, held: carts.acknowledge(uow, found, held.cart_id, held.proof),
        )

    @post(
        "/currency",
        public=True,
        hidden=True,
        status=303,
        body_limit=FORM_LIMIT,
        problems=[NoSuchShop],
        declares=[Page()],
    )
    async def currency(self, request: Request, backend: Backend, shop: FromPath[Slug]) -> Response[str]:
        """Choose in which currency prices are shown, and the cart is reckoned."""
        wanted = (await form_of(request)).get("currency", "")
        here = await visit(backend, request, shop)
        if wanted not in here.shop.currencies:
            return see(here.path)
        if here.cart is not None:
            changes = carts.contracts.CartChanges(currency=wanted)
            await _run(
                backend,
                request,
                shop,
                lambda uow, found, held: carts.change(uow, found, held.cart_id, held.proof, changes),
            )
        keep_currency(backend, request, shop, wanted)
        return see(here.path)


async def priced(here: Visit) -> PricedCart | None:
    """What the visitor's cart comes to; None where they have none."""
    return None if here.cart is None else await carts.priced(here.reader, here.shop, here.cart)


async def cart_page(
    here: Visit, *, status: int = 200, wrong: str | None = None, typed: str = ""
) -> Response[str]:
    """The cart; `wrong` says what could not be done, `typed` is the code that was entered."""
    made = await priced(here)
    lines = [one for one in made.lines if not one.line.saved] if made else []
    later = [one for one in made.lines if one.line.saved] if made else []
    shown: dict[str, object] = {"made": made, "lines": lines, "later": later, "wrong": wrong, "typed": typed}
    if made is not None and lines:
        named = carts.view(made)
        totals = {one.variant_id: one for one in named.lines}
        shown |= {
            "totals": totals,
            "sums": sums.of_cart(made),
            "refusals": {one.code: of_refusal(one.refusal) for one in made.verdicts if one.code},
            "noticed": any(one.notices for one in lines),
            "held_until": _held_until(here, made.cart),
        }
    return show(here, "cart", status=status, unseen=True, **shown)


def _held_until(here: Visit, cart: carts.Cart) -> datetime | None:
    """Until when its goods are held, if they still are."""
    until = cart.held_until
    return until if until is not None and until > here.reader.now() else None


async def _changed(
    backend: Backend, request: Request, shop: str, change: Change, *, typed: str = ""
) -> Response[str]:
    """Change the cart and show it; a browser that holds none has nothing to change."""
    try:
        await _run(backend, request, shop, change)
    except BackstayError as refused:
        here = await visit(backend, request, shop)
        return await cart_page(here, status=refused.status, wrong=said_of(refused), typed=typed)
    return see(f"{path_of(shop)}/cart")


async def _run(backend: Backend, request: Request, shop: str, change: Change) -> None:
    async def work(uow: UnitOfWork) -> None:
        inside, found = await enter(uow, shop)
        held = await held_in(inside, found, request)
        if held is not None:
            await change(inside, found, held)

    await backend.database.run(request.actor or ANONYMOUS, work)
