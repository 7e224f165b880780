"""What is asked of orders, and the shorter forms in which they are shown."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

from msgspec import Meta, Struct

from backstay.kernel.http import Payload
from backstay.kernel.money import Amount
from backstay.kernel.patterns import NOT_BLANK
from backstay.products.commerce.orders.contracts.history import OrderEvent
from backstay.products.commerce.orders.contracts.order import LineQuantity, Order
from backstay.products.commerce.orders.contracts.states import MoneyStatus, OrderStatus

SearchText = Annotated[str, Meta(min_length=1, max_length=200)]
Reason = Annotated[str, Meta(min_length=1, max_length=300, pattern=NOT_BLANK, examples=["Arrived broken"])]
Lines = Annotated[tuple[LineQuantity, ...], Meta(min_length=1, max_length=1000)]
PlaceToken = Annotated[
    str, Meta(min_length=1, max_length=200, description="A place in a drop, as joining it was answered.")
]
WebAddress = Annotated[str, Meta(max_length=1000, pattern="^https?://[!-~]+$")]


class OrderSummary(Struct, frozen=True):
    """A line of a list of orders."""

    id: UUID
    number: str
    status: OrderStatus
    money: MoneyStatus
    currency: str
    email: str
    customer_id: UUID | None
    units: int
    total: int
    paid: int
    refunded: int
    """What went back, or is on its way."""
    placed_at: datetime
    changed_at: datetime
    version: int


class Checkout(Payload, frozen=True, kw_only=True):
    """A cart to become an order: what the shopper saw of it when they decided."""

    cart_version: Annotated[int, Meta(ge=1)]
    expected_total: Amount
    expected_due: Amount | None = None
    """What the cart said is left to pay after gift cards; when it is more by now, nothing is bought."""
    return_url: Annotated[WebAddress, Meta(description="Where the provider's page leads back to.")]
    note: Annotated[str, Meta(max_length=2000)] = ""
    place: PlaceToken | None = None
    """The buyer's place in a drop, where a line's offer is `gated`; it is used up with the order."""


class CheckedOut(Struct, frozen=True, kw_only=True):
    """A cart that became an order, and how to get back to it."""

    order: Order
    token: str
    """Proves whoever has it to be the customer: send it as `X-Order-Token`. Keep it secret."""
    payment_id: UUID | None
    payment_url: str | None
    """Where to pay; null until the provider has opened its page: ask the order again."""


class ShopperOrder(Struct, frozen=True, kw_only=True):
    """An order as its customer sees it."""

    order: Order
    payment_url: str | None
    """Where to pay what is still due."""
    timeline: list[OrderEvent]


class Cancellation(Payload, frozen=True, kw_only=True):
    """An order to be called off. Its stock is for sale again, its coupons are given back."""

    reason: Reason
    refund: bool = True
    """Whether what was paid goes back."""


class ShopperCancellation(Payload, frozen=True, kw_only=True):
    """An order that its customer does not want any more."""

    reason: Reason


class NewFulfilment(Payload, frozen=True, kw_only=True):
    """A parcel that leaves."""

    lines: Lines | None = None
    """All that has not left yet when null."""
    carrier: Annotated[str, Meta(min_length=1, max_length=100)] | None = None
    tracking_number: Annotated[str, Meta(min_length=1, max_length=100)] | None = None
    tracking_url: WebAddress | None = None


class NewReturn(Payload, frozen=True, kw_only=True):
    """Goods that came back; their money is refunded by itself."""

    lines: Lines
    restock: Annotated[tuple[LineQuantity, ...], Meta(max_length=1000)] = ()
    """Of them, what can be sold again: it goes back to where it came from."""
    reason: Reason


class NewRefund(Payload, frozen=True, kw_only=True):
    """Money to be given back: for units of lines, for shipping, as a gesture, or all of these."""

    lines: Annotated[tuple[LineQuantity, ...], Meta(max_length=1000)] = ()
    shipping: Amount = 0
    extra: Amount = 0
    """Beyond lines and shipping."""
    reason: Reason


class LineEdit(Payload, frozen=True, kw_only=True):
    """A line to be of so many units; 0 takes it out."""

    line_id: Annotated[str, Meta(min_length=1, max_length=100)]
    quantity: Annotated[int, Meta(ge=0, le=1_000_000)]


class LineAddition(Payload, frozen=True, kw_only=True):
    """Something to be added, at its price of now."""

    variant_id: UUID
    quantity: Annotated[int, Meta(ge=1, le=1_000_000)]


class OrderEdit(Payload, frozen=True, kw_only=True):
    """What to change of what was bought."""

    changes: Annotated[tuple[LineEdit, ...], Meta(max_length=1000)] = ()
    additions: Annotated[tuple[LineAddition, ...], Meta(max_length=200)] = ()


class AppliedEdit(OrderEdit, frozen=True, kw_only=True):
    """An edit to be made, if it comes to what the preview said."""

    expected_total: Amount
    reason: Reason


class EditPreview(Struct, frozen=True, kw_only=True):
    """What an edit would make of an order."""

    order: Order
    """As it would be."""
    total: int
    difference: int
    """Minor units: to be paid more, or as a negative number given back."""


class NewOrderNote(Payload, frozen=True, kw_only=True):
    """Something to be remembered of an order."""

    text: Annotated[str, Meta(min_length=1, max_length=5000, pattern=NOT_BLANK)]
    visible: bool = False
    """Whether the customer reads it too."""


class BrokenRule(Struct, frozen=True, kw_only=True):
    """A row that breaks a rule that must hold of all of them."""

    rule: str
    subject: str
    """Which order or level."""
    is_now: int | str
    should_be: int | str


class InvariantsReport(Struct, frozen=True, kw_only=True):
    """What was looked at, and what was wrong: nothing, as long as the promises are kept."""

    holds: bool
    orders: int
    """Compared with their events, one by one."""
    levels: int
    """Of stock, compared with their ledger."""
    broken: list[BrokenRule]
    """The first hundred."""
