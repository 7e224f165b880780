"""The order that the cart of the examples becomes, as it is asked for, placed and paid."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID

import msgspec

from backstay.products.commerce.carts import contracts as carts
from backstay.products.commerce.catalog import examples as goods
from backstay.products.commerce.orders.contracts.order import Address, Order, OrderLine, OrderPayment
from backstay.products.commerce.orders.contracts.requests import CheckedOut, Checkout, ShopperOrder
from backstay.products.commerce.orders.contracts.states import MoneyStatus, OrderStatus
from backstay.products.commerce.pricing import price

ORDER_ID: Final = UUID("01983a52-7c3e-7b1a-9f0e-3d9f5a6b7c07")
PAYMENT_ID: Final = UUID("01983a52-7c3e-7b1a-9f0e-3d9f5a6b7c08")
_CART: Final = carts.examples
_SHOP_ID: Final = UUID("01983a52-7c3e-7b1a-9f0e-3d9f5a6b7c09")
_PLACED: Final = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)
_BASKET: Final = msgspec.structs.replace(
    _CART.BASKET, lines=(msgspec.structs.replace(_CART.BASKET.lines[0], id="1"),)
)
_TOTALS: Final = price(_BASKET)
_TO: Final = msgspec.convert(msgspec.structs.asdict(_CART.ADDRESS), Address)

CHECKOUT: Final = Checkout(
    cart_version=_CART.VIEW.cart.version,
    expected_total=_TOTALS.total,
    return_url="https://shop.example/thanks",
)
ORDER: Final = Order(
    id=ORDER_ID,
    shop_id=_SHOP_ID,
    number="7K3M-Q9ZD",
    cart_id=_CART.CART_ID,
    hold_id=_CART.CART_ID,
    status=OrderStatus.PENDING,
    money=MoneyStatus.UNPAID,
    currency="EUR",
    email=_CART.EMAIL,
    customer_id=None,
    note="",
    shipping_address=_TO,
    billing_address=_TO,
    shipping_name=_CART.POST.name,
    lines=(
        OrderLine(
            id="1",
            variant_id=goods.MOSS_ID,
            product_id=goods.PRODUCT_ID,
            sku=goods.MOSS.sku,
            title=goods.MOSS.title,
            options=goods.MOSS.options,
            image=goods.MOSS.image,
            quantity=2,
            unit_price=goods.MOSS.unit_price,
            priced=_TOTALS.lines[0],
        ),
    ),
    shipments=_TOTALS.shipments,
    coupons=(),
    basket=_BASKET,
    subtotal=_TOTALS.subtotal,
    discount=_TOTALS.discount,
    shipping=_TOTALS.shipping,
    net=_TOTALS.net,
    tax=_TOTALS.tax,
    total=_TOTALS.total,
    taxes=_TOTALS.taxes,
    steps=_TOTALS.steps,
    paid=0,
    refunding=0,
    refunded=0,
    payments=(OrderPayment(payment_id=PAYMENT_ID, amount=_TOTALS.total),),
    placed_at=_PLACED,
    expires_at=_PLACED + timedelta(days=4),
    version=2,
)
CHECKED_OUT: Final = CheckedOut(
    order=ORDER,
    token="the-secret-of-this-order",  # noqa: S106 - an example
    payment_id=PAYMENT_ID,
    payment_url=None,
)
PAID: Final = ShopperOrder(
    order=msgspec.structs.replace(
        ORDER,
        status=OrderStatus.PAID,
        money=MoneyStatus.PAID,
        paid=_TOTALS.total,
        payments=(OrderPayment(payment_id=PAYMENT_ID, amount=_TOTALS.total, received=_TOTALS.total),),
        version=3,
    ),
    payment_url=None,
    timeline=[],
)
