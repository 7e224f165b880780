"""Orders that were made, paid and sent somewhere else: what has to be known of them to keep their books."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from msgspec import Struct

from backstay.products.commerce.orders.contracts.order import Address, RefundedLine


class PastLine(Struct, frozen=True, kw_only=True):
    """So many of a variant at the price that was paid for one; no tax is reckoned out of it."""

    id: str
    variant_id: UUID
    product_id: UUID
    sku: str
    title: str
    quantity: int
    unit_price: int


class PastOrder(Struct, frozen=True, kw_only=True):
    """An order that was paid and sent at once, as far as anybody knows."""

    id: UUID
    """Whoever brings a history says which of it is which: what is brought twice is refused, not doubled."""
    number: str
    """What people called it; unique in the shop."""
    at: datetime
    currency: str
    email: str = ""
    """Empty where nobody knows."""
    note: str = ""
    address: Address | None = None
    lines: tuple[PastLine, ...]
    shipping: int = 0
    """What was charged for sending it."""


class PastReturn(Struct, frozen=True, kw_only=True):
    """Goods of such an order that came back, and their money, which went back."""

    id: UUID
    order_id: UUID
    at: datetime
    lines: tuple[RefundedLine, ...]
    shipping: int = 0
    """Of the money, what was for shipping."""
    reason: str
