"""An order as others reckon with it: what it comes to now, without who bought and where it went."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from msgspec import Struct

from backstay.products.commerce.orders.contracts.states import OrderStatus


class LineFigures(Struct, frozen=True, kw_only=True):
    """A line of it, as far as it stays sold."""

    product_id: UUID
    variant_id: UUID
    sku: str
    title: str
    image: str | None
    units: int
    """Without those that came back; none of an order that has ended."""
    total: int
    """Minor units, with tax and after discounts, without what went back for this line."""


class RefundFigures(Struct, frozen=True, kw_only=True):
    """Money that went back."""

    at: datetime
    """When it was begun."""
    amount: int


class OrderFigures(Struct, frozen=True, kw_only=True):
    """What an order comes to at a version. Every change of these figures is told by an event."""

    order_id: UUID
    shop_id: UUID
    version: int
    status: OrderStatus
    sold: bool
    """Whether all its money was there once, whatever became of it later."""
    customer_id: UUID | None
    email: str | None
    """None where nobody knows it, and once its person was erased."""
    currency: str
    placed_at: datetime
    coupons: int
    """How many it was bought with."""
    discount: int
    shipping: int
    """With tax and after discounts."""
    tax: int
    total: int
    units: int
    """As they were ordered, whatever came back."""
    lines: tuple[LineFigures, ...]
    refunds: tuple[RefundFigures, ...]
    """Those that are back; what is on its way is none yet."""
