"""The manifest of orders."""

from __future__ import annotations

from collections.abc import Sequence

from backstay.kernel.database import Database, Reader
from backstay.kernel.guarantees import declared_in
from backstay.kernel.module import Card, Module
from backstay.kernel.settings import Settings, deployment_keys
from backstay.products.commerce.coupons import Purchases
from backstay.products.commerce.orders import events, seed, tables
from backstay.products.commerce.orders.http import (
    CHANGE,
    READ,
    REFUND,
    CheckoutController,
    OrderController,
    OrdersController,
    ProofController,
    ShopperController,
)
from backstay.products.commerce.orders.jobs import (
    EXPIRY,
    expire_orders,
    note_payment,
    settle_order,
    settle_refund,
)
from backstay.products.commerce.orders.queries import lists
from backstay.products.commerce.orders.service import Orders
from backstay.products.commerce.orders.service.personal import PERSONAL
from backstay.products.commerce.orders.settings import OrdersSettings


def prepare(database: Database, _modules: Sequence[Module], settings: Settings) -> None:
    """Derive the key of the tokens; asks the database nothing."""
    orders = Orders(deployment_keys(settings))
    database.parts.hold(orders)
    database.parts.hold(orders, Purchases)


async def card(reader: Reader) -> Card:
    """How many orders there are that were not given up."""
    count = await reader.one(lists.COUNT)
    return Card(f"{count:,}", "orders")


module = Module(
    name="orders",
    summary="Checkout and the life of an order: every cent and every unit accounted for, at any instant.",
    package=__package__,
    requires=[
        "shops",
        "pricing",
        "catalog",
        "inventory",
        "coupons",
        "giftcards",
        "carts",
        "payments",
        "idempotency",
        "events",
        "jobs",
    ],
    tables=tables.metadata,
    controllers=[
        CheckoutController,
        ShopperController,
        OrdersController,
        OrderController,
        ProofController,
    ],
    permissions=[READ, CHANGE, REFUND],
    events=[
        events.OrderPlaced,
        events.OrderPaid,
        events.OrderRecorded,
        events.OrderEdited,
        events.OrderFulfilled,
        events.OrderCompleted,
        events.OrderCanceled,
        events.OrderExpired,
        events.OrderReturned,
        events.OrderRefunded,
        events.OrderRefundFailed,
        events.LateMoneyReturned,
    ],
    settings=OrdersSettings,
    declares=[EXPIRY, expire_orders, settle_order, note_payment, settle_refund, PERSONAL],
    prepare=prepare,
    guarantees=declared_in(f"{__package__}.guarantees"),
    seed=seed.seed,
    card=card,
)
