"""What an order is made of: a cart's goods, or those that a program of the merchant's names."""

from __future__ import annotations

from uuid import UUID

from msgspec import Struct

from backstay.products.commerce.orders.contracts.order import Address


class Ordered(Struct, frozen=True, kw_only=True):
    """So many of a variant."""

    id: str
    """The line's, within the order."""
    variant_id: UUID
    quantity: int
    seen_price: int | None = None
    """The price of one that the buyer saw, in minor units."""


class NewOrder(Struct, frozen=True, kw_only=True):
    """An order to be placed."""

    source_id: UUID
    """The cart's id, or another that stands for this purchase: one of them is one order, for ever."""
    currency: str
    lines: tuple[Ordered, ...]
    email: str
    return_url: str
    """Where the provider's page leads back to."""
    customer_id: UUID | None = None
    codes: tuple[str, ...] = ()
    gift_cards: tuple[UUID, ...] = ()
    """Cards that pay first, by their ids, in the order in which they do."""
    country: str | None = None
    """Where taxes and shipping are reckoned for while there is no address; the shop's own when None."""
    shipping_address: Address | None = None
    billing_address: Address | None = None
    """As the shipping address, when None."""
    shipping_id: UUID | None = None
    """The way of shipping that was chosen."""
    ships: bool = True
    """Whether a way of shipping must be chosen where there are any."""
    version: int = 1
    """Of the cart that the buyer saw."""
    expected_total: int | None = None
    """What the buyer saw it come to; not compared when None."""
    expected_due: int | None = None
    """What the buyer saw was left to pay after gift cards: more is refused; not compared when None."""
    note: str = ""
    place: str | None = None
    """The signed place in a queue, of goods that are sold in turn."""
