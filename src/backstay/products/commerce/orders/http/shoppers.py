"""The checkout, and their own orders, for shoppers: with an account or without."""

from __future__ import annotations

from typing import Annotated, ClassVar, Final
from uuid import UUID

from msgspec import Meta

from backstay.kernel.actor import Actor, ActorKind
from backstay.kernel.database import Page, Reader, UnitOfWork
from backstay.kernel.errors import Unauthenticated
from backstay.kernel.http import (
    Controller,
    FromHeader,
    FromPath,
    JSONBody,
    ListQuery,
    Response,
    get,
    post,
)
from backstay.products.commerce import carts
from backstay.products.commerce.coupons import CouponRefused
from backstay.products.commerce.inventory import InsufficientStock
from backstay.products.commerce.orders import service
from backstay.products.commerce.orders.contracts import examples
from backstay.products.commerce.orders.contracts.requests import (
    CheckedOut,
    Checkout,
    OrderSummary,
    ShopperCancellation,
    ShopperOrder,
)
from backstay.products.commerce.orders.errors import NoSuchOrder, NotReady, NotYourTurn, OrderState
from backstay.products.commerce.orders.queries.lists import OWN
from backstay.products.commerce.orders.service import checkout as checking_out
from backstay.products.commerce.pricing import Unpriceable
from backstay.products.commerce.shops import NoSuchShop, Slug, enter
from backstay.systems.idempotency import Replayable

Token = Annotated[str, Meta(min_length=1, max_length=200, description="The order's secret.")]
CartToken = Annotated[str, Meta(min_length=1, max_length=200, description="The cart's secret.")]
_UNSEEN: Final = {"cache-control": "no-store"}
"""Names and addresses, and the secret that leads to them: nothing for caches."""
_MISSING = (NoSuchShop, NoSuchOrder)


class CheckoutController(Controller):
    """A cart becomes an order."""

    path: ClassVar[str] = "/store/{shop:str}/carts/{cart_id:uuid}/checkout"
    name: ClassVar[str] = "checkout"

    @post(
        public=True,
        problems=[
            NoSuchShop,
            carts.NoSuchCart,
            carts.CartChanged,
            carts.CartMerged,
            NotReady,
            NotYourTurn,
            CouponRefused,
            InsufficientStock,
            Unpriceable,
        ],
        declares=[Replayable(required=True, proof="X-Cart-Token")],
        asked=examples.CHECKOUT,
        example=examples.CHECKED_OUT,
    )
    async def check_out(
        self,
        uow: UnitOfWork,
        actor: Actor | None,
        shop: FromPath[Slug],
        cart_id: FromPath[UUID],
        data: JSONBody[Checkout],
        x_cart_token: FromHeader[CartToken | None] = None,
    ) -> Response[CheckedOut]:
        """Make an order of a cart, if it is still what the shopper saw.

        In one commit: prices, taxes and shipping reckoned anew, coupons claimed, stock reserved, the order
        placed, its payment begun. A cart that is an order already gives that order again.
        """
        del actor  # it is the unit's: a shopper who is signed in stays who they are
        inside, found = await enter(uow, shop)
        done = await checking_out.check_out(inside, found, cart_id, data, token=x_cart_token)
        place = f"/v1/store/{shop}/orders/{done.order.id}"
        return Response(done, headers={"location": place, **_UNSEEN})


class ShopperController(Controller):
    """A shopper's own orders."""

    path: ClassVar[str] = "/store/{shop:str}/orders"
    name: ClassVar[str] = "own_order"

    @get(public=True, listing=OWN, problems=[NoSuchShop, Unauthenticated])
    async def list_own(
        self, reader: Reader, actor: Actor | None, shop: FromPath[Slug], query: ListQuery
    ) -> Page[OrderSummary]:
        """List the orders of one's own account in the shop, the newest first."""
        if actor is None or actor.kind is not ActorKind.USER:
            raise Unauthenticated("Only accounts have lists; an order by itself is shown to its token.")
        inside, found = await enter(reader, shop)
        return await service.list_own(inside, found.id, query)

    @get("/{order_id:uuid}", public=True, problems=_MISSING, example=examples.PAID)
    async def read_own(
        self,
        reader: Reader,
        actor: Actor | None,
        shop: FromPath[Slug],
        order_id: FromPath[UUID],
        x_order_token: FromHeader[Token | None] = None,
    ) -> Response[ShopperOrder]:
        """Read one's own order, by account or by its token."""
        del actor
        inside, found = await enter(reader, shop)
        order = await service.of_customer(inside, found.id, order_id, x_order_token)
        return Response(await service.shown(inside, order), headers=_UNSEEN)

    @post("/{order_id:uuid}/settle", public=True, status=200, problems=_MISSING, example=examples.PAID)
    async def settle_own(
        self,
        uow: UnitOfWork,
        actor: Actor | None,
        shop: FromPath[Slug],
        order_id: FromPath[UUID],
        x_order_token: FromHeader[Token | None] = None,
    ) -> Response[ShopperOrder]:
        """Let one's order follow its payment, on the way back from the provider's page.

        Whether this or the provider's webhook comes first, the order is paid once.
        """
        del actor
        inside, found = await enter(uow, shop)
        order = await service.of_customer(inside, found.id, order_id, x_order_token)
        for asked in order.payments:
            order = await service.settle(inside, order.id, asked.payment_id)
        return Response(await service.shown(inside, order), headers=_UNSEEN)

    @post("/{order_id:uuid}/cancel", public=True, status=200, problems=[*_MISSING, OrderState])
    async def cancel_own(
        self,
        uow: UnitOfWork,
        actor: Actor | None,
        shop: FromPath[Slug],
        order_id: FromPath[UUID],
        data: JSONBody[ShopperCancellation],
        x_order_token: FromHeader[Token | None] = None,
    ) -> Response[ShopperOrder]:
        """Call off one's own order, as long as it is not paid."""
        del actor
        inside, found = await enter(uow, shop)
        order = await service.of_customer(inside, found.id, order_id, x_order_token)
        order = await service.cancel_own(inside, order, data.reason)
        return Response(await service.shown(inside, order), headers=_UNSEEN)
