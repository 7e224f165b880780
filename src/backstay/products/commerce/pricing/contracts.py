"""What goes into a price and what comes out; all of it plain JSON, so that any client can do the same sum."""

from __future__ import annotations

from enum import Enum
from typing import Annotated

from msgspec import Meta, Struct

from backstay.kernel.money import Amount, CurrencyCode, Rounding

PPM = 1_000_000
"""Rates are whole millionths: 19 % is 190,000, New York's 8.875 % is 88,750."""
MAX_QUANTITY = 1_000_000

Id = Annotated[str, Meta(min_length=1, max_length=100)]
Share = Annotated[int, Meta(ge=0, le=PPM, description="Millionths of the amount: 10 % is 100000.")]
Quantity = Annotated[int, Meta(ge=1, le=MAX_QUANTITY)]


class TaxRate(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One tax, as a share of the price without it."""

    name: Id
    ppm: Annotated[int, Meta(ge=0, le=10 * PPM)]
    """Millionths; a tax may be more than the price."""


class Line(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """So many of one thing."""

    id: Id
    unit_price: Amount
    quantity: Quantity
    taxes: Annotated[tuple[TaxRate, ...], Meta(max_length=10)] = ()
    """All on the same price; none on another."""
    discountable: bool = True
    """Whether discounts touch it: a gift card is not."""


class Fixed(Struct, frozen=True, kw_only=True, tag_field="kind", tag="fixed", forbid_unknown_fields=True):
    """So much off, and never more than there is."""

    amount: Amount


class Percent(Struct, frozen=True, kw_only=True, tag_field="kind", tag="percent", forbid_unknown_fields=True):
    """A share off, of what earlier discounts have left."""

    ppm: Share


class Target(Enum):
    """What a discount is taken off."""

    LINES = "lines"
    SHIPPING = "shipping"


class Discount(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Something off; whether it may be claimed is not this library's business."""

    id: Id
    off: Fixed | Percent
    on: Target = Target.LINES
    only: Annotated[tuple[Id, ...], Meta(min_length=1)] | None = None
    """The lines, or the shipments, that it is for; all when None."""


class Shipping(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What one shipment costs."""

    id: Id
    amount: Amount
    taxes: Annotated[tuple[TaxRate, ...], Meta(max_length=10)] | None = None
    """None: as the goods are taxed, in proportion to what each of their rates is paid on, as the EU does."""


class Prices(Enum):
    """What the prices say."""

    ADDED = "added"
    """They are without tax; it comes on top."""
    INCLUDED = "included"
    """They are with tax; it is found inside."""


class RoundedPer(Enum):
    """When tax is rounded."""

    LINE = "line"
    """Each tax of each line by itself: what an invoice with taxed lines adds up."""
    TOTAL = "total"
    """Each rate once over the whole, then cut to the lines by largest remainder."""


class Policy(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How a shop reckons."""

    prices: Prices = Prices.ADDED
    rounded_per: RoundedPer = RoundedPer.LINE
    rounding: Rounding = Rounding.HALF_UP


class Basket(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Everything that a price depends on."""

    currency: CurrencyCode
    lines: Annotated[tuple[Line, ...], Meta(max_length=1000)] = ()
    discounts: Annotated[tuple[Discount, ...], Meta(max_length=100)] = ()
    """Taken in this order, each off what the ones before have left."""
    shipping: Annotated[tuple[Shipping, ...], Meta(max_length=100)] = ()
    policy: Policy = Policy()


class PriceStepKind(Enum):
    """What a step of a waterfall is."""

    PRICE = "price"
    SHIPPING = "shipping"
    DISCOUNT = "discount"
    TAX = "tax"


class PriceStep(Struct, frozen=True, kw_only=True):
    """One step from a price to a total."""

    kind: PriceStepKind
    id: str
    """Of the line, the shipment or the discount; the name of the tax."""
    amount: int
    """Minor units, negative for what is taken off."""
    exact: str
    """The amount before it was rounded, as a whole number or a fraction in lowest terms: `-1000/3`."""
    included: bool = False
    """Whether the amount is already part of the steps before it, as a tax inside the price is."""
    ppm: int | None = None
    """Of a tax."""


class Priced(Struct, frozen=True, kw_only=True):
    """A line or a shipment, reckoned."""

    id: str
    quantity: int
    subtotal: int
    """Before discounts; with tax if the shop's prices include it."""
    discount: int
    net: int
    """Without tax, after discounts."""
    tax: int
    total: int
    """To be paid: `net + tax`."""
    steps: tuple[PriceStep, ...]
    """Those that are not `included` add up to `total`."""


class TaxTotal(Struct, frozen=True, kw_only=True):
    """One tax over the whole basket."""

    name: str
    ppm: int
    net: int
    """What it is paid on."""
    tax: int


class Totals(Struct, frozen=True, kw_only=True):
    """A basket, reckoned. Every figure is the sum of those of the lines and shipments."""

    currency: str
    subtotal: int
    """Of the lines, before discounts."""
    discount: int
    """Off lines and shipping together."""
    shipping: int
    """Before discounts."""
    net: int
    tax: int
    total: int
    lines: tuple[Priced, ...]
    shipments: tuple[Priced, ...]
    taxes: tuple[TaxTotal, ...]
    steps: tuple[PriceStep, ...]
    """Those that are not `included` add up to `total`."""


class Refund(Struct, frozen=True, kw_only=True):
    """What so many units of a line give back."""

    quantity: int
    net: int
    tax: int
    total: int
