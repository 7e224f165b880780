"""What became of an order, for whoever holds its cookie; and the ways to the provider's page and back."""

from __future__ import annotations

from typing import ClassVar
from uuid import UUID

from backstay.kernel.actor import ANONYMOUS
from backstay.kernel.backend import Backend
from backstay.kernel.database import Reader, UnitOfWork
from backstay.kernel.http import Controller, FromPath, Request, Response, get, post
from backstay.products.commerce import orders, reviews
from backstay.products.commerce.orders import NoSuchOrder, OrderStatus
from backstay.products.commerce.shops import NoSuchShop, Slug, enter
from backstay.products.commerce.storefront.http import sums
from backstay.products.commerce.storefront.http.addressing import COUNTRIES
from backstay.products.commerce.storefront.http.cookies import ORDER, cookie, keep_order, path_of
from backstay.products.commerce.storefront.http.forms import FORM_LIMIT
from backstay.products.commerce.storefront.http.showing import Page, see, show
from backstay.products.commerce.storefront.http.visits import visit
from backstay.products.commerce.storefront.http.words import STATUS, happened
from backstay.systems import payments

_REASON = "The customer did not want it any more."


class OrderController(Controller):
    """An order, for whoever bought it."""

    path: ClassVar[str] = "/store/{shop:str}"
    name: ClassVar[str] = "page"
    version: ClassVar[str | None] = None

    @get("/paid", public=True, hidden=True, any_query=True, problems=[NoSuchShop], declares=[Page()])
    async def paid(self, request: Request, reader: Reader, shop: FromPath[Slug]) -> Response[str]:
        """Where the provider's page leads back to: on to the order, where its cookie is sent."""
        inside, _ = await enter(reader, shop)
        try:
            payment_id = UUID(next(iter(request.query.get("payment", ())), ""))
        except ValueError:
            raise NoSuchOrder from None
        payment = await payments.find(inside, payment_id)
        return see(f"{path_of(shop)}/orders/{payment.subject_id}/paid")

    @get(
        "/orders/{order_id:uuid}/paid",
        public=True,
        hidden=True,
        any_query=True,
        problems=[NoSuchShop, NoSuchOrder],
        declares=[Page()],
    )
    async def settle(
        self, request: Request, uow: UnitOfWork, shop: FromPath[Slug], order_id: FromPath[UUID]
    ) -> Response[str]:
        """Let the order follow its payment, if no news of it has come yet; done again, it is nothing."""
        inside, found = await enter(uow, shop)
        order = await orders.of_customer(inside, found.id, order_id, cookie(request, ORDER))
        for asked in order.payments:
            await orders.settle(inside, order.id, asked.payment_id)
        return see(f"{path_of(shop)}/orders/{order_id}")

    @get(
        "/orders/{order_id:uuid}",
        public=True,
        hidden=True,
        any_query=True,
        problems=[NoSuchShop, NoSuchOrder],
        declares=[Page()],
    )
    async def order(
        self, request: Request, backend: Backend, shop: FromPath[Slug], order_id: FromPath[UUID]
    ) -> Response[str]:
        """Show how an order stands, and all that happened to it."""
        here = await visit(backend, request, shop)
        order = await orders.of_customer(here.reader, here.shop.id, order_id, cookie(request, ORDER))
        token = cookie(request, ORDER)
        said = await reviews.reviews_of(here.reader, here.shop, order_id, token)
        told = await orders.shown(here.reader, order)
        return show(
            here,
            "order",
            reviewed={one.line_id: one for one in said},
            unseen=True,
            order=order,
            pays=order.due > 0 and order.ended_at is None,
            cancels=order.status is OrderStatus.PENDING,
            stands=STATUS[order.status],
            sums=sums.of_order(order),
            countries=COUNTRIES,
            timeline=[(event.at, *happened(event, order.currency)) for event in reversed(told.timeline)],
        )

    @get(
        "/orders/{order_id:uuid}/open",
        public=True,
        hidden=True,
        any_query=True,
        problems=[NoSuchShop, NoSuchOrder],
        declares=[Page()],
    )
    async def open_(
        self,
        request: Request,
        backend: Backend,
        reader: Reader,
        shop: FromPath[Slug],
        order_id: FromPath[UUID],
    ) -> Response[str]:
        """Where a mail leads to: its token becomes the order's cookie, and stays in no address."""
        inside, found = await enter(reader, shop)
        token = next(iter(request.query.get("token", ())), "")
        await orders.of_customer(inside, found.id, order_id, token)
        keep_order(backend, request, shop, order_id, token)
        return see(f"{path_of(shop)}/orders/{order_id}")

    @get(
        "/orders/{order_id:uuid}/pay",
        public=True,
        hidden=True,
        any_query=True,
        problems=[NoSuchShop, NoSuchOrder],
        declares=[Page()],
    )
    async def pay(
        self, request: Request, backend: Backend, shop: FromPath[Slug], order_id: FromPath[UUID]
    ) -> Response[str]:
        """Go on to the provider's page, as soon as it has opened one.

        Not by a redirect: that would still be the form's, which may lead to us alone (CSP 3, form-action).
        """
        here = await visit(backend, request, shop)
        order = await orders.of_customer(here.reader, here.shop.id, order_id, cookie(request, ORDER))
        if order.due <= 0 or order.ended_at is not None:
            return see(f"{here.path}/orders/{order_id}")
        told = await orders.shown(here.reader, order)
        return show(here, "pay", unseen=True, order=order, url=told.payment_url)

    @post(
        "/orders/{order_id:uuid}/cancel",
        public=True,
        hidden=True,
        status=303,
        body_limit=FORM_LIMIT,
        problems=[NoSuchShop, NoSuchOrder],
        declares=[Page()],
    )
    async def cancel(
        self, request: Request, backend: Backend, shop: FromPath[Slug], order_id: FromPath[UUID]
    ) -> Response[str]:
        """Call the order off, as long as it is not paid."""

        async def work(uow: UnitOfWork) -> None:
            inside, found = await enter(uow, shop)
            order = await orders.of_customer(inside, found.id, order_id, cookie(request, ORDER))
            await orders.cancel_own(inside, order, _REASON)

        await backend.database.run(request.actor or ANONYMOUS, work)
        return see(f"{path_of(shop)}/orders/{order_id}")
