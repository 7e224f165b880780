"""What is said to shoppers of what cannot be done, and of what happened to their orders."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final
from uuid import UUID

from backstay.kernel.errors import BackstayError
from backstay.kernel.money import written
from backstay.products.commerce import carts, orders
from backstay.products.commerce.catalog import Offer
from backstay.products.commerce.coupons import CouponRefused, Refusal
from backstay.products.commerce.inventory import InsufficientStock
from backstay.products.commerce.orders import OrderEvent, OrderStatus

_REFUSED: Final = {
    Refusal.UNKNOWN: "There is no such code.",
    Refusal.PAUSED: "This code cannot be used at the moment.",
    Refusal.NOT_YET: "This code cannot be used yet.",
    Refusal.EXPIRED: "This code has expired.",
    Refusal.USED_UP: "This code is used up.",
    Refusal.USED_BY_YOU: "You have used this code already.",
    Refusal.BUYER: "This code is counted once you have given your mail address.",
    Refusal.NOT_FOR_YOU: "This code is for somebody else.",
    Refusal.NOT_FIRST: "This code is for a first order.",
    Refusal.CURRENCY: "This code is not for this currency.",
    Refusal.NO_GOODS: "This code is for nothing that is in the cart.",
    Refusal.MINIMUM: "There is too little in the cart for this code.",
    Refusal.COMBINED: "This code cannot be combined with the other one.",
}
_MISSING: Final = {
    "email": "your mail address",
    "lines": "something in the cart",
    "shipping_address": "an address",
    "shipping_method": "a way of delivery",
}
STATUS: Final = {
    OrderStatus.PENDING: "Waiting for your payment",
    OrderStatus.PAID: "Paid, and being prepared",
    OrderStatus.PARTLY_FULFILLED: "Partly on its way",
    OrderStatus.FULFILLED: "On its way",
    OrderStatus.COMPLETED: "Delivered",
    OrderStatus.CANCELED: "Canceled",
    OrderStatus.EXPIRED: "Given up: it was not paid in time",
}
_HAPPENED: Final = {
    "Placed": "Order placed",
    "PaymentAsked": "Payment begun",
    "PaymentReceived": "Payment received",
    "PaymentFailed": "A payment did not work",
    "LateMoneyTaken": "A late payment came, and goes back",
    "Reinstated": "A late payment came, and the order was taken up again",
    "Edited": "Order changed",
    "Fulfilled": "A parcel left",
    "Delivered": "A parcel arrived",
    "Completed": "Everything arrived",
    "GoodsReturned": "Goods came back",
    "RefundBegun": "A refund is on its way",
    "RefundSucceeded": "The refund has arrived",
    "RefundFailed": "A refund did not work; we will try again",
    "Canceled": "Order canceled",
    "Expired": "Order given up",
    "Noted": "A note from the shop",
}


def said_of(refused: BackstayError, offers: Mapping[UUID, Offer] | None = None) -> str:
    """Why something cannot be done; `offers` name what is meant."""
    if isinstance(refused, CouponRefused):
        return of_refusal(refused.verdicts[0].refusal)
    if isinstance(refused, InsufficientStock):
        named = [
            offers[one.variant_id].title + (f" ({one.available} left)" if one.available else "")
            for one in refused.shortages
            if offers and one.variant_id in offers
        ]
        return f"There is not enough in stock of: {', '.join(named)}." if named else f"{refused.title}."
    if isinstance(refused, carts.CartChanged):
        return "Something changed since you looked. This is how it stands now."
    if isinstance(refused, orders.NotReady):
        missing = [_MISSING.get(one, one) for one in refused.extensions["missing"]]
        return f"Still missing: {', '.join(missing)}."
    return refused.detail or f"{refused.title}."


def of_refusal(refusal: Refusal | None) -> str:
    """Why a code takes nothing off."""
    return _REFUSED[refusal] if refusal is not None else ""


def happened(event: OrderEvent, currency: str) -> tuple[str, str]:
    """A line of an order's timeline: what happened, and what more there is to say of it."""
    fact = event.fact
    amount = getattr(fact, "amount", None)
    more = written(amount, currency) if isinstance(amount, int) else ""
    for name in ("reason", "text", "why"):
        more = getattr(fact, name, more)
    parcel = getattr(fact, "fulfilment", None)
    if parcel is not None:
        more = " ".join(one for one in (parcel.carrier, parcel.tracking_number) if one)
    refund = getattr(fact, "refund", None)
    if refund is not None:
        more = f"{written(refund.amount, currency)}: {refund.reason}"
    kind = type(fact).__name__
    return _HAPPENED.get(kind, kind), more
