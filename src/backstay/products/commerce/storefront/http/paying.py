"""From the cart to the provider's page: who it is for, how it goes there, and the order itself."""

from __future__ import annotations

from typing import ClassVar
from uuid import UUID

from backstay.kernel.actor import ANONYMOUS
from backstay.kernel.backend import Backend
from backstay.kernel.database import UnitOfWork
from backstay.kernel.errors import BackstayError
from backstay.kernel.http import Controller, FromPath, Request, Response, get, post
from backstay.products.commerce import carts, orders
from backstay.products.commerce.carts import PricedCart, Proof, contracts
from backstay.products.commerce.orders import NotReady, requests
from backstay.products.commerce.shops import NoSuchShop, Shop, Slug, enter, methods
from backstay.products.commerce.storefront.http import sums
from backstay.products.commerce.storefront.http.addressing import (
    COUNTRIES,
    Typed,
    countries_of,
    known_of,
    typed_before,
    typed_in,
)
from backstay.products.commerce.storefront.http.buying import cart_page, priced
from backstay.products.commerce.storefront.http.cookies import Held, keep_order, origin_of, path_of
from backstay.products.commerce.storefront.http.forms import FORM_LIMIT, form_of, id_in, number_in
from backstay.products.commerce.storefront.http.showing import Page, see, show
from backstay.products.commerce.storefront.http.visits import Visit, held_in, person_of, visit
from backstay.products.commerce.storefront.http.words import said_of


class CheckoutController(Controller):
    """A checkout, for people."""

    path: ClassVar[str] = "/store/{shop:str}"
    name: ClassVar[str] = "page"
    version: ClassVar[str | None] = None

    @get("/checkout", public=True, hidden=True, any_query=True, problems=[NoSuchShop], declares=[Page()])
    async def checkout(self, request: Request, backend: Backend, shop: FromPath[Slug]) -> Response[str]:
        """Ask whom it is for and where it goes."""
        here = await visit(backend, request, shop)
        made = await priced(here)
        if made is None or not made.goods.lines:
            return see(f"{here.path}/cart")
        return await _address_page(here, made, typed_before(made.cart, await known_of(here)))

    @post(
        "/checkout",
        public=True,
        hidden=True,
        status=303,
        body_limit=FORM_LIMIT,
        problems=[NoSuchShop],
        declares=[Page()],
    )
    async def address(self, request: Request, backend: Backend, shop: FromPath[Slug]) -> Response[str]:
        """Keep the address, and take the first way of delivery that leads there."""
        fields = await form_of(request)
        here = await visit(backend, request, shop)
        held, made = here.held, await priced(here)
        if held is None or made is None:
            return see(f"{here.path}/cart")
        typed = typed_in(fields, await countries_of(here.reader, here.shop))
        if typed.address is None:
            return await _address_page(here, made, typed, status=422)
        changes = contracts.CartChanges(
            email=typed.email, shipping_address=typed.address, country=typed.address.country
        )

        async def work(uow: UnitOfWork) -> None:
            inside, found = await enter(uow, shop)
            after = await carts.change(inside, found, held.cart_id, held.proof, changes)
            if after.shipping is None and after.shipping_options:
                first = contracts.CartChanges(shipping_method=after.shipping_options[0].id)
                await carts.change(inside, found, held.cart_id, held.proof, first)

        await backend.database.run(request.actor or ANONYMOUS, work)
        return see(f"{here.path}/checkout/review")

    @get(
        "/checkout/review", public=True, hidden=True, any_query=True, problems=[NoSuchShop], declares=[Page()]
    )
    async def review(self, request: Request, backend: Backend, shop: FromPath[Slug]) -> Response[str]:
        """Show everything once more, with what it comes to."""
        return await _review_page(await visit(backend, request, shop))

    @post(
        "/checkout/delivery",
        public=True,
        hidden=True,
        status=303,
        body_limit=FORM_LIMIT,
        problems=[NoSuchShop],
        declares=[Page()],
    )
    async def delivery(self, request: Request, backend: Backend, shop: FromPath[Slug]) -> Response[str]:
        """Choose how it goes there."""
        method = id_in(await form_of(request), "shipping_method")
        if method is None:
            return see(f"{path_of(shop)}/checkout/review")

        async def work(uow: UnitOfWork) -> None:
            inside, found = await enter(uow, shop)
            changes = contracts.CartChanges(shipping_method=method)
            held = await held_in(inside, found, request)
            if held is not None:
                await carts.change(inside, found, held.cart_id, held.proof, changes)

        try:
            await backend.database.run(request.actor or ANONYMOUS, work)
        except BackstayError as refused:
            return await self._again(request, backend, shop, refused)
        return see(f"{path_of(shop)}/checkout/review")

    @post(
        "/checkout/order",
        public=True,
        hidden=True,
        status=303,
        body_limit=FORM_LIMIT,
        problems=[NoSuchShop],
        declares=[Page()],
    )
    async def order(self, request: Request, backend: Backend, shop: FromPath[Slug]) -> Response[str]:
        """Make an order of the cart, if it is what was shown; sent twice, it is the same order.

        The cart's id is the key under which this is done once: one cart is one order.
        """
        fields = await form_of(request)
        asked = requests.Checkout(
            cart_version=number_in(fields, "version", 0),
            expected_total=number_in(fields, "total", 0),
            expected_due=number_in(fields, "due", 0) if "due" in fields else None,
            return_url=f"{origin_of(backend, request)}{path_of(shop)}/paid",
        )

        async def work(uow: UnitOfWork) -> requests.CheckedOut | None:
            inside, found = await enter(uow, shop)
            held = await held_in(inside, found, request)
            if person_of(request) is not None:
                # An account's cart is closed by its order, so what was sent twice names the cart that it saw.
                held = await _named(inside, found, request, id_in(fields, "cart")) or held
            if held is None:
                return None
            await _refuse_undeliverable(inside, found, held)
            return await orders.check_out(inside, found, held.cart_id, asked, token=held.proof.token)

        try:
            done = await backend.database.run(request.actor or ANONYMOUS, work)
        except BackstayError as refused:
            return await self._again(request, backend, shop, refused)
        if done is None:
            return see(f"{path_of(shop)}/cart")
        there = f"{path_of(shop)}/orders/{done.order.id}"
        if person_of(request) is None:  # an account proves its orders by itself
            keep_order(backend, request, shop, done.order.id, done.token)
        return see(f"{there}/pay" if done.order.due > 0 else there)

    async def _again(
        self, request: Request, backend: Backend, shop: str, refused: BackstayError
    ) -> Response[str]:
        here = await visit(backend, request, shop)
        return await _review_page(here, refused)


async def _named(uow: UnitOfWork, shop: Shop, request: Request, cart_id: UUID | None) -> Held | None:
    """The cart that the form names, if it is the account's, open or not."""
    person = person_of(request)
    if person is None or cart_id is None:
        return None
    proof = Proof(customer_id=person.id, token=None)
    try:
        await carts.get(uow, shop, cart_id, proof)
    except carts.NoSuchCart:
        return None
    return Held(cart_id, proof)


async def _refuse_undeliverable(uow: UnitOfWork, shop: Shop, held: Held) -> None:
    """Refuse what a shop that delivers cannot deliver there: an order would be made without a delivery."""
    cart = await carts.get(uow, shop, held.cart_id, held.proof)
    if cart.order_id is None and cart.shipping_method is None and await methods(uow, shop):
        raise NotReady(missing=["shipping_method"])


async def _address_page(here: Visit, made: PricedCart, typed: Typed, *, status: int = 200) -> Response[str]:
    countries = await countries_of(here.reader, here.shop)
    return show(
        here,
        "address",
        status=status,
        unseen=True,
        made=made,
        sums=sums.of_cart(made),
        typed=typed,
        countries=countries,
    )


async def _review_page(here: Visit, refused: BackstayError | None = None) -> Response[str]:
    made = await priced(here)
    if made is None or not made.goods.lines:
        wrong = None if refused is None else said_of(refused)
        return await cart_page(here, status=409 if wrong else 200, wrong=wrong)
    if made.cart.shipping_address is None or made.cart.email is None:
        return see(f"{here.path}/checkout")
    offers = {one.line.variant_id: one.offer for one in made.lines if one.offer is not None}
    return show(
        here,
        "review",
        status=200 if refused is None else refused.status,
        unseen=True,
        made=made,
        lines=[one for one in made.lines if not one.line.saved],
        sums=sums.of_cart(made),
        countries=COUNTRIES,
        delivers=bool(made.shipping_options) or not await methods(here.reader, here.shop),
        wrong=None if refused is None else said_of(refused, offers),
    )
