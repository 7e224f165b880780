"""A guest's cart of two mugs, as it is opened, filled in and answered; an order's example goes on with it."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from backstay.products.commerce.carts.contracts.asking import (
    AddCode,
    AddGiftCard,
    AddLine,
    AddLines,
    CartChanges,
    NewCart,
)
from backstay.products.commerce.carts.contracts.carts import Address, CartState
from backstay.products.commerce.carts.contracts.priced import CartView, ShownCart, ShownLine
from backstay.products.commerce.catalog import examples as goods
from backstay.products.commerce.pricing import Basket, Line, Policy, Prices, Shipping, TaxRate, price
from backstay.products.commerce.shops import ShippingOption

CART_ID: Final = UUID("01983a52-7c3e-7b1a-9f0e-3d9f5a6b7c05")
POST: Final = ShippingOption(
    id=UUID("01983a52-7c3e-7b1a-9f0e-3d9f5a6b7c06"),
    name="Post",
    amount=490,
    currency="EUR",
    countries=("DE",),
    free_from=5000,
    max_weight=None,
    position=0,
)
ADDRESS: Final = Address(
    name="Ada Lovelace", line1="1 Analytical Way", postal_code="10115", city="Berlin", country="DE"
)
EMAIL: Final = "ada@example.test"
BASKET: Final = Basket(
    currency="EUR",
    lines=(
        Line(
            id=str(goods.MOSS_ID),
            unit_price=goods.MOSS.unit_price,
            quantity=2,
            taxes=(TaxRate(name="VAT", ppm=190_000),),
        ),
    ),
    shipping=(Shipping(id="shipping", amount=POST.amount),),
    policy=Policy(prices=Prices.INCLUDED),
)
_TOTALS: Final = price(BASKET)

LINE: Final = AddLine(variant_id=goods.MOSS_ID, quantity=2)
NEW: Final = NewCart(currency="EUR", lines=(LINE,))
MORE: Final = AddLines(lines=(LINE,))
CODE: Final = AddCode(code="WELCOME")
GIFT_CARD: Final = AddGiftCard(code="7K3M-Q9TZ-04VD-HN2X")
CHANGES: Final = CartChanges(email=EMAIL, shipping_address=ADDRESS, shipping_method=POST.id)
VIEW: Final = CartView(
    cart=ShownCart(
        id=CART_ID,
        state=CartState.OPEN,
        currency="EUR",
        country="DE",
        email=EMAIL,
        note=None,
        shipping_address=ADDRESS,
        billing_address=None,
        shipping_method=POST.id,
        codes=(),
        order_id=None,
        merged_into=None,
        held_until=None,
        version=3,
    ),
    lines=(
        ShownLine(
            variant_id=goods.MOSS_ID,
            quantity=2,
            saved=False,
            offer=goods.MOSS,
            subtotal=_TOTALS.lines[0].subtotal,
            discount=0,
            total=_TOTALS.lines[0].total,
            notices=(),
        ),
    ),
    coupons=(),
    shipping_options=(POST,),
    totals=_TOTALS,
    due=_TOTALS.total,
)
