"""An order as it stands: a snapshot of everything that was bought, and what became of it."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from msgspec import Meta, Struct

from backstay.products.commerce.orders.contracts.states import MoneyStatus, OrderStatus
from backstay.products.commerce.pricing import Basket, Priced, PriceStep, TaxTotal


class Address(Struct, frozen=True, kw_only=True):
    """Where something goes, or who pays for it, as it was said when the order was placed."""

    name: str
    line1: str
    city: str
    country: str
    company: str | None = None
    line2: str | None = None
    region: str | None = None
    postal_code: str | None = None
    phone: str | None = None


class OrderLine(Struct, frozen=True, kw_only=True):
    """So many of one thing, as it was when it was bought."""

    id: str
    """Within the order; `basket` and `priced` call it the same."""
    variant_id: UUID
    product_id: UUID
    sku: str
    title: str
    options: dict[str, str]
    image: str | None
    quantity: int
    unit_price: int
    priced: Priced
    """What it came to, with the waterfall of steps."""
    fulfilled: int = 0
    """Units that left."""
    returned: int = 0
    """Of them, units that came back."""
    refunded: int = 0
    """Units whose money went back, or is on its way."""
    refunded_amount: int = 0
    """That money, in minor units."""

    @property
    def open(self) -> int:
        """Units that have still to leave."""
        return self.quantity - self.fulfilled


class AppliedCoupon(Struct, frozen=True, kw_only=True):
    """A coupon as it was when it was used; what becomes of it later changes nothing here."""

    coupon_id: UUID
    code: str | None
    name: str
    kind: str
    """`fixed` or `percent`."""
    value: int
    """Minor units of the order's currency, or millionths."""
    discount_id: str
    """As the waterfalls call it."""


class PayingCard(Struct, frozen=True, kw_only=True):
    """A gift card that paid."""

    id: UUID
    last_four: str
    """Of its code."""


class OrderPayment(Struct, frozen=True, kw_only=True):
    """Money that was asked for."""

    payment_id: UUID
    amount: int
    gift_card: PayingCard | None = None
    """The card that made it; null for the deployment's provider."""
    received: int = 0
    refunding: int = 0
    refunded: int = 0

    @property
    def refundable(self) -> int:
        """Minor units that can still go back."""
        return self.received - self.refunding - self.refunded


class RefundState(StrEnum):
    """How far a refund has come."""

    PENDING = "pending"
    SUCCEEDED = "succeeded"
    FAILED = "failed"


class RefundedLine(Struct, frozen=True, kw_only=True):
    """What of a line is given back as money."""

    line_id: str
    quantity: int
    amount: int


class OrderRefund(Struct, frozen=True, kw_only=True):
    """Money that goes back out of one payment."""

    id: UUID
    payment_id: UUID
    amount: int
    lines: tuple[RefundedLine, ...] = ()
    shipping: int = 0
    """Of the amount, what is for shipping."""
    reason: str
    state: RefundState = RefundState.PENDING
    at: datetime
    error: str | None = None


class LineQuantity(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """So many units of a line."""

    line_id: Annotated[str, Meta(min_length=1, max_length=100)]
    quantity: Annotated[int, Meta(ge=1, le=1_000_000)]


class Fulfilment(Struct, frozen=True, kw_only=True):
    """A parcel that left."""

    id: UUID
    lines: tuple[LineQuantity, ...]
    carrier: str | None
    tracking_number: str | None
    tracking_url: str | None
    at: datetime
    delivered_at: datetime | None = None


class OrderReturn(Struct, frozen=True, kw_only=True):
    """Goods that came back."""

    id: UUID
    lines: tuple[LineQuantity, ...]
    restocked: tuple[LineQuantity, ...]
    """Of them, what can be sold again."""
    reason: str
    at: datetime


class Order(Struct, frozen=True, kw_only=True):
    """An order, whole."""

    id: UUID
    shop_id: UUID
    number: str
    """What people call it."""
    cart_id: UUID
    hold_id: UUID
    """Under which its stock and its coupons are held."""
    status: OrderStatus
    money: MoneyStatus
    currency: str
    email: str
    customer_id: UUID | None
    note: str
    """What the customer wrote."""
    shipping_address: Address | None
    billing_address: Address | None
    shipping_name: str | None
    lines: tuple[OrderLine, ...]
    shipments: tuple[Priced, ...]
    coupons: tuple[AppliedCoupon, ...]
    basket: Basket
    """What it was reckoned from: prices, taxes and discounts of the time."""
    subtotal: int
    discount: int
    shipping: int
    net: int
    tax: int
    total: int
    taxes: tuple[TaxTotal, ...]
    steps: tuple[PriceStep, ...]
    paid: int
    """What came in all, in minor units."""
    refunding: int
    refunded: int
    payments: tuple[OrderPayment, ...] = ()
    refunds: tuple[OrderRefund, ...] = ()
    fulfilments: tuple[Fulfilment, ...] = ()
    returns: tuple[OrderReturn, ...] = ()
    placed_at: datetime
    expires_at: datetime
    """Until when it waits for its money."""
    ended_at: datetime | None = None
    """When it was canceled or expired."""
    end_reason: str | None = None
    version: int
    """The number of its last event. Send it back as `If-Match` to change only what you saw."""

    @property
    def held(self) -> int:
        """Minor units that are here: came, and neither went back nor are on their way."""
        return self.paid - self.refunding - self.refunded

    @property
    def due(self) -> int:
        """Minor units that are still to be paid; less than nothing where too much came."""
        return self.total - self.held

    def line(self, line_id: str) -> OrderLine | None:
        """The line of this id."""
        return next((line for line in self.lines if line.id == line_id), None)
