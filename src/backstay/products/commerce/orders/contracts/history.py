"""What happened to an order: its events, from which everything else about it follows.

Stored events outlive the code that wrote them: a field may be added with a default, nothing else changes.
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import TypeAlias
from uuid import UUID

from msgspec import Struct

from backstay.products.commerce.orders.contracts.order import (
    Address,
    AppliedCoupon,
    Fulfilment,
    OrderRefund,
    OrderReturn,
    PayingCard,
)
from backstay.products.commerce.pricing import Basket, Totals


def _snake(name: str) -> str:
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower()


class Fact(Struct, frozen=True, kw_only=True, tag_field="type", tag=_snake):
    """Something that happened to an order."""


class Goods(Struct, frozen=True, kw_only=True):
    """What a line is, beside what it costs, which is in the basket."""

    line_id: str
    variant_id: UUID
    product_id: UUID
    sku: str
    title: str
    options: dict[str, str]
    image: str | None


class Placed(Fact, frozen=True, kw_only=True):
    """A cart became an order."""

    shop_id: UUID
    number: str
    cart_id: UUID
    hold_id: UUID
    email: str
    customer_id: UUID | None
    note: str
    shipping_address: Address | None
    billing_address: Address | None
    shipping_name: str | None
    goods: tuple[Goods, ...]
    coupons: tuple[AppliedCoupon, ...]
    basket: Basket
    totals: Totals
    """What the basket came to then; kept, so that no later way of reckoning changes it."""
    expires_at: datetime


class PaymentAsked(Fact, frozen=True, kw_only=True):
    """A payment was begun: the first one, one for what an edit added, or one that a gift card has made."""

    payment_id: UUID
    amount: int
    gift_card: PayingCard | None = None


class PaymentReceived(Fact, frozen=True, kw_only=True):
    """Money came for an order that waited for it."""

    payment_id: UUID
    amount: int


class PaymentFailed(Fact, frozen=True, kw_only=True):
    """Somebody tried to pay, and it did not work."""

    payment_id: UUID
    reason: str


class PaymentDoubted(Fact, frozen=True, kw_only=True):
    """What the provider says does not fit what was asked for; the order goes on waiting."""

    payment_id: UUID
    reason: str


class LateMoneyTaken(Fact, frozen=True, kw_only=True):
    """Money came after the order's end, and goes back: why it could not be reinstated."""

    payment_id: UUID
    amount: int
    why: str


class Reinstated(Fact, frozen=True, kw_only=True):
    """Money came after the order's end, and the goods were still to be had at their price."""

    payment_id: UUID
    amount: int
    hold_id: UUID


class Edited(Fact, frozen=True, kw_only=True):
    """What is bought was changed before anything left."""

    goods: tuple[Goods, ...]
    basket: Basket
    totals: Totals
    reason: str
    difference: int
    """Minor units that it costs more now; negative for less."""


class Fulfilled(Fact, frozen=True, kw_only=True):
    """A parcel left."""

    fulfilment: Fulfilment


class Delivered(Fact, frozen=True, kw_only=True):
    """A parcel arrived."""

    fulfilment_id: UUID


class Completed(Fact, frozen=True, kw_only=True):
    """Everything arrived."""


class GoodsReturned(Fact, frozen=True, kw_only=True):
    """Goods came back. Their money is another matter."""

    returned: OrderReturn


class RefundBegun(Fact, frozen=True, kw_only=True):
    """Money is on its way back."""

    refund: OrderRefund


class RefundSucceeded(Fact, frozen=True, kw_only=True):
    """The money is back."""

    refund_id: UUID


class RefundFailed(Fact, frozen=True, kw_only=True):
    """The money did not go back, and can be refunded again."""

    refund_id: UUID
    reason: str


class Canceled(Fact, frozen=True, kw_only=True):
    """Somebody called it off."""

    reason: str


class Expired(Fact, frozen=True, kw_only=True):
    """Nobody paid in time."""


class Noted(Fact, frozen=True, kw_only=True):
    """Somebody of the shop wrote something down."""

    text: str
    visible: bool = False
    """Whether the customer reads it too."""


AnyFact: TypeAlias = (
    Placed
    | PaymentAsked
    | PaymentReceived
    | PaymentFailed
    | PaymentDoubted
    | LateMoneyTaken
    | Reinstated
    | Edited
    | Fulfilled
    | Delivered
    | Completed
    | GoodsReturned
    | RefundBegun
    | RefundSucceeded
    | RefundFailed
    | Canceled
    | Expired
    | Noted
)


class OrderEvent(Struct, frozen=True, kw_only=True):
    """A line of an order's timeline."""

    sequence: int
    """The order's events are numbered from 1, without a gap."""
    at: datetime
    actor_id: UUID | None
    """Who did it; null for whoever is not signed in, and for the house itself."""
    actor: str
    """What they are: `user`, `service`, `system` or `anonymous`."""
    fact: AnyFact
