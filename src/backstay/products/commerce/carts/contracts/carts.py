"""What a cart is."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated, ClassVar, Final
from uuid import UUID

from msgspec import Meta, Struct

from backstay.kernel.patterns import MAIL_ADDRESS, NOT_BLANK
from backstay.products.commerce.shops import CountryCode
from backstay.systems.jobs import Job

CHANGES_KEPT: Final = 50
"""Changes of lines that a cart remembers, to tell a shopper what became of what they saw."""
MOST_CODES: Final = 10
MOST_GIFT_CARDS: Final = 5

Words = Annotated[str, Meta(min_length=1, max_length=200, pattern=NOT_BLANK)]
Email = Annotated[str, Meta(max_length=254, pattern=MAIL_ADDRESS, examples=["ada@example.test"])]
CartToken = Annotated[str, Meta(min_length=1, max_length=200, description="What proves a guest's cart.")]


class Address(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where something goes, or a bill."""

    name: Words
    line1: Words
    city: Words
    country: CountryCode
    company: Words | None = None
    line2: Words | None = None
    region: Words | None = None
    postal_code: Annotated[str, Meta(min_length=1, max_length=20, pattern=NOT_BLANK)] | None = None
    phone: Annotated[str, Meta(min_length=3, max_length=40, pattern="^[+0-9 ()./-]+$")] | None = None


class CartState(StrEnum):
    """Where a cart is in its life."""

    OPEN = "open"
    COMPLETED = "completed"
    """An order was made of it."""
    MERGED = "merged"
    """It is in its owner's other cart."""


class CartLine(Struct, frozen=True, kw_only=True):
    """So many of a variant."""

    variant_id: UUID
    quantity: int
    saved: bool = False
    """For later: it is kept, and not bought."""
    seen_price: int | None = None
    """Of one, in the cart's currency, when the shopper last took note of it."""
    added_at: datetime


class LineChange(Struct, frozen=True, kw_only=True):
    """What a change did to a line."""

    version: int
    """Of the cart, since this change."""
    variant_id: UUID
    before: int
    """Units to be bought; 0 where there were none, or they were saved for later."""
    after: int


class Cart(Struct, frozen=True, kw_only=True):
    """A cart, as it is kept."""

    id: UUID
    shop_id: UUID
    state: CartState
    customer_id: UUID | None
    """Whose account; None for a guest's."""
    currency: str
    country: str
    """Where it is taken to go while there is no address."""
    email: str | None
    note: str | None
    shipping_address: Address | None
    billing_address: Address | None
    shipping_method: UUID | None
    codes: tuple[str, ...]
    gift_cards: tuple[UUID, ...]
    """Cards that shall pay, by their ids, in the order in which they do."""
    lines: tuple[CartLine, ...]
    """In the order in which they were added."""
    changes: tuple[LineChange, ...]
    """The latest ones, oldest first."""
    order_id: UUID | None
    merged_into: UUID | None
    held_until: datetime | None
    """Until when its goods are held, in shops that hold carts' goods; then others may have them."""
    expires_at: datetime
    created_at: datetime
    updated_at: datetime
    version: int
    """Grows with every change; send it back as `If-Match` to change only what you saw."""

    @property
    def destination(self) -> str:
        """The country that taxes and shipping are reckoned for."""
        return self.shipping_address.country if self.shipping_address else self.country


class Proof(Struct, frozen=True):
    """What a shopper has to show for a cart: an account, or the token of a guest's."""

    customer_id: UUID | None
    token: str | None


class CartSummary(Struct, frozen=True):
    """A cart in a merchant's list."""

    id: UUID
    state: CartState
    customer_id: UUID | None
    email: str | None
    currency: str
    units: int
    """To be bought."""
    order_id: UUID | None
    created_at: datetime
    updated_at: datetime
    expires_at: datetime
    version: int


class ExpireCarts(Job, frozen=True, kw_only=True):
    """Remove carts whose time is over."""

    kind: ClassVar[str] = "carts.expire_carts"
