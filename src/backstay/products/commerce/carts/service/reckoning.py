"""What a cart comes to now, and what its shopper should know."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final
from uuid import UUID

from backstay.kernel.database import Reader
from backstay.products.commerce.carts.contracts import (
    Cart,
    CartLine,
    CartView,
    Notice,
    NoticeKind,
    PricedCart,
    PricedLine,
    ShownCart,
    ShownLine,
)
from backstay.products.commerce.catalog import Offer, offers
from backstay.products.commerce.coupons import Buyer, Goods, GoodsLine, judge
from backstay.products.commerce.giftcards import shares, standing
from backstay.products.commerce.inventory import Availability, available
from backstay.products.commerce.pricing import (
    Basket,
    Line,
    Policy,
    Priced,
    Shipping,
    TaxRate,
    price,
)
from backstay.products.commerce.shops import Shop, charges, shipping

SHIPPING: Final = "shipping"
"""What the one shipment of a cart is called in its basket."""


def buyer_of(cart: Cart) -> Buyer:
    """Whoever buys, as far as the cart knows."""
    return Buyer(customer_id=cart.customer_id, email=cart.email)


async def priced(reader: Reader, shop: Shop, cart: Cart, *, holder: UUID | None = None) -> PricedCart:
    """What the cart comes to now: prices, coupons, shipping, taxes, with the notices of each line.

    Lines that are gone or saved for later are in `lines`, and not in the totals. `holder`: whose hold of
    stock is the cart's own, so that it does not stand in its way; the cart itself when not said.
    """
    ids = [line.variant_id for line in cart.lines]
    found = await offers(reader, shop, ids, currency=cart.currency, customer_id=cart.customer_id)
    there = await available(reader, shop.id, ids, except_holder=holder or cart.id) if ids else {}
    lines = tuple(
        _noticed(shop, line, found.get(line.variant_id), there.get(line.variant_id)) for line in cart.lines
    )
    bought = [(one.line, one.offer) for one in lines if one.offer is not None and not one.line.saved]
    goods = Goods(currency=cart.currency, lines=tuple(_as_goods(line, offer) for line, offer in bought))
    verdicts = await judge(reader, shop, cart.codes, buyer_of(cart), goods)
    charged = await charges(reader, shop, cart.destination)
    basket = Basket(
        currency=cart.currency,
        lines=tuple(_as_line(line, offer, charged.taxes) for line, offer in bought),
        discounts=tuple(one.discount for one in verdicts if one.discount is not None),
        policy=Policy(prices=shop.prices, rounded_per=shop.rounded_per),
    )
    before = price(basket)
    options = shipping(
        charged,
        currency=cart.currency,
        subtotal=before.subtotal - before.discount,
        weight=sum(line.quantity * offer.weight for line, offer in bought),
    )
    chosen = next((one for one in options if one.id == cart.shipping_method), None)
    if chosen is not None and bought:
        basket = _shipped(basket, chosen.amount)
    totals = price(basket) if basket.shipping else before
    cards = await standing(reader, shop, cart.gift_cards)
    return PricedCart(
        cart=cart,
        lines=lines,
        goods=goods,
        verdicts=tuple(verdicts),
        basket=basket,
        totals=totals,
        shipping=chosen,
        shipping_options=tuple(options),
        gift_cards=shares(cards, cart.currency, totals.total),
    )


def view(one: PricedCart, token: str | None = None) -> CartView:
    """As its shopper sees it."""
    cart = one.cart
    by_id = {line.id: line for line in one.totals.lines}
    return CartView(
        cart=ShownCart(**{name: getattr(cart, name) for name in ShownCart.__struct_fields__}),
        lines=tuple(_shown(line, by_id.get(str(line.line.variant_id))) for line in one.lines),
        coupons=one.verdicts,
        shipping_options=one.shipping_options,
        totals=one.totals,
        gift_cards=one.gift_cards,
        due=one.due,
        token=token,
    )


def _noticed(shop: Shop, line: CartLine, offer: Offer | None, there: Availability | None) -> PricedLine:
    notices = []
    if offer is None:
        notices.append(Notice(kind=NoticeKind.GONE, was=line.seen_price))
    elif line.seen_price not in {None, offer.unit_price}:
        notices.append(Notice(kind=NoticeKind.PRICE_CHANGED, was=line.seen_price, now=offer.unit_price))
    if offer is not None and there is not None and not there.covers(line.quantity):
        left = there.in_stock + there.backorder if shop.exact_stock else None
        notices.append(Notice(kind=NoticeKind.FEWER_LEFT, was=line.quantity, now=left))
    return PricedLine(line=line, offer=offer, notices=tuple(notices))


def _as_goods(line: CartLine, offer: Offer) -> GoodsLine:
    return GoodsLine(
        id=str(line.variant_id),
        amount=line.quantity * offer.unit_price,
        product_id=offer.product_id,
        category_ids=offer.category_ids,
        collection_ids=offer.collection_ids,
        brand_id=offer.brand_id,
        discountable=offer.discountable,
    )


def _as_line(line: CartLine, offer: Offer, rates: Mapping[str, tuple[TaxRate, ...]]) -> Line:
    return Line(
        id=str(line.variant_id),
        unit_price=offer.unit_price,
        quantity=line.quantity,
        taxes=rates.get(offer.tax_class, ()),
        discountable=offer.discountable,
    )


def _shipped(basket: Basket, amount: int) -> Basket:
    return Basket(
        currency=basket.currency,
        lines=basket.lines,
        discounts=basket.discounts,
        shipping=(Shipping(id=SHIPPING, amount=amount),),
        policy=basket.policy,
    )


def _shown(one: PricedLine, reckoned: Priced | None) -> ShownLine:
    return ShownLine(
        variant_id=one.line.variant_id,
        quantity=one.line.quantity,
        saved=one.line.saved,
        offer=one.offer,
        subtotal=reckoned.subtotal if reckoned else 0,
        discount=reckoned.discount if reckoned else 0,
        total=reckoned.total if reckoned else 0,
        notices=one.notices,
    )
