"""A cart becomes an order: proven, locked, compared with what the shopper saw, and completed with it."""

from __future__ import annotations

from uuid import UUID

import msgspec

from backstay.kernel.actor import Actor, ActorKind
from backstay.kernel.database import UnitOfWork
from backstay.products.commerce import carts
from backstay.products.commerce.carts import Cart, CartState
from backstay.products.commerce.orders.contracts.order import Address, Order
from backstay.products.commerce.orders.contracts.placing import NewOrder, Ordered
from backstay.products.commerce.orders.contracts.requests import CheckedOut, Checkout
from backstay.products.commerce.orders.errors import NotReady
from backstay.products.commerce.orders.service import book
from backstay.products.commerce.orders.service.access import Orders
from backstay.products.commerce.orders.service.placing import place
from backstay.products.commerce.orders.service.reading import payment_url
from backstay.products.commerce.shops import Shop


async def check_out(
    uow: UnitOfWork, shop: Shop, cart_id: UUID, asked: Checkout, *, token: str | None
) -> CheckedOut:
    """Make an order of a cart; of one that is an order already, give that order again.

    Args:
        uow: in the shop's organization, for the shopper.
        shop: whose.
        cart_id: of a cart that the shopper proves to be theirs.
        asked: what the shopper saw.
        token: of a guest's cart.

    Raises:
        NoSuchCart: there is none, or it is not theirs.
        CartMerged: it is in another cart.
        CartChanged: it is not what they saw.
        NotReady: something is missing.
        NotYourTurn, CouponRefused, InsufficientStock, Unpriceable: as `place`.
    """
    proof = carts.proof_of(_person(uow.actor), token)
    cart = await carts.locked(uow, shop, cart_id, proof)
    if cart.state is CartState.COMPLETED and cart.order_id is not None:
        order = await book.get(uow, shop.id, cart.order_id)
        return _answer(uow, order, await payment_url(uow, order))
    if cart.state is CartState.MERGED:
        raise carts.CartMerged(cart.merged_into)
    if cart.version != asked.cart_version:
        made = await carts.priced(uow, shop, cart)
        carts.expect(made, version=asked.cart_version, total=asked.expected_total)
    order = await place(uow, shop, _new(cart, asked))
    carts.complete(uow, cart, order.id)
    # Its provider is asked after the commit, so there is no page yet, and nobody to be asked for it.
    return _answer(uow, order, None)


def _new(cart: Cart, asked: Checkout) -> NewOrder:
    lines = tuple(
        Ordered(
            id=str(number),
            variant_id=line.variant_id,
            quantity=line.quantity,
            seen_price=line.seen_price,
        )
        for number, line in enumerate((line for line in cart.lines if not line.saved), start=1)
    )
    if cart.email is None or not lines:
        empty = {"email": cart.email, "lines": lines, "shipping_address": cart.shipping_address}
        raise NotReady(missing=[name for name, value in empty.items() if not value])
    return NewOrder(
        source_id=cart.id,
        currency=cart.currency,
        lines=lines,
        email=cart.email,
        return_url=asked.return_url,
        customer_id=cart.customer_id,
        codes=cart.codes,
        gift_cards=cart.gift_cards,
        country=cart.destination,
        shipping_address=_address(cart.shipping_address),
        billing_address=_address(cart.billing_address),
        shipping_id=cart.shipping_method,
        version=cart.version,
        expected_total=asked.expected_total,
        expected_due=asked.expected_due,
        place=asked.place,
        note="\n".join(text for text in (cart.note, asked.note) if text),
    )


def _address(given: carts.Address | None) -> Address | None:
    return None if given is None else msgspec.convert(msgspec.structs.asdict(given), Address)


def _answer(uow: UnitOfWork, order: Order, url: str | None) -> CheckedOut:
    return CheckedOut(
        order=order,
        token=uow.part(Orders).token(order.id),
        payment_id=order.payments[-1].payment_id if order.payments else None,
        payment_url=url,
    )


def _person(actor: Actor) -> Actor | None:
    return actor if actor.kind is ActorKind.USER else None
