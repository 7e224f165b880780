"""A shop's orders, for its merchants."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, ClassVar
from uuid import UUID

from msgspec import Meta

from backstay.kernel.database import Page, Reader, UnitOfWork
from backstay.kernel.http import Controller, FromPath, FromQuery, IfMatch, JSONBody, ListQuery, get, post
from backstay.products.commerce.inventory import InsufficientStock, NotHeld, NotShipped
from backstay.products.commerce.orders import service
from backstay.products.commerce.orders.contracts.history import OrderEvent
from backstay.products.commerce.orders.contracts.order import Order
from backstay.products.commerce.orders.contracts.requests import (
    AppliedEdit,
    Cancellation,
    EditPreview,
    InvariantsReport,
    NewFulfilment,
    NewOrderNote,
    NewRefund,
    NewReturn,
    OrderEdit,
    OrderSummary,
)
from backstay.products.commerce.orders.contracts.simulations import NewSimulation, SimulationReport
from backstay.products.commerce.orders.errors import (
    NoSuchFulfilment,
    NoSuchOrder,
    NotEditable,
    OrderState,
    QuantityTooLarge,
    RefundTooLarge,
    StaleOrder,
    TotalChanged,
)
from backstay.products.commerce.orders.http.permissions import CHANGE, READ, REFUND
from backstay.products.commerce.orders.queries.lists import LIST
from backstay.products.commerce.pricing import Unpriceable
from backstay.products.commerce.shops import NoSuchShop, Slug, own
from backstay.systems.idempotency import Replayable

Instant = Annotated[
    datetime, Meta(tz=True, description="The moment to look at, with its time zone (RFC 3339).")
]
_MISSING = (NoSuchShop, NoSuchOrder)
_MOVED = (*_MISSING, StaleOrder, OrderState)


class OrdersController(Controller):
    """All orders of a shop."""

    path: ClassVar[str] = "/shops/{shop:str}/orders"
    name: ClassVar[str] = "orders"

    @get(permission=READ, listing=LIST, problems=[NoSuchShop])
    async def list_orders(self, reader: Reader, shop: FromPath[Slug], query: ListQuery) -> Page[OrderSummary]:
        """List a shop's orders, the newest first."""
        return await service.list_(reader, (await own(reader, shop)).id, query)

    @post("/simulations", permission=READ, status=200, problems=[NoSuchShop])
    async def simulate(
        self, reader: Reader, shop: FromPath[Slug], data: JSONBody[NewSimulation]
    ) -> SimulationReport:
        """Try a coupon that is not made yet on past orders. Nothing is kept.

        Looks at the newest 5,000 orders of the time (the last thirty days). Taxes play no part.
        """
        return await service.simulate(reader, await own(reader, shop), data)


class OrderController(Controller):
    """One order."""

    path: ClassVar[str] = "/shops/{shop:str}/orders/{order_id:uuid}"

    @get(permission=READ, problems=_MISSING)
    async def read(self, reader: Reader, shop: FromPath[Slug], order_id: FromPath[UUID]) -> Order:
        """Read an order."""
        return await service.get(reader, (await own(reader, shop)).id, order_id)

    @get("/timeline", permission=READ, problems=_MISSING)
    async def timeline(
        self, reader: Reader, shop: FromPath[Slug], order_id: FromPath[UUID]
    ) -> list[OrderEvent]:
        """Read everything that happened to an order, the first first."""
        order = await service.get(reader, (await own(reader, shop)).id, order_id)
        return await service.history(reader, order.id)

    @get("/as-of", permission=READ, problems=_MISSING)
    async def as_of(
        self,
        reader: Reader,
        shop: FromPath[Slug],
        order_id: FromPath[UUID],
        at: FromQuery[Instant | None] = None,
    ) -> Order:
        """Read an order as it was at an instant, now when none is given, made again from its events."""
        found = await own(reader, shop)
        return await service.as_of(reader, found.id, order_id, at or reader.now())

    @post("/cancel", permission=CHANGE, status=200, problems=_MOVED, declares=[Replayable(required=True)])
    async def cancel(
        self,
        uow: UnitOfWork,
        shop: FromPath[Slug],
        order_id: FromPath[UUID],
        expected: IfMatch,
        data: JSONBody[Cancellation],
    ) -> Order:
        """Call an order off of which nothing has left; its stock, coupons and money go back."""
        shop_id = (await own(uow, shop)).id
        return await service.cancel(uow, shop_id, order_id, data, expected=expected)

    @post(
        "/fulfilments",
        permission=CHANGE,
        problems=[*_MOVED, QuantityTooLarge, NotHeld],
        declares=[Replayable(required=True)],
    )
    async def fulfil(
        self,
        uow: UnitOfWork,
        shop: FromPath[Slug],
        order_id: FromPath[UUID],
        expected: IfMatch,
        data: JSONBody[NewFulfilment],
    ) -> Order:
        """Send a parcel: all that has not left yet, or so many units of lines."""
        shop_id = (await own(uow, shop)).id
        return await service.fulfil(uow, shop_id, order_id, data, expected=expected)

    @post(
        "/fulfilments/{fulfilment_id:uuid}/delivered",
        permission=CHANGE,
        status=200,
        problems=[*_MISSING, NoSuchFulfilment],
    )
    async def deliver(
        self,
        uow: UnitOfWork,
        shop: FromPath[Slug],
        order_id: FromPath[UUID],
        fulfilment_id: FromPath[UUID],
    ) -> Order:
        """Note that a parcel arrived. Once all have, the order is completed."""
        return await service.deliver(uow, (await own(uow, shop)).id, order_id, fulfilment_id)

    @post(
        "/returns",
        permission=CHANGE,
        problems=[*_MOVED, QuantityTooLarge, NotShipped],
        declares=[Replayable(required=True)],
    )
    async def take_back(
        self,
        uow: UnitOfWork,
        shop: FromPath[Slug],
        order_id: FromPath[UUID],
        expected: IfMatch,
        data: JSONBody[NewReturn],
    ) -> Order:
        """Take goods back, and into stock what can be sold again. Their money is refunded by itself."""
        shop_id = (await own(uow, shop)).id
        return await service.take_back(uow, shop_id, order_id, data, expected=expected)

    @post(
        "/refunds",
        permission=REFUND,
        problems=[*_MOVED, QuantityTooLarge, RefundTooLarge],
        declares=[Replayable(required=True)],
    )
    async def refund(
        self,
        uow: UnitOfWork,
        shop: FromPath[Slug],
        order_id: FromPath[UUID],
        expected: IfMatch | None,
        data: JSONBody[NewRefund],
    ) -> Order:
        """Give money back. Goods are taken back by themselves."""
        shop_id = (await own(uow, shop)).id
        return await service.refund(uow, shop_id, order_id, data, expected=expected)

    @post("/edits/preview", permission=CHANGE, status=200, problems=[*_MISSING, OrderState, NotEditable])
    async def preview(
        self, reader: Reader, shop: FromPath[Slug], order_id: FromPath[UUID], data: JSONBody[OrderEdit]
    ) -> EditPreview:
        """Show what an edit would make of an order. Nothing changes."""
        return await service.preview(reader, await own(reader, shop), order_id, data)

    @post(
        "/edits",
        permission=CHANGE,
        status=200,
        problems=[*_MOVED, NotEditable, TotalChanged, InsufficientStock, Unpriceable],
        declares=[Replayable(required=True)],
    )
    async def edit(
        self,
        uow: UnitOfWork,
        shop: FromPath[Slug],
        order_id: FromPath[UUID],
        expected: IfMatch,
        data: JSONBody[AppliedEdit],
    ) -> Order:
        """Add, take out and change lines before anything leaves, and settle the difference."""
        return await service.apply(uow, await own(uow, shop), order_id, data, expected=expected)

    @post("/notes", permission=CHANGE, problems=_MISSING)
    async def note(
        self, uow: UnitOfWork, shop: FromPath[Slug], order_id: FromPath[UUID], data: JSONBody[NewOrderNote]
    ) -> Order:
        """Write something down in an order's timeline."""
        return await service.note(uow, (await own(uow, shop)).id, order_id, data)


class ProofController(Controller):
    """What must hold of a shop, looked at now."""

    path: ClassVar[str] = "/shops/{shop:str}/invariants"
    name: ClassVar[str] = "invariants"

    @get(permission=READ, problems=[NoSuchShop])
    async def check(self, reader: Reader, shop: FromPath[Slug]) -> InvariantsReport:
        """Compare all orders with their events, lines and payments, and the stock with its ledger.

        Reads every order of the shop, and shows the rows that break a rule. There must be none.
        """
        return await service.invariants(reader, (await own(reader, shop)).id)
