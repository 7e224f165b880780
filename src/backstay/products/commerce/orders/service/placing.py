"""From goods to an order, in one commit: reckoned anew, stock reserved, coupons claimed, payment begun."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from msgspec import structs

from backstay.kernel.database import UnitOfWork
from backstay.kernel.ids import uuid7
from backstay.products.commerce import catalog, coupons, inventory, shops
from backstay.products.commerce.carts import CartChanged, LineDifference
from backstay.products.commerce.catalog import Offer
from backstay.products.commerce.orders.contracts.history import PaymentAsked, Placed
from backstay.products.commerce.orders.contracts.order import AppliedCoupon, Order
from backstay.products.commerce.orders.contracts.placing import NewOrder, Ordered
from backstay.products.commerce.orders.errors import NotReady
from backstay.products.commerce.orders.queries import orders as queries
from backstay.products.commerce.orders.service import baskets, book
from backstay.products.commerce.orders.service.asking import Asking, ask, pay_with_cards
from backstay.products.commerce.orders.service.passing import pass_gate
from backstay.products.commerce.pricing import Basket, Policy, PriceStepKind, Shipping, Totals, price
from backstay.products.commerce.shops import ShippingOption, Shop

_ALPHABET: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's base 32: no letter is taken for a digit when a number is read out."""
_DIGITS: Final = 8


async def of_cart(uow: UnitOfWork, shop_id: UUID, cart_id: UUID) -> Order | None:
    """The order that a cart has become."""
    row = await uow.first(queries.OF_CART, cart_id=cart_id, shop_id=shop_id)
    return None if row is None else row.state


async def place(uow: UnitOfWork, shop: Shop, new: NewOrder) -> Order:
    """Make an order of goods: all of it, or nothing.

    It is reckoned anew from what is asked for now. A place in a queue is used first, then coupons are
    claimed, then gift cards pay, then stock is reserved, and then comes the rest, so that nobody waits for
    another in a ring.

    Args:
        uow: in the shop's organization; of a cart, holds the cart's lock.
        shop: whose.
        new: what is bought, by whom, and what they saw.

    Raises:
        NotReady: something is missing; names all of it.
        CartChanged: something is gone, it comes to another total than the buyer saw, or gift cards pay less.
        NotYourTurn: something is sold in turn, and it is not the buyer's.
        CouponRefused: a code cannot be used.
        InsufficientStock: there is too little of something; names all of it.
        Unpriceable: it is beyond what can be reckoned.
    """
    ids = [line.variant_id for line in new.lines]
    offers = await catalog.offers(uow, shop, ids, currency=new.currency, customer_id=new.customer_id)
    _refuse_gone(new, offers)
    await pass_gate(uow, new, [line.variant_id for line in new.lines if offers[line.variant_id].gated])
    country = new.shipping_address.country if new.shipping_address else new.country or shop.country
    charged = await shops.charges(uow, shop, country)
    lines = [(line.id, offers[line.variant_id], line.quantity) for line in new.lines]
    buyer = coupons.Buyer(customer_id=new.customer_id, email=new.email)
    goods = baskets.judged(lines, new.currency)
    applied = await coupons.claim(uow, shop, new.source_id, new.codes, buyer, goods)
    basket = Basket(
        currency=new.currency,
        lines=tuple(baskets.line_of(*line, charged.taxes) for line in lines),
        discounts=tuple(one.discount for one in applied),
        policy=Policy(prices=shop.prices, rounded_per=shop.rounded_per),
    )
    totals = price(basket)
    # As the cart reckons: what is free from a sum on, is so after discounts.
    option = _shipping(charged, new, lines, subtotal=totals.subtotal - totals.discount)
    if option is not None:
        basket = structs.replace(basket, shipping=(Shipping(id=str(option.id), amount=option.amount),))
        totals = price(basket)
    if new.expected_total not in {None, totals.total}:
        raise CartChanged(new.version, _repriced(new.lines, offers), total=totals.total)
    order_id = uuid7()
    expires_at = uow.now() + timedelta(seconds=shop.order_expiry)
    asking = Asking(shop=shop, new=new, order_id=order_id, number=number_of(order_id), expires_at=expires_at)
    facts = await pay_with_cards(uow, asking, totals.total)
    wants = [inventory.Want(line.variant_id, line.quantity) for line in new.lines]
    await inventory.reserve(uow, shop.id, new.source_id, wants, until=None, first=shop.cart_hold is None)
    placed = Placed(
        shop_id=shop.id,
        number=asking.number,
        cart_id=new.source_id,
        hold_id=new.source_id,
        email=new.email,
        customer_id=new.customer_id,
        note=new.note,
        shipping_address=new.shipping_address,
        billing_address=new.billing_address or new.shipping_address,
        shipping_name=None if option is None else option.name,
        goods=tuple(baskets.goods_from(line_id, offer) for line_id, offer, _ in lines),
        coupons=tuple(_kept(one) for one in applied),
        basket=basket,
        totals=totals,
        expires_at=expires_at,
    )
    due = totals.total - sum(fact.amount for fact in facts if isinstance(fact, PaymentAsked))
    if due:
        facts += await ask(uow, asking, due, discounts=_taken_off(placed.coupons, totals))
    return book.begin(uow, order_id, [placed, *facts])


def number_of(order_id: UUID) -> str:
    """What people call an order: forty random bits of its id, which say nothing of how many there are.

    A number that counts would make every checkout of a shop wait for the one before.
    """
    bits = order_id.int
    signs = [_ALPHABET[bits >> 5 * place & 31] for place in range(_DIGITS)]
    return "".join(signs[:4]) + "-" + "".join(signs[4:])


def _shipping(
    charged: shops.Charges, new: NewOrder, lines: Sequence[tuple[str, Offer, int]], *, subtotal: int
) -> ShippingOption | None:
    missing = [] if new.lines else ["lines"]
    options = shops.shipping(
        charged,
        currency=new.currency,
        subtotal=subtotal,
        weight=sum(offer.weight * quantity for _, offer, quantity in lines),
    )
    chosen = next((one for one in options if one.id == new.shipping_id), None)
    if new.shipping_id is not None:
        if new.shipping_address is None:
            missing.append("shipping_address")
        if chosen is None:
            missing.append("shipping_method")
    elif options and new.ships:
        missing.append("shipping_method")
    if missing:
        raise NotReady(missing=missing)
    return chosen


def _refuse_gone(new: NewOrder, offers: Mapping[UUID, Offer]) -> None:
    if any(line.variant_id not in offers for line in new.lines):
        raise CartChanged(new.version, _repriced(new.lines, offers))


def _repriced(lines: Sequence[Ordered], offers: Mapping[UUID, Offer]) -> list[LineDifference]:
    found = []
    for line in lines:
        offer = offers.get(line.variant_id)
        now = None if offer is None else offer.unit_price
        if now is None or line.seen_price not in {None, now}:
            found.append(
                LineDifference(
                    variant_id=line.variant_id,
                    quantity_before=line.quantity,
                    quantity=line.quantity,
                    price_before=line.seen_price,
                    price=now,
                )
            )
    return found


def _taken_off(applied: Sequence[AppliedCoupon], totals: Totals) -> dict[str, int]:
    """What each coupon took off, by what the customer knows it as."""
    off: Counter[str] = Counter()
    for coupon in applied:
        off[coupon.code or coupon.name] -= sum(
            step.amount
            for step in totals.steps
            if step.kind is PriceStepKind.DISCOUNT and step.id == coupon.discount_id and not step.included
        )
    return {name: amount for name, amount in off.items() if amount > 0}


def _kept(applied: coupons.Applied) -> AppliedCoupon:
    values: dict[str, Any] = {
        name: getattr(applied, name) for name in ("coupon_id", "code", "name", "kind", "value")
    }
    return AppliedCoupon(**values, discount_id=applied.discount.id)
