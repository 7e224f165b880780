"""Orders as people look at them."""

from __future__ import annotations

from uuid import UUID

from msgspec import structs

from backstay.kernel.database import ListRequest, Page, Reader, UnitOfWork
from backstay.kernel.trail import record
from backstay.products.commerce.orders.contracts import history as facts
from backstay.products.commerce.orders.contracts.history import Noted, OrderEvent
from backstay.products.commerce.orders.contracts.order import Order
from backstay.products.commerce.orders.contracts.requests import NewOrderNote, OrderSummary, ShopperOrder
from backstay.products.commerce.orders.contracts.states import ENDED
from backstay.products.commerce.orders.queries import lists
from backstay.products.commerce.orders.service import book
from backstay.systems import payments


async def list_(reader: Reader, shop_id: UUID, request: ListRequest) -> Page[OrderSummary]:
    """The shop's orders."""
    return await reader.page(lists.LIST, request, shop_id=shop_id)


async def list_own(reader: Reader, shop_id: UUID, request: ListRequest) -> Page[OrderSummary]:
    """The orders of the actor's own account in the shop."""
    return await reader.page(lists.OWN, request, shop_id=shop_id, customer_id=reader.actor.id)


async def shown(reader: Reader, order: Order) -> ShopperOrder:
    """An order as its customer sees it: without what is the shop's own business."""
    visible = [_public(event) for event in await book.history(reader, order.id) if _visible(event)]
    return ShopperOrder(order=order, payment_url=await payment_url(reader, order), timeline=visible)


async def payment_url(reader: Reader, order: Order) -> str | None:
    """Where to pay what is still due; None when nothing is, or the provider has opened no page yet."""
    if order.due <= 0 or order.status in ENDED:
        return None
    open_ = [one for one in order.payments if not one.received]
    return (await payments.find(reader, open_[-1].payment_id)).session_url if open_ else None


async def note(uow: UnitOfWork, shop_id: UUID, order_id: UUID, new: NewOrderNote) -> Order:
    """Write something down in an order's timeline.

    Raises:
        NoSuchOrder: the shop has none with this id.
    """
    order = await book.locked(uow, order_id, shop_id=shop_id)
    order = await book.record(uow, order, Noted(text=new.text, visible=new.visible))
    record(uow, "orders.note_added", subject=("order", order.id), after={"visible": new.visible})
    return order


def _visible(event: OrderEvent) -> bool:
    return not isinstance(event.fact, Noted | facts.PaymentDoubted) or (
        isinstance(event.fact, Noted) and event.fact.visible
    )


def _public(event: OrderEvent) -> OrderEvent:
    """Which of the shop's people did something is not the customer's to know."""
    return structs.replace(event, actor_id=None)
