"""From goods to a basket and its price: for a new order, an edited one, and one taken up again."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from uuid import UUID

from msgspec import structs

from backstay.products.commerce import coupons, inventory
from backstay.products.commerce.catalog import Offer
from backstay.products.commerce.orders.contracts.history import Goods
from backstay.products.commerce.orders.contracts.order import Order
from backstay.products.commerce.pricing import Discount, Line, TaxRate


def line_of(line_id: str, offer: Offer, quantity: int, rates: Mapping[str, tuple[TaxRate, ...]]) -> Line:
    """An offer, as a line to be priced."""
    return Line(
        id=line_id,
        unit_price=offer.unit_price,
        quantity=quantity,
        taxes=rates.get(offer.tax_class, ()),
        discountable=offer.discountable,
    )


def goods_from(line_id: str, offer: Offer) -> Goods:
    """What a line is, to be kept as it is now."""
    return Goods(
        line_id=line_id,
        variant_id=offer.variant_id,
        product_id=offer.product_id,
        sku=offer.sku,
        title=offer.title,
        options=dict(offer.options),
        image=offer.image,
    )


def judged(lines: Sequence[tuple[str, Offer, int]], currency: str) -> coupons.Goods:
    """Lines as coupons look at them: an id, an offer and a quantity each."""
    return coupons.Goods(
        currency=currency,
        lines=tuple(
            coupons.GoodsLine(
                id=line_id,
                amount=offer.unit_price * quantity,
                product_id=offer.product_id,
                category_ids=offer.category_ids,
                collection_ids=offer.collection_ids,
                brand_id=offer.brand_id,
                discountable=offer.discountable,
            )
            for line_id, offer, quantity in lines
        ),
    )


def goods_of(order: Order, offers: Mapping[UUID, Offer]) -> coupons.Goods:
    """An order's lines as coupons look at them."""
    lines = [(line.id, offers[line.variant_id], line.quantity) for line in order.lines]
    return judged(lines, order.currency)


def wants(order: Order) -> list[inventory.Want]:
    """What an order needs of the stock."""
    return [inventory.Want(line.variant_id, line.quantity) for line in order.lines]


def kept_goods(order: Order) -> list[Goods]:
    """What an order's lines are."""
    return [
        Goods(
            line_id=line.id,
            variant_id=line.variant_id,
            product_id=line.product_id,
            sku=line.sku,
            title=line.title,
            options=line.options,
            image=line.image,
        )
        for line in order.lines
    ]


def narrowed(discounts: Sequence[Discount], line_ids: Collection[str]) -> tuple[Discount, ...]:
    """Discounts as far as they are for lines that are still there."""
    found = []
    for discount in discounts:
        if discount.only is None or discount.on.value == "shipping":
            found.append(discount)
        elif left := tuple(one for one in discount.only if one in line_ids):
            found.append(structs.replace(discount, only=left))
    return tuple(found)
